/// One entry of a session's log.
package struct Event: Hashable, Sendable {
    package var number: EventNumber
    package var time: Timestamp
    package var kind: EventKind

    package init(number: EventNumber, time: Timestamp, kind: EventKind) {
        self.number = number
        self.time = time
        self.kind = kind
    }
}

/// A piece of something that is still growing.
package struct Delta: Hashable, Sendable {
    package enum Channel: String, Hashable, Sendable, CaseIterable {
        case text, reasoning, toolInput, toolOutput
    }

    /// The item that grows; for `toolOutput` the item of the call.
    package var item: ItemID
    package var message: MessageID
    package var channel: Channel
    /// Never empty.
    package var text: String

    package init(item: ItemID, message: MessageID, channel: Channel, text: String) {
        self.item = item
        self.message = message
        self.channel = channel
        self.text = text
    }
}

/// A text the model sees and people usually do not: instructions, surroundings, nudges.
package struct ContextNote: Hashable, Sendable {
    /// Where it came from: a path, or a word of ours.
    package var source: String
    package var text: String

    package init(source: String, text: String) {
        self.source = source
        self.text = text
    }
}

extension ContextNote {
    /// The text of a skill, put there without a call of the model's.
    package static func skill(_ name: String, _ text: String) -> ContextNote {
        ContextNote(source: skillPrefix + name, text: text)
    }

    /// The skill whose text this is, if it is one's.
    package var skill: String? {
        source.hasPrefix(Self.skillPrefix) ? String(source.dropFirst(Self.skillPrefix.count)) : nil
    }

    private static let skillPrefix = "skill:"
}

/// The end of one response.
package struct ResponseEnd: Hashable, Sendable {
    package var message: MessageID
    package var stop: StopReason
    package var usage: Usage

    package init(message: MessageID, stop: StopReason, usage: Usage) {
        self.message = message
        self.stop = stop
        self.usage = usage
    }
}

/// A failed attempt that is followed by another.
package struct RetryNote: Hashable, Sendable {
    package var turn: TurnID
    /// 1 for the first retry.
    package var attempt: Int
    package var reason: ModelError.Kind
    package var detail: String
    package var delayMilliseconds: Int

    package init(turn: TurnID, attempt: Int, reason: ModelError.Kind, detail: String, delayMilliseconds: Int) {
        self.turn = turn
        self.attempt = attempt
        self.reason = reason
        self.detail = detail
        self.delayMilliseconds = delayMilliseconds
    }
}
