package import ApusBase

/// Why a conversation is shortened.
package enum CompactionTrigger: String, Hashable, Sendable, CaseIterable {
    /// Somebody asked for it.
    case manual
    /// The next request would be longer than the limit of the session.
    case threshold
    /// The provider refused a request as too long.
    case overflow
}

/// From here on the model sees a summary in place of what came before. The transcript keeps everything.
package struct Compaction: Hashable, Sendable {
    /// The summary's own id.
    package var message: MessageID
    package var summary: String
    /// How many messages the summary stands for.
    package var removed: Int
    /// The first message that the model still sees as it was; `nil` when there is none.
    package var keptFrom: MessageID?
    /// The prompt of the running turn, when it lies before `keptFrom`: seen as it was, with the notes right before it.
    package var prompt: MessageID?
    package var trigger: CompactionTrigger
    /// No model could write the summary: it says what was said and done as far as that can be told by machine.
    package var isTruncation: Bool
    /// What holds on beside the summary, word for word: todos, skills that were loaded.
    package var carried: [ContextNote]
    /// What the session has used in all when it is told anew here, because a copy counts from zero otherwise.
    package var totals: Usage?

    package init(
        message: MessageID = .unique(), summary: String, removed: Int, keptFrom: MessageID? = nil, prompt: MessageID? = nil,
        trigger: CompactionTrigger = .manual, isTruncation: Bool = false, carried: [ContextNote] = [], totals: Usage? = nil
    ) {
        self.message = message
        self.summary = summary
        self.removed = removed
        self.keptFrom = keptFrom
        self.prompt = prompt
        self.trigger = trigger
        self.isTruncation = isTruncation
        self.carried = carried
        self.totals = totals
    }
}

extension Compaction: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "message": .string(message.rawValue), "summary": .string(summary), "removed": .integer(Int64(removed)),
        ]
        object.set("keptFrom", keptFrom?.rawValue)
        object.set("prompt", prompt?.rawValue)
        if trigger != .manual { object["trigger"] = .string(trigger.rawValue) }
        if isTruncation { object["truncation"] = true }
        if !carried.isEmpty { object["carried"] = .array(carried.map { $0.encoded() }) }
        if let totals { object["totals"] = totals.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            message: MessageID(try value.text("message")), summary: try value.text("summary"), removed: try value.integer("removed"),
            keptFrom: value["keptFrom"]?.stringValue.map { MessageID($0) }, prompt: value["prompt"]?.stringValue.map { MessageID($0) },
            trigger: value["trigger"] == nil ? .manual : try value.choice("trigger"),
            isTruncation: value["truncation"]?.boolValue ?? false,
            carried: value["carried"] == nil ? [] : try value.decodeList("carried"), totals: try value.decodeIfPresent("totals"))
    }
}

/// What a client said about a session being shortened by itself.
package struct CompactionWish: Hashable, Sendable {
    /// Whether the length is looked at before each request; `nil` means the usual, yes. A request that the provider refuses as too long
    /// shortens the conversation all the same.
    package var checksThreshold: Bool?
    /// Tokens of a request; `nil` leaves it to the settings and the model.
    package var tokenLimit: Int?

    package static let none = CompactionWish()

    package init(checksThreshold: Bool? = nil, tokenLimit: Int? = nil) {
        self.checksThreshold = checksThreshold
        self.tokenLimit = tokenLimit
    }
}

extension CompactionWish: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        if let checksThreshold { object["checksThreshold"] = .bool(checksThreshold) }
        object.set("tokenLimit", tokenLimit)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            checksThreshold: value["checksThreshold"]?.boolValue, tokenLimit: value["tokenLimit"]?.integerValue.map { Int($0) })
    }
}
