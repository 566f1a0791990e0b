/// Messages that were not read yet. Deltas of one block that stand behind each other become one, so that a slow reader of deltas costs what
/// the text costs.
struct MessageBuffer {
    /// Messages, and bytes of delta text.
    static let maximumCount = 16_384
    static let maximumDeltaBytes = 64 << 20

    private var messages: [DroidMessage] = []
    private var head = 0
    private var deltaBytes = 0

    var isEmpty: Bool { head == messages.count }
    var count: Int { messages.count - head }

    /// - Returns: Whether there was room. There always is for the result.
    mutating func append(_ message: DroidMessage) -> Bool {
        if case .result = message {
            messages.append(message)
            return true
        }
        let text = MessageBuffer.delta(message)
        if let text, deltaBytes + text.utf8.count > MessageBuffer.maximumDeltaBytes { return false }
        deltaBytes += text?.utf8.count ?? 0
        if !isEmpty, let joined = MessageBuffer.join(messages[messages.count - 1], message) {
            messages[messages.count - 1] = joined
            return true
        }
        if count >= MessageBuffer.maximumCount { return false }
        messages.append(message)
        return true
    }

    mutating func pop() -> DroidMessage? {
        if isEmpty { return nil }
        let message = messages[head]
        head += 1
        deltaBytes -= MessageBuffer.delta(message)?.utf8.count ?? 0
        if head == messages.count || head > 512 {
            messages.removeFirst(head)
            head = 0
        }
        return message
    }

    private static func delta(_ message: DroidMessage) -> String? {
        switch message {
        case .assistantTextDelta(let delta), .thinkingTextDelta(let delta): delta.text
        default: nil
        }
    }

    /// Joined only behind a reader: one that keeps up gets every delta as it came.
    private static func join(_ one: DroidMessage, _ other: DroidMessage) -> DroidMessage? {
        switch (one, other) {
        case (.assistantTextDelta(var first), .assistantTextDelta(let second)):
            if !first.isSameBlock(as: second) { return nil }
            first.text += second.text
            return .assistantTextDelta(first)
        case (.thinkingTextDelta(var first), .thinkingTextDelta(let second)):
            if !first.isSameBlock(as: second) { return nil }
            first.text += second.text
            return .thinkingTextDelta(first)
        default:
            return nil
        }
    }
}

extension TextDeltaMessage {
    /// Pieces are joined up to a size that a reader can show at once, so that joining stays cheap.
    fileprivate func isSameBlock(as other: TextDeltaMessage) -> Bool {
        messageId == other.messageId && blockIndex == other.blockIndex && text.utf8.count < 64 << 10
    }
}
