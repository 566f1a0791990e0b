package import ApusBase

extension OpaqueState: StoredForm {
    package func encoded() -> JSONValue { ["dialect": .string(dialect), "payload": payload] }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(dialect: try value.text("dialect"), payload: try value.raw("payload"))
    }
}

extension Item: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["id": .string(id.rawValue), "message": .string(message.rawValue)]
        switch content {
        case .text(let text):
            object["type"] = "text"
            object["text"] = .string(text)
        case .reasoning(let text, let opaque):
            object["type"] = "reasoning"
            object["text"] = .string(text)
            if let opaque { object["opaque"] = opaque.encoded() }
        case .toolCall(let call):
            object["type"] = "toolCall"
            object["call"] = .string(call.id.rawValue)
            object["name"] = .string(call.name)
            object["input"] = call.input
        }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let type = try value.text("type")
        let content: ItemContent
        switch type {
        case "text": content = .text(try value.text("text"))
        case "reasoning": content = .reasoning(try value.text("text"), try value.decodeIfPresent("opaque"))
        case "toolCall":
            content = .toolCall(
                ToolCall(id: CallID(try value.text("call")), name: try value.text("name"), input: try value.raw("input")))
        default: throw DecodingFault("Unknown item type \"\(type)\"")
        }
        self.init(id: ItemID(try value.text("id")), message: MessageID(try value.text("message")), content: content)
    }
}

extension Delta: StoredForm {
    package func encoded() -> JSONValue {
        [
            "item": .string(item.rawValue), "message": .string(message.rawValue), "channel": .string(channel.rawValue),
            "text": .string(text),
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            item: ItemID(try value.text("item")), message: MessageID(try value.text("message")),
            channel: try value.choice("channel"), text: try value.text("text"))
    }
}

extension ContextNote: StoredForm {
    package func encoded() -> JSONValue { ["source": .string(source), "text": .string(text)] }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(source: try value.text("source"), text: try value.text("text"))
    }
}

extension ResponseEnd: StoredForm {
    package func encoded() -> JSONValue {
        ["message": .string(message.rawValue), "stop": .string(stop.rawValue), "usage": usage.encoded()]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(message: MessageID(try value.text("message")), stop: try value.choice("stop"), usage: try value.decode("usage"))
    }
}

extension RetryNote: StoredForm {
    package func encoded() -> JSONValue {
        [
            "turn": .string(turn.rawValue), "attempt": .integer(Int64(attempt)), "reason": .string(reason.rawValue),
            "detail": .string(detail), "delay": .integer(Int64(delayMilliseconds)),
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            turn: TurnID(try value.text("turn")), attempt: try value.integer("attempt"), reason: try value.choice("reason"),
            detail: try value.text("detail"), delayMilliseconds: try value.integer("delay"))
    }
}
