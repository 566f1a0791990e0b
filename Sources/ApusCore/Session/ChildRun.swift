package import ApusBase

/// Which call of which session a session was made for: that of a subagent.
package struct SessionCaller: Hashable, Sendable {
    package var session: SessionID
    package var call: CallID
    /// The name of the custom droid, or of the built-in one.
    package var kind: String

    package init(session: SessionID, call: CallID, kind: String) {
        self.session = session
        self.call = call
        self.kind = kind
    }
}

/// One turn of a subagent, as the session that asked for it knows it. Its log is a session of its own.
package struct ChildRun: Hashable, Sendable {
    package struct End: Hashable, Sendable {
        package var reason: TurnEndReason
        package var at: Timestamp
        /// Of the subagent's turn.
        package var usage: Usage
        /// How its last message begins, at most `previewCharacters`, on one line.
        package var preview: String
        /// The id of the model that the subagent worked with; `nil` where that is not known, as in logs of earlier versions.
        package var model: String?

        package init(reason: TurnEndReason, at: Timestamp, usage: Usage = .zero, preview: String = "", model: String? = nil) {
            self.reason = reason
            self.at = at
            self.usage = usage
            self.preview = preview
            self.model = model
        }
    }

    /// The subagent's session, and the id by which a model asks after it.
    package var session: SessionID
    package var turn: TurnID
    /// Of the session that asked for it.
    package var call: CallID
    package var kind: String
    /// A few words on what it does.
    package var summary: String
    package var isBackground: Bool
    package var startedAt: Timestamp
    /// `nil` while it runs.
    package var end: End?

    package static let previewCharacters = 280
    /// A session remembers its newest runs; those that go on are never forgotten.
    package static let keptRuns = 512

    package init(
        session: SessionID, turn: TurnID, call: CallID, kind: String, summary: String, isBackground: Bool, startedAt: Timestamp,
        end: End? = nil
    ) {
        self.session = session
        self.turn = turn
        self.call = call
        self.kind = kind
        self.summary = summary
        self.isBackground = isBackground
        self.startedAt = startedAt
        self.end = end
    }
}

extension SessionCaller: StoredForm {
    package func encoded() -> JSONValue {
        ["session": .string(session.rawValue), "call": .string(call.rawValue), "kind": .string(kind)]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            session: SessionID(try value.text("session")), call: CallID(try value.text("call")), kind: try value.text("kind"))
    }
}

extension ChildRun: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "session": .string(session.rawValue), "turn": .string(turn.rawValue), "call": .string(call.rawValue), "kind": .string(kind),
            "summary": .string(summary), "startedAt": .integer(startedAt),
        ]
        if isBackground { object["background"] = true }
        if let end {
            var members: JSONObject = [
                "reason": .string(end.reason.rawValue), "at": .integer(end.at), "usage": end.usage.encoded(),
                "preview": .string(end.preview),
            ]
            if let model = end.model { members["model"] = .string(model) }
            object["end"] = .object(members)
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        var end: End?
        if let stored = value["end"] {
            end = End(
                reason: try stored.choice("reason"), at: Timestamp(try stored.integer("at")), usage: try stored.decode("usage"),
                preview: try stored.text("preview"), model: stored["model"]?.stringValue)
        }
        self.init(
            session: SessionID(try value.text("session")), turn: TurnID(try value.text("turn")), call: CallID(try value.text("call")),
            kind: try value.text("kind"), summary: try value.text("summary"), isBackground: value["background"]?.boolValue ?? false,
            startedAt: Timestamp(try value.integer("startedAt")), end: end)
    }
}
