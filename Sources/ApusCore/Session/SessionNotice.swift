package import ApusBase

/// What a client did that left nothing else behind in a session, and that all who follow it hear of.
package enum SessionNotice: Hashable, Sendable {
    /// A model was asked for that there is. The change of settings, if it is one, comes next.
    case modelChosen(String, by: String?)
    /// A model was asked for and not taken; a sentence.
    case modelRefused(String, reason: String, by: String?)
    /// An answer came when the question was settled; `choice` is what had been decided, `nil` for a question that was dismissed.
    case answeredLate(id: String, choice: ApprovalChoice?, by: String?)
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
        default: throw DecodingFault("Unknown notice \"\(word)\"")
        }
    }
}
