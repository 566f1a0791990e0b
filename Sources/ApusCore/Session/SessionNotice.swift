package import ApusBase

/// What a client did that left nothing else behind in a session, and that all who follow it hear of.
package enum SessionNotice: Hashable, Sendable {
    /// A model was asked for that there is. The change of settings, if it is one, comes next.
    case modelChosen(String, by: String?)
    /// A model was asked for and not taken; a sentence.
    case modelRefused(String, reason: String, by: String?)
    /// An answer came when the question was settled; `choice` is what had been decided, `nil` for a question that was dismissed.
    case answeredLate(id: String, choice: ApprovalChoice?, by: String?)
    /// A client has cancelled turns; their ends come next. `turn` and `writer` are what it asked for.
    case turnsCancelled(TurnCancellation, turn: TurnID?, writer: String?)
    /// A client has made the session, or asked for it as if it did.
    case created
    /// A process that a client runs in the session has begun or ended.
    case processChanged(ProcessChange)
    case processWrote(ProcessOutput)
    /// The running turn shortens its conversation. `contextCompacted` comes next, or the turn goes on as if nothing had been.
    case compacting(CompactionTrigger)
    /// Hooks run, or have run. What they decided about a call is kept until that has its outcome.
    case hook(HookFact)
    /// A subagent of the session has begun, or ended.
    case childChanged(ChildRun)
    /// The process that ran the turn died, and this one goes on with it.
    case turnTakenOver(TurnID)
}

extension SessionNotice: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        switch self {
        case .modelChosen(let model, let client):
            object["notice"] = "modelChosen"
            object["model"] = .string(model)
            object.set("by", client)
        case .modelRefused(let model, let reason, let client):
            object["notice"] = "modelRefused"
            object["model"] = .string(model)
            object["reason"] = .string(reason)
            object.set("by", client)
        case .answeredLate(let id, let choice, let client):
            object["notice"] = "answeredLate"
            object["id"] = .string(id)
            object.set("choice", choice?.rawValue)
            object.set("by", client)
        case .turnsCancelled(let cancelled, let turn, let writer):
            object["notice"] = "turnsCancelled"
            object["queued"] = .array(cancelled.queued.map { .string($0.rawValue) })
            object.set("active", cancelled.active?.rawValue)
            object.set("turn", turn?.rawValue)
            object.set("writer", writer)
        case .created: object["notice"] = "created"
        case .processChanged(let change):
            object["notice"] = "processChanged"
            object["change"] = change.encoded()
        case .processWrote(let output):
            object["notice"] = "processWrote"
            object["output"] = output.encoded()
        case .compacting(let trigger):
            object["notice"] = "compacting"
            object["trigger"] = .string(trigger.rawValue)
        case .hook(let fact):
            object["notice"] = "hook"
            object["hook"] = fact.encoded()
        case .childChanged(let run):
            object["notice"] = "childChanged"
            object["run"] = run.encoded()
        case .turnTakenOver(let turn):
            object["notice"] = "turnTakenOver"
            object["turn"] = .string(turn.rawValue)
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let client = value["by"]?.stringValue
        let word = try value.text("notice")
        switch word {
        case "modelChosen": self = .modelChosen(try value.text("model"), by: client)
        case "modelRefused": self = .modelRefused(try value.text("model"), reason: try value.text("reason"), by: client)
        case "answeredLate":
            let choice: ApprovalChoice? = value["choice"] == nil ? nil : try value.choice("choice")
            self = .answeredLate(id: try value.text("id"), choice: choice, by: client)
        case "turnsCancelled":
            let cancelled = TurnCancellation(
                queued: value["queued"]?.arrayValue?.compactMap { $0.stringValue.map { TurnID($0) } } ?? [],
                active: value["active"]?.stringValue.map { TurnID($0) })
            self = .turnsCancelled(
                cancelled, turn: value["turn"]?.stringValue.map { TurnID($0) }, writer: value["writer"]?.stringValue)
        case "created": self = .created
        case "processChanged": self = .processChanged(try value.decode("change"))
        case "processWrote": self = .processWrote(try value.decode("output"))
        case "compacting": self = .compacting(try value.choice("trigger"))
        case "hook": self = .hook(try value.decode("hook"))
        case "childChanged": self = .childChanged(try value.decode("run"))
        case "turnTakenOver": self = .turnTakenOver(TurnID(try value.text("turn")))
        default: throw DecodingFault("Unknown notice \"\(word)\"")
        }
    }
}
