package import ApusBase

extension ToolIntent: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "call": .string(call.rawValue), "tool": .string(tool), "argumentsHash": .string(argumentsHash),
            "effect": .string(effect.rawValue), "key": .string(key),
        ]
        if let changes { object["changes"] = .array(changes.map { $0.encoded() }) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            call: CallID(try value.text("call")), tool: try value.text("tool"), argumentsHash: try value.text("argumentsHash"),
            effect: try value.choice("effect"), key: try value.text("key"),
            changes: value["changes"] == nil ? nil : try value.decodeList("changes"))
    }
}

extension FileMark: StoredForm {
    package func encoded() -> JSONValue { ["path": .string(path), "hash": .string(hash)] }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(path: try value.text("path"), hash: try value.text("hash"))
    }
}

extension ToolOutcome: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "call": .string(call.rawValue), "status": .string(status.rawValue), "text": .string(text),
        ]
        if !files.isEmpty { object["files"] = .array(files.map { $0.encoded() }) }
        object.set(media: media)
        object.set("loadedSkill", load.skill)
        if !load.tools.isEmpty { object["loadedTools"] = .array(load.tools.map { .string($0) }) }
        if let permission { object["permission"] = permission.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            call: CallID(try value.text("call")), status: try value.choice("status"), text: try value.text("text"),
            files: value["files"] == nil ? [] : try value.decodeList("files"), media: try value.media(),
            load: ToolLoad(
                skill: value["loadedSkill"]?.stringValue,
                tools: value["loadedTools"]?.arrayValue?.compactMap(\.stringValue) ?? []))
        permission = try value.decodeIfPresent("permission")
    }
}

extension Todo: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["text": .string(text), "status": .string(status.rawValue)]
        object.set("priority", priority)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(text: try value.text("text"), status: try value.choice("status"), priority: value["priority"]?.stringValue)
    }
}
