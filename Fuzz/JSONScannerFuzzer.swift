/// Whatever parses must be written so that it parses to the same value and is written alike again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSONScanner(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = fuzzInput(start, count)
    do throws(JSONError) {
        let value = try JSONValue(parsing: bytes)
        let written = value.serializedBytes()
        require(String(validating: written, as: UTF8.self) != nil, "written JSON is not UTF-8")
        let again = try JSONValue(parsing: written)
        require(again == value, "reading back changed the value")
        require(again.serializedBytes() == written, "writing again changed the bytes")
        require(again.hashValue == value.hashValue, "equal values have different hashes")
    } catch {
        require(error.offset.map { $0 >= 0 && $0 <= count } ?? true, "the error lies outside the input: \(error)")
        require(!error.description.isEmpty, "an error without words")
    }
    return 0
}
