package import ApusBase

extension TurnInput: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "turn": .string(turn.rawValue), "prompt": .string(prompt), "origin": origin.encoded(),
        ]
        object.set("responseLimit", limits.responses)
        object.set("timeLimit", limits.milliseconds)
        object.set("key", idempotencyKey)
        if let outputSchema { object["outputSchema"] = outputSchema.document }
        object.set(media: media)
        if overrides != .none { object["overrides"] = overrides.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            turn: TurnID(try value.text("turn")), prompt: try value.text("prompt"), origin: try value.decode("origin"),
            limits: TurnLimits(
                responses: value["responseLimit"]?.integerValue.map { Int($0) },
                milliseconds: value["timeLimit"]?.integerValue.map { Int($0) }),
            idempotencyKey: value["key"]?.stringValue,
            // It was a schema when the turn was accepted; a version that no longer knows a keyword reads the turn all the same.
            outputSchema: value["outputSchema"].flatMap { try? JSONSchema($0) }, media: try value.media(),
            overrides: value["overrides"] == nil ? .none : try value.decode("overrides"))
    }
}

extension AccessDenial: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "call": .string(call.rawValue), "tool": .string(tool), "input": input, "risk": .string(risk), "reason": .string(reason),
        ]
        object.set("required", required?.rawValue)
        object.set("server", server)
        if isHooks { object["isHooks"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            call: CallID(try value.text("call")), tool: try value.text("tool"), input: try value.raw("input"),
            risk: try value.text("risk"), required: value["required"]?.stringValue.flatMap { AutonomyLevel(rawValue: $0) },
            reason: try value.text("reason"), server: value["server"]?.stringValue,
            isHooks: value["isHooks"]?.boolValue ?? false)
    }
}

extension TurnEnd: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "turn": .string(turn.rawValue), "reason": .string(reason.rawValue), "detail": .string(detail), "usage": usage.encoded(),
            "duration": .integer(Int64(durationMilliseconds)), "settledResponses": .integer(Int64(settledResponses)),
        ]
        if let firstDeltaMilliseconds { object["firstDelta"] = .double(firstDeltaMilliseconds) }
        if !denials.isEmpty { object["denials"] = .array(denials.map { $0.encoded() }) }
        object.set("failure", failure?.rawValue)
        if let structuredOutput { object["structuredOutput"] = structuredOutput }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            turn: TurnID(try value.text("turn")), reason: try value.choice("reason"), detail: try value.text("detail"),
            usage: try value.decode("usage"), durationMilliseconds: try value.integer("duration"),
            settledResponses: try value.integer("settledResponses"),
            firstDeltaMilliseconds: value["firstDelta"]?.doubleValue,
            denials: value["denials"] == nil ? [] : try value.decodeList("denials"),
            failure: value["failure"] == nil ? nil : try value.choice("failure"), structuredOutput: value["structuredOutput"])
    }
}
