import ApusBase
package import ApusCore

/// Makes what a model sees out of what a session is. The result always keeps the providers' pairing rule: every call has its
/// result in the message right behind it.
package enum ContextBuilder {
    /// `media` is what the request can carry of the images and documents that the session refers to.
    package static func messages(from whole: SessionState, media: LoadedMedia = .none) -> [ModelMessage] {
        let state = ResultCut.shown(whole)
        var messages: [ModelMessage] = []
        if let compaction = state.compaction {
            appendUser(summary(compaction), to: &messages)
            for note in compaction.carried { appendUser(reminder(note.text), to: &messages) }
        }
        for index in state.visiblePlaces {
            let entry = state.transcript[index]
            switch entry {
            case .context(_, let note):
                // A summary stands for the results that it tells of.
                if ResultCut.isNote(note), !messages.contains(where: \.isFromAssistant) { continue }
                appendUser(reminder(note.text), to: &messages)
            case .user(let message, _, let text, let references):
                let parts = media.parts(text, of: LoadedMedia.Owner(message: message), references)
                appendUser(parts.text, parts.media, to: &messages)
            case .response(let response):
                append(response, wasRetried: wasRetried(response, at: index, in: state), media, to: &messages)
            }
        }
        return messages
    }

    /// What stands in place of the messages before.
    package static func summary(_ compaction: Compaction) -> String {
        let rest =
            compaction.prompt == nil
            ? "" : "\n\nSome of that was already done about the request that comes next. Go on from there; do not begin anew."
        return reminder("A summary stands here for what came before in this conversation:\n\n" + compaction.summary + rest)
    }

    package static func reminder(_ text: String) -> String { "<system-reminder>\n\(text)\n</system-reminder>" }

    private static func appendUser(_ text: String, _ media: [Media] = [], to messages: inout [ModelMessage]) {
        if case .user(let blocks, let earlier) = messages.last {
            messages[messages.count - 1] = .user(blocks + [text], media: earlier + media)
        } else {
            messages.append(.user([text], media: media))
        }
    }

    /// A cut response that the same turn asked for again, or is just about to: the model must not see both.
    private static func wasRetried(_ response: Response, at index: Int, in state: SessionState) -> Bool {
        guard response.end == nil else { return false }
        if state.running?.input.turn == response.turn { return true }
        return state.transcript[(index + 1)...].contains { entry in
            if case .response(let later) = entry { later.turn == response.turn } else { false }
        }
    }

    /// A text that never came to an end must not fill the context of every later request.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > ByteLimit.maximumCutTextCharacters else { return text }
        var bounded = BoundedText(limit: ByteLimit.maximumCutTextCharacters)
        bounded.append(text)
        return bounded.rendered()
    }

    private static func append(_ response: Response, wasRetried: Bool, _ media: LoadedMedia, to messages: inout [ModelMessage]) {
        if wasRetried { return }
        let content = response.blocks.compactMap { block -> ItemContent? in
            guard block.isInterrupted else { return block.item.content }
            // Of a block that was cut off only text is worth keeping: reasoning lacks its signature, a call its input.
            if case .text(let text) = block.item.content { return .text(shortened(text)) }
            return nil
        }
        let saysSomething = content.contains { block in
            if case .reasoning = block { false } else { true }
        }
        guard saysSomething else { return }
        messages.append(.assistant(content))
        let calls = response.calls
        guard !calls.isEmpty else { return }
        messages.append(
            .toolResults(
                calls.map { call in
                    let outcome = response.outcome(of: call.id)
                    let parts = media.parts(
                        outcome?.text ?? "Error: no result was recorded for this call",
                        of: LoadedMedia.Owner(message: response.message, call: call.id), outcome?.media ?? [])
                    return ModelToolResult(
                        call: call.id, tool: call.name, text: parts.text, isError: outcome?.isError ?? true, media: parts.media)
                }))
    }
}

extension ModelMessage {
    fileprivate var isFromAssistant: Bool { if case .assistant = self { true } else { false } }
}
