// Sources: Sources/ApusTools/Web/NetworkAddress.swift Sources/ApusTools/Web/WebAddress.swift

/// What is read as an address must be read from its plain spelling as the same, and judged alike; links lead to such addresses or nowhere.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebAddress(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let text = String(decoding: fuzzInput(start, count), as: UTF8.self)
    for url in [text, "http://" + text] {
        // What is no address is refused; that is all.
        guard let address = try? WebAddress(url) else { continue }
        require(address.text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "not plain: \(address.text)")
        guard let again = try? WebAddress(address.text) else {
            // Escapes make it longer, and so perhaps too long.
            require(address.text.utf8.count > WebAddress.maximumBytes, "refused when read again: \(address.text)")
            continue
        }
        require(again == address, "\(address) became \(again)")
        require(again.objection == address.objection, "judged in two ways")
        if let next = try? address.following(text) {
            require((try? WebAddress(next.text)) != nil || next.text.utf8.count > 8_192, "\(next)")
        }
    }
    return 0
}
