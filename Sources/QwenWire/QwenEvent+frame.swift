import ApusBase

extension QwenEvent {
    /// The bytes of the event on a stream (§3.2): one `data:` line of compact JSON, line ends LF.
    package var frame: [UInt8] {
        var head = ""
        if let id { head = "id: \(id)\n" }
        head += "event: \(type)\ndata: "
        return Array(head.utf8) + json.serializedBytes() + [0x0A, 0x0A]
    }

    /// What comes before any event.
    package static let retry = Array("retry: 3000\n\n".utf8)
    package static let heartbeat = Array(": heartbeat\n\n".utf8)
}
