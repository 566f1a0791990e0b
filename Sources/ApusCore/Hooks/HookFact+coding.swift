package import ApusBase

extension HookFact: StoredForm {
    package func encoded() -> JSONValue {
        switch self {
        case .began(let start): ["began": start.encoded()]
        case .ended(let end): ["ended": end.encoded()]
        }
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self = value["began"] == nil ? .ended(try value.decode("ended")) : .began(try value.decode("began"))
    }
}

extension HookCommand: StoredForm {
    package func encoded() -> JSONValue { ["line": .string(line), "timeout": .integer(Int64(timeout))] }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(try value.text("line"), timeout: try value.integer("timeout"))
    }
}

extension HookStart: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["id": .string(id), "event": .string(event.rawValue)]
        object.set("matcher", matcher)
        object.set("call", call?.rawValue)
        object["commands"] = .array(commands.map { $0.encoded() })
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: try value.text("id"), event: try value.choice("event"), matcher: value["matcher"]?.stringValue,
            call: value["call"]?.stringValue.map { CallID($0) }, commands: try value.decodeList("commands"))
    }
}

extension HookEnd.Result: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["command": command.encoded()]
        object.set("exitCode", exitCode)
        object.set("fault", fault)
        object["stdout"] = .string(stdout)
        object["stderr"] = .string(stderr)
        object.set("message", message)
        if suppressesOutput { object["suppressesOutput"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            try value.decode("command"), exitCode: value["exitCode"]?.integerValue.map { Int($0) }, fault: value["fault"]?.stringValue,
            stdout: try value.text("stdout"), stderr: try value.text("stderr"), message: value["message"]?.stringValue,
            suppressesOutput: value["suppressesOutput"]?.boolValue ?? false)
    }
}

extension HookEnd: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["id": .string(id), "event": .string(event.rawValue)]
        object.set("matcher", matcher)
        object.set("call", call?.rawValue)
        object["results"] = .array(results.map { $0.encoded() })
        object["prevented"] = .bool(prevented)
        if let judgement { object["judgement"] = judgement.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: try value.text("id"), event: try value.choice("event"), matcher: value["matcher"]?.stringValue,
            call: value["call"]?.stringValue.map { CallID($0) }, results: try value.decodeList("results"),
            prevented: value["prevented"]?.boolValue ?? false, judgement: try value.decodeIfPresent("judgement"))
    }
}

extension HookJudgement: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["call": .string(call.rawValue)]
        object.set("decision", decision?.rawValue)
        object.set("reason", reason)
        if let updatedInput { object["updatedInput"] = updatedInput }
        if let permission { object["permission"] = permission.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            call: CallID(try value.text("call")), decision: value["decision"] == nil ? nil : try value.choice("decision"),
            reason: value["reason"]?.stringValue, updatedInput: value["updatedInput"],
            permission: try value.decodeIfPresent("permission"))
    }
}

extension HookPermission: StoredForm {
    package func encoded() -> JSONValue {
        [
            "actionHash": .string(actionHash), "level": .string(level.rawValue), "hooks": .array(hooks.map { .string($0) }),
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            actionHash: try value.text("actionHash"), level: try value.choice("level"),
            hooks: try value.raw("hooks").arrayValue?.compactMap(\.stringValue) ?? [])
    }
}
