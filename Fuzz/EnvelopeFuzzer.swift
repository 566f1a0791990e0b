/// What parses as an object must be skimmed with the same answers; what is skimmed need not parse.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEnvelope(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = fuzzInput(start, count)
    let parsed = Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
    let skimmed = Result { () throws(JSONError) in try JSONEnvelope(skimming: bytes) }
    guard case .success(let value) = parsed, let object = value.objectValue else {
        if case .success = parsed, case .success = skimmed { fatalError("skimmed what is no object") }
        if case .success(let envelope) = skimmed { checkRanges(of: envelope, in: bytes) }
        return 0
    }
    guard case .success(let envelope) = skimmed else { fatalError("a valid object was not skimmed: \(skimmed)") }
    require(envelope.jsonrpc == object["jsonrpc"]?.stringValue, "jsonrpc differs")
    require(envelope.type == object["type"]?.stringValue, "type differs")
    require(envelope.method == object["method"]?.stringValue, "method differs")
    require(envelope.id == object["id"], "id differs")
    for (range, name) in [(envelope.params, "params"), (envelope.result, "result"), (envelope.error, "error")] {
        // A part that does not parse is as wrong as one that differs.
        require(range.flatMap { try? JSONValue(parsing: bytes, in: $0) } == object[name], "\(name) differs")
    }
    return 0
}

private func checkRanges(of envelope: JSONEnvelope, in bytes: [UInt8]) {
    for range in [envelope.params, envelope.result, envelope.error].compactMap(\.self) {
        require(range.lowerBound > 0 && range.upperBound < bytes.count && !range.isEmpty, "a range lies outside the object")
    }
}
