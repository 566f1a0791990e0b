import ApusBase

/// A request body in a fixed order of members, with the user's `extraArgs` in place of ours and behind them.
struct RequestBody {
    private var writer = JSONWriter(reservingCapacity: 16_384)
    private let extra: JSONObject

    init(extra: JSONObject) {
        self.extra = extra
        writer.beginObject()
    }

    /// Writes a member unless the user has set it.
    mutating func member(_ name: String, _ write: (inout JSONWriter) -> Void) {
        guard extra[name] == nil else { return }
        writer.key(name)
        write(&writer)
    }

    mutating func member(_ name: String, _ value: JSONValue) {
        member(name) { $0.value(value) }
    }

    consuming func bytes() -> [UInt8] {
        // A null takes a member of ours away.
        for (name, value) in extra where !value.isNull { writer.field(name, value) }
        writer.endObject()
        return writer.takeBytes()
    }
}
