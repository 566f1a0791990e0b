package import ApusBase

/// The stored form of an event: one JSON object whose `kind` names the case. Members may be added; readers skip what they do
/// not know, and a kind they do not know is an error, because a log that is folded in part is a lie.
extension EventKind {
    package func encoded() -> JSONValue {
        switch self {
        case .sessionCreated(let header, let settings):
            tagged("sessionCreated", [("header", header.encoded()), ("settings", settings.encoded())])
        case .sessionForked(let header): tagged("sessionForked", [("header", header.encoded())])
        case .settingsChanged(let settings): tagged("settingsChanged", [("settings", settings.encoded())])
        case .titleChanged(let title): tagged("titleChanged", [("title", .string(title))])
        case .turnQueued(let input): tagged("turnQueued", [("input", input.encoded())])
        case .turnStarted(let turn, let model):
            tagged("turnStarted", [("turn", .string(turn.rawValue)), ("model", .string(model))])
        case .contextAdded(let message, let note):
            tagged("contextAdded", [("message", .string(message.rawValue)), ("note", note.encoded())])
        case .userMessage(let message, let turn, let text, let media):
            tagged(
                "userMessage",
                [("message", .string(message.rawValue)), ("turn", .string(turn.rawValue)), ("text", .string(text))]
                    + (media.isEmpty ? [] : [("media", .array(media.map { $0.encoded() }))]))
        case .responseStarted(let message, let turn):
            tagged("responseStarted", [("message", .string(message.rawValue)), ("turn", .string(turn.rawValue))])
        case .delta(let delta): tagged("delta", [("delta", delta.encoded())])
        case .itemFinished(let item): tagged("itemFinished", [("item", item.encoded())])
        case .itemInterrupted(let item): tagged("itemInterrupted", [("item", item.encoded())])
        case .responseFinished(let end): tagged("responseFinished", [("end", end.encoded())])
        case .retrying(let note): tagged("retrying", [("note", note.encoded())])
        case .toolIntended(let intent): tagged("toolIntended", [("intent", intent.encoded())])
        case .toolFinished(let outcome): tagged("toolFinished", [("outcome", outcome.encoded())])
        case .approvalAsked(let request): tagged("approvalAsked", [("request", request.encoded())])
        case .approvalAnswered(let decision): tagged("approvalAnswered", [("decision", decision.encoded())])
        case .accessGranted(let grant): tagged("accessGranted", [("grant", grant.encoded())])
        case .questionAsked(let question): tagged("questionAsked", [("question", question.encoded())])
        case .questionAnswered(let answer): tagged("questionAnswered", [("answer", answer.encoded())])
        case .filesSaved(let files): tagged("filesSaved", [("files", .array(files.map { $0.encoded() }))])
        case .contextCompacted(let compaction): tagged("contextCompacted", [("compaction", compaction.encoded())])
        case .sessionArchived(let time): tagged("sessionArchived", [("at", time.map { .integer($0) } ?? .null)])
        case .todosChanged(let todos): tagged("todosChanged", [("todos", .array(todos.map { $0.encoded() }))])
        case .processStarted(let process): tagged("processStarted", [("process", process.encoded())])
        case .turnFinished(let end): tagged("turnFinished", [("end", end.encoded())])
        case .noticed(let notice): tagged("noticed", [("notice", notice.encoded())])
        }
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let kind = try value.text("kind")
        switch kind {
        case "sessionCreated":
            self = .sessionCreated(try value.decode("header"), try value.decode("settings"))
        case "sessionForked": self = .sessionForked(try value.decode("header"))
        case "settingsChanged": self = .settingsChanged(try value.decode("settings"))
        case "titleChanged": self = .titleChanged(try value.text("title"))
        case "turnQueued": self = .turnQueued(try value.decode("input"))
        case "turnStarted": self = .turnStarted(TurnID(try value.text("turn")), model: try value.text("model"))
        case "contextAdded": self = .contextAdded(MessageID(try value.text("message")), try value.decode("note"))
        case "userMessage":
            self = .userMessage(
                MessageID(try value.text("message")), TurnID(try value.text("turn")), try value.text("text"), media: try value.media())
        case "responseStarted":
            self = .responseStarted(MessageID(try value.text("message")), TurnID(try value.text("turn")))
        case "delta": self = .delta(try value.decode("delta"))
        case "itemFinished": self = .itemFinished(try value.decode("item"))
        case "itemInterrupted": self = .itemInterrupted(try value.decode("item"))
        case "responseFinished": self = .responseFinished(try value.decode("end"))
        case "retrying": self = .retrying(try value.decode("note"))
        case "toolIntended": self = .toolIntended(try value.decode("intent"))
        case "toolFinished": self = .toolFinished(try value.decode("outcome"))
        case "approvalAsked": self = .approvalAsked(try value.decode("request"))
        case "approvalAnswered": self = .approvalAnswered(try value.decode("decision"))
        case "accessGranted": self = .accessGranted(try value.decode("grant"))
        case "questionAsked": self = .questionAsked(try value.decode("question"))
        case "questionAnswered": self = .questionAnswered(try value.decode("answer"))
        case "filesSaved": self = .filesSaved(try value.decodeList("files"))
        case "contextCompacted": self = .contextCompacted(try value.decode("compaction"))
        case "sessionArchived": self = .sessionArchived(at: try value.raw("at").integerValue)
        case "todosChanged": self = .todosChanged(try value.decodeList("todos"))
        case "processStarted": self = .processStarted(try value.decode("process"))
        case "turnFinished": self = .turnFinished(try value.decode("end"))
        case "noticed": self = .noticed(try value.decode("notice"))
        default: throw DecodingFault("Unknown event kind \"\(kind)\": written by a newer version?")
        }
    }
}

private func tagged(_ kind: String, _ members: [(String, JSONValue)]) -> JSONValue {
    .object(JSONObject([("kind", .string(kind))] + members))
}
