package import ApusBase

extension SessionHeader: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id.rawValue), "createdAt": .integer(createdAt), "workingDirectory": .string(workingDirectory),
        ]
        object.set("parent", parent?.rawValue)
        object.set("announcer", announcer?.rawValue)
        if let caller { object["caller"] = caller.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: SessionID(try value.text("id")),
            createdAt: Timestamp(try value.integer("createdAt")),
            workingDirectory: try value.text("workingDirectory"),
            parent: value["parent"]?.stringValue.map { SessionID($0) },
            announcer: value["announcer"] == nil ? nil : try value.choice("announcer"), caller: try value.decodeIfPresent("caller"))
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

extension RequestedTools: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        for (name, ids) in [("enabled", enabled), ("disabled", disabled), ("additional", additional), ("restricted", restricted)] {
            if let ids { object[name] = .array(ids.map { .string($0) }) }
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        func ids(_ name: String) -> [String]? { value[name]?.arrayValue?.compactMap(\.stringValue) }
        self.init(enabled: ids("enabled"), disabled: ids("disabled"), additional: ids("additional"), restricted: ids("restricted"))
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
        if requestedTools != .none { object["requestedTools"] = requestedTools.encoded() }
        if interaction != .auto { object["interaction"] = .string(interaction.rawValue) }
        object.set("specModel", specModel)
        object.set("specEffort", specEffort?.rawValue)
        object.set("systemPrompt", systemPrompt)
        if refusesApprovals { object["refusesApprovals"] = true }
        if disablesBuiltinSkills { object["disablesBuiltinSkills"] = true }
        // As text: what a client says about itself has no members of ours.
        object.set("attribution", attribution?.serialized())
        if let wall { object["wall"] = wall.encoded() }
        if compaction != .none { object["compaction"] = compaction.encoded() }
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
            requestedTools: try value["requestedTools"].map { value throws(DecodingFault) in try RequestedTools(decoding: value) } ?? .none,
            interaction: value["interaction"] == nil ? .auto : try value.choice("interaction"),
            specModel: value["specModel"]?.stringValue,
            specEffort: value["specEffort"]?.stringValue.flatMap { ReasoningEffort(rawValue: $0) },
            systemPrompt: value["systemPrompt"]?.stringValue,
            refusesApprovals: value["refusesApprovals"]?.boolValue ?? false,
            disablesBuiltinSkills: value["disablesBuiltinSkills"]?.boolValue ?? false,
            // Written by us; what cannot be read is no reason to lose a session.
            attribution: value["attribution"]?.stringValue.flatMap { try? JSONValue(parsing: $0) },
            wall: try value["wall"].map { value throws(DecodingFault) in try SessionWall(decoding: value) })
        compaction = try value.decodeIfPresent("compaction") ?? .none
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
