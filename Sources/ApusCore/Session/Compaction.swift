package import ApusBase

/// From here on the model sees a summary in place of what came before. The transcript keeps everything.
package struct Compaction: Hashable, Sendable {
    /// The summary's own id.
    package var message: MessageID
    package var summary: String
    /// How many messages the summary stands for.
    package var removed: Int
    /// The first message that the model still sees as it was; `nil` when there is none.
    package var keptFrom: MessageID?

    package init(message: MessageID = .unique(), summary: String, removed: Int, keptFrom: MessageID? = nil) {
        self.message = message
        self.summary = summary
        self.removed = removed
        self.keptFrom = keptFrom
    }
}

extension Compaction: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "message": .string(message.rawValue), "summary": .string(summary), "removed": .integer(Int64(removed)),
        ]
        object.set("keptFrom", keptFrom?.rawValue)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            message: MessageID(try value.text("message")), summary: try value.text("summary"), removed: try value.integer("removed"),
            keptFrom: value["keptFrom"]?.stringValue.map { MessageID($0) })
    }
}
