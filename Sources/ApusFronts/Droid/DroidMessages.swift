import ApusBase
import ApusCore
import DroidWire

/// Messages of a session as the protocol has them (`droid.md` §5.6).
enum DroidMessages {
    /// The newest messages of a session, oldest first, at most `bytes` in all; a response that still grows is not among them.
    ///
    /// The transcript keeps no times: messages get those of the session, one millisecond apart, so that they sort as they stand.
    static func all(of state: SessionState, atMost bytes: Int = 8 << 20) -> [DroidMessage] {
        var messages: [DroidMessage] = []
        for entry in state.transcript {
            switch entry {
            case .context: continue
            case .user(let message, _, let text, let media): messages.append(user(message, text, media, at: 0))
            case .response(let response):
                if isGrowing(response, in: state) { continue }
                let content = blocks(response.blocks.map(\.item))
                if !content.isEmpty { messages.append(assistant(response.message, content, at: 0)) }
                if let results = results(of: response) { messages.append(results) }
            }
        }
        for index in messages.indices {
            messages[index].createdAt = Double(state.header.createdAt + Int64(index))
            messages[index].updatedAt = messages[index].createdAt
        }
        return newest(messages, atMost: bytes)
    }

    /// One that was cut off does not: what comes next is another response.
    private static func isGrowing(_ response: Response, in state: SessionState) -> Bool {
        response.end == nil && state.running?.input.turn == response.turn && response.message == state.lastResponse?.message
            && !response.blocks.contains { $0.isInterrupted }
    }

    static func user(_ id: MessageID, _ text: String, _ media: [MediaReference], at time: Timestamp) -> DroidMessage {
        let notes = media.map { reference -> DroidContentBlock in
            let name = reference.details.name.map { " \"\($0)\"" } ?? ""
            return .text(DroidTextBlock(text: "[\(reference.details.type.phrase)\(name), \(reference.byteCount) bytes]"))
        }
        return DroidMessage(
            id: id.rawValue, role: .user, content: [.text(DroidTextBlock(text: text))] + notes, createdAt: Double(time),
            updatedAt: Double(time))
    }

    static func assistant(_ id: MessageID, _ content: [DroidContentBlock], at time: Timestamp) -> DroidMessage {
        DroidMessage(id: id.rawValue, role: .assistant, content: content, createdAt: Double(time), updatedAt: Double(time))
    }

    /// Prompts and responses.
    static func count(in state: SessionState) -> Int {
        state.transcript.count { entry in
            if case .context = entry { false } else { true }
        }
    }

    /// Reasoning without words has nothing to show.
    static func blocks(_ items: [Item]) -> [DroidContentBlock] {
        items.compactMap { item in
            switch item.content {
            case .text(let text): .text(DroidTextBlock(text: text))
            case .reasoning(let text, _): text.isEmpty ? nil : .thinking(DroidThinkingBlock(thinking: text))
            case .toolCall(let call): .toolUse(DroidToolUseBlock(call))
            }
        }
    }

    private static func results(of response: Response) -> DroidMessage? {
        if response.outcomes.isEmpty { return nil }
        let blocks = response.outcomes.map { outcome -> DroidContentBlock in
            .toolResult(DroidToolResultBlock(toolUseId: outcome.call.rawValue, content: .text(outcome.text), isError: outcome.isError))
        }
        return DroidMessage(id: response.message.rawValue + "-results", role: .tool, content: blocks, createdAt: 0, updatedAt: 0)
    }

    static func newest(_ messages: [DroidMessage], atMost bytes: Int) -> [DroidMessage] {
        var left = bytes
        var first = messages.endIndex
        while first > messages.startIndex {
            left -= messages[first - 1].json.utf8.count
            if left < 0 { break }
            first -= 1
        }
        return Array(messages[first...])
    }
}
