package import ApusBase

extension ApprovalRequest: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id.rawValue), "turn": .string(turn.rawValue), "message": .string(message.rawValue),
            "call": .string(call.rawValue), "tool": .string(tool), "input": input, "actionHash": .string(actionHash),
            "question": .string(question), "risk": .string(risk), "level": .string(level.rawValue), "reason": .string(reason),
            "options": .array(options.map { .string($0.rawValue) }),
        ]
        object.set("required", required?.rawValue)
        if let expiresAt { object["expiresAt"] = .integer(expiresAt) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        var options: [ApprovalChoice] = []
        for option in try value.raw("options").arrayValue ?? [] { options.append(try ApprovalChoice(decoding: option)) }
        self.init(
            id: ApprovalID(try value.text("id")), turn: TurnID(try value.text("turn")), message: MessageID(try value.text("message")),
            call: CallID(try value.text("call")), tool: try value.text("tool"), input: try value.raw("input"),
            actionHash: try value.text("actionHash"), question: try value.text("question"), risk: try value.text("risk"),
            required: try value.level("required"), level: try value.choice("level"), reason: try value.text("reason"), options: options,
            expiresAt: value["expiresAt"]?.integerValue)
    }
}

extension ApprovalChoice {
    /// A word that is none of ours is a fault.
    fileprivate init(decoding value: JSONValue) throws(DecodingFault) {
        guard let word = value.stringValue, let choice = ApprovalChoice(rawValue: word) else {
            throw DecodingFault("Unknown answer \(value.serialized())")
        }
        self = choice
    }
}

extension ApprovalDecision: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id.rawValue), "message": .string(message.rawValue), "call": .string(call.rawValue),
            "choice": .string(choice.rawValue), "actionHash": .string(actionHash), "decidedAt": .integer(decidedAt),
        ]
        object.set("comment", comment)
        if let editedInput { object["editedInput"] = editedInput }
        object.set("level", level?.rawValue)
        object.set("client", client)
        switch decider {
        case .voter(let identity, let front):
            object["by"] = "voter"
            object["identity"] = .string(identity)
            object["front"] = .string(front.rawValue)
        case .deadline: object["by"] = "deadline"
        case .session: object["by"] = "session"
        case .turnEnd: object["by"] = "turnEnd"
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let word = try value.text("by")
        let decider: Decider
        switch word {
        case "voter": decider = .voter(identity: try value.text("identity"), front: try value.choice("front"))
        case "deadline": decider = .deadline
        case "session": decider = .session
        case "turnEnd": decider = .turnEnd
        default: throw DecodingFault("Unknown decider \"\(word)\"")
        }
        self.init(
            id: ApprovalID(try value.text("id")), message: MessageID(try value.text("message")), call: CallID(try value.text("call")),
            choice: try ApprovalChoice(decoding: value.raw("choice")), comment: value["comment"]?.stringValue,
            editedInput: value["editedInput"], actionHash: try value.text("actionHash"), level: try value.level("level"),
            decider: decider, decidedAt: Timestamp(try value.integer("decidedAt")))
        client = value["client"]?.stringValue
    }
}

extension AccessGrant: StoredForm {
    package func encoded() -> JSONValue {
        switch self {
        case .kind(let kind, let limit): ["to": "kind", "kind": .string(kind.rawValue), "upTo": .string(limit.rawValue)]
        case .file(let path): ["to": "file", "path": .string(path)]
        case .tool(let name, let limit): ["to": "tool", "tool": .string(name), "upTo": .string(limit.rawValue)]
        case .server(let name, let limit): ["to": "server", "server": .string(name), "upTo": .string(limit.rawValue)]
        case .command(let text, let directory): ["to": "command", "command": .string(text), "directory": .string(directory)]
        }
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let word = try value.text("to")
        switch word {
        case "kind": self = .kind(try value.choice("kind"), upTo: try value.choice("upTo"))
        case "file": self = .file(try value.text("path"))
        case "tool": self = .tool(try value.text("tool"), upTo: try value.choice("upTo"))
        case "server": self = .server(try value.text("server"), upTo: try value.choice("upTo"))
        case "command": self = .command(try value.text("command"), directory: try value.text("directory"))
        default: throw DecodingFault("Unknown grant \"\(word)\"")
        }
    }
}

extension JSONValue {
    /// A level that may be absent, and must be known when it is there.
    fileprivate func level(_ name: String) throws(DecodingFault) -> AutonomyLevel? {
        if self[name] == nil { return nil }
        return try choice(name)
    }
}
