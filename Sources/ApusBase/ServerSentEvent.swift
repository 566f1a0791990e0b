/// One event of a `text/event-stream`.
///
/// `id`, `event` and `retry` are the fields of this very event: `nil` when it had none. The id that a client would resume from is
/// ``ServerSentEventParser/lastEventID``.
package struct ServerSentEvent: Hashable, Sendable {
    package var id: String?
    package var event: String?
    package var data: String
    /// Milliseconds after which a client should connect again.
    package var retry: Int?

    package init(id: String? = nil, event: String? = nil, data: String, retry: Int? = nil) {
        self.id = id
        self.event = event
        self.data = data
        self.retry = retry
    }

    /// Appends the event with its closing blank line. Line ends in `data` become further data lines; those in `id` and `event`, and
    /// NUL in `id`, would break the stream or be ignored by its reader, and are left out.
    package func write(into bytes: inout [UInt8]) {
        if let id { ServerSentEvent.append("id: ", id.filter { $0 != "\0" }, to: &bytes) }
        if let event { ServerSentEvent.append("event: ", event, to: &bytes) }
        if let retry, retry >= 0 { ServerSentEvent.append("retry: ", String(retry), to: &bytes) }
        bytes.append(contentsOf: "data: ".utf8)
        var afterCarriageReturn = false
        for byte in data.utf8 {
            defer { afterCarriageReturn = byte == 0x0D }
            switch byte {
            case 0x0A where afterCarriageReturn: continue
            case 0x0A, 0x0D: bytes.append(contentsOf: "\ndata: ".utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(contentsOf: "\n\n".utf8)
    }

    private static func append(_ name: String, _ value: String, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: value.utf8.lazy.filter { $0 != 0x0A && $0 != 0x0D })
        bytes.append(0x0A)
    }
}
