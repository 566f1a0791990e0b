package import ApusBase

/// How events are written. The wire is that of the original daemon; its documentation shows another, which is given to who asks for it by
/// `dialect=doc` (`opta-v3.md` §5).
package enum OptaDialect: String, Hashable, Sendable, CaseIterable {
    case wire, doc

    /// One event as one message.
    package func json(_ envelope: OptaEnvelope) -> JSONObject {
        switch self {
        case .wire: envelope.json
        case .doc: documented(envelope)
        }
    }

    /// The tool events under their documented names, and beside the payload `data`: the same, with `token`, `toolName` and the arguments as an
    /// object; the statistics stand beside it as well.
    private func documented(_ envelope: OptaEnvelope) -> JSONObject {
        var object = envelope.json
        guard case .object(var data) = envelope.payload else {
            object["data"] = envelope.payload
            return object
        }
        switch OptaEventName(rawValue: envelope.event) {
        case .turnToken, .turnThinking: data["token"] = data["text"]
        case .toolStart:
            object["event"] = "turn.tool_call"
            data["toolName"] = data["name"]
            // Arguments that are no JSON stay the text they are.
            if let text = data["args"]?.stringValue, let arguments = try? JSONValue(parsing: text) { data["args"] = arguments }
        case .toolEnd:
            object["event"] = "turn.tool_result"
            data["toolName"] = data["name"]
        case .turnDone: object["stats"] = data["stats"]
        default: break
        }
        object["data"] = .object(data)
        return object
    }
}
