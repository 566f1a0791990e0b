package import ApusBase

extension SessionHeader: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id.rawValue), "createdAt": .integer(createdAt), "workingDirectory": .string(workingDirectory),
        ]
        object.set("parent", parent?.rawValue)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: SessionID(try value.text("id")),
            createdAt: Timestamp(try value.integer("createdAt")),
            workingDirectory: try value.text("workingDirectory"),
            parent: value["parent"]?.stringValue.map { SessionID($0) })
    }
}

extension SessionLabel: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        if !metadata.isEmpty {
            object["metadata"] = .object(JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        var metadata: [String: String] = [:]
        if let members = value["metadata"]?.objectValue {
            for (key, value) in members { metadata[key] = value.stringValue }
        }
        self.init(name: try value.text("name"), metadata: metadata)
    }
}

extension SessionWall: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["layers": .array(layers.map { .string($0) })]
        if !missing.isEmpty { object["missing"] = .array(missing.map { .string($0) }) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            layers: value["layers"]?.arrayValue?.compactMap(\.stringValue) ?? [],
            missing: value["missing"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }
}

extension SessionSettings: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["autonomy": .string(autonomy.rawValue)]
        object.set("model", model)
        object.set("effort", effort?.rawValue)
        object.set("systemPromptAddition", systemPromptAddition)
        object.set("workingDirectory", workingDirectory)
        if !labels.isEmpty { object["labels"] = .array(labels.map { $0.encoded() }) }
        if tools != .usual { object["tools"] = tools.encoded() }
        if let wall { object["wall"] = wall.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            model: value["model"]?.stringValue,
            effort: value["effort"]?.stringValue.flatMap { ReasoningEffort(rawValue: $0) },
            autonomy: try value.choice("autonomy"),
            labels: value["labels"] == nil ? [] : try value.decodeList("labels"),
            systemPromptAddition: value["systemPromptAddition"]?.stringValue,
            workingDirectory: value["workingDirectory"]?.stringValue,
            tools: try value["tools"].map { value throws(DecodingFault) in try ToolSelection(decoding: value) } ?? .usual,
            wall: try value["wall"].map { value throws(DecodingFault) in try SessionWall(decoding: value) })
    }
}

extension Usage: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "input": .integer(Int64(inputTokens)), "output": .integer(Int64(outputTokens)),
            "cacheRead": .integer(Int64(cacheReadTokens)), "cacheCreation": .integer(Int64(cacheCreationTokens)),
        ]
        object.set("reasoning", reasoningTokens)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            inputTokens: try value.integer("input"), outputTokens: try value.integer("output"),
            cacheReadTokens: try value.integer("cacheRead"), cacheCreationTokens: try value.integer("cacheCreation"),
            reasoningTokens: value["reasoning"]?.integerValue.map { Int($0) })
    }
}
