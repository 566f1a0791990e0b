/// One entry of a conversation, in order.
package enum TranscriptEntry: Hashable, Sendable {
    case user(MessageID, TurnID, String, media: [MediaReference] = [])
    case context(MessageID, ContextNote)
    case response(Response)
}

extension TranscriptEntry {
    package var message: MessageID {
        switch self {
        case .user(let message, _, _, _), .context(let message, _): message
        case .response(let response): response.message
        }
    }
}

/// A response of the model with the results of its calls.
package struct Response: Hashable, Sendable {
    package struct Block: Hashable, Sendable {
        package var item: Item
        /// Shown in part; the model is not given it back.
        package var isInterrupted: Bool

        package init(item: Item, isInterrupted: Bool) {
            self.item = item
            self.isInterrupted = isInterrupted
        }
    }

    package var message: MessageID
    package var turn: TurnID
    package var blocks: [Block]
    /// In the order they came in.
    package var outcomes: [ToolOutcome]
    /// `nil` while it streams, and for ever when it was cut off.
    package var end: ResponseEnd?

    package init(message: MessageID, turn: TurnID, blocks: [Block] = [], outcomes: [ToolOutcome] = [], end: ResponseEnd? = nil) {
        self.message = message
        self.turn = turn
        self.blocks = blocks
        self.outcomes = outcomes
        self.end = end
    }

    /// Finished calls, in the model's order.
    package var calls: [ToolCall] {
        blocks.compactMap { block in
            guard !block.isInterrupted, case .toolCall(let call) = block.item.content else { return nil }
            return call
        }
    }

    /// Finished texts, joined.
    package var text: String {
        blocks.compactMap { block in
            guard case .text(let text) = block.item.content else { return nil }
            return text
        }.joined()
    }

    package func outcome(of call: CallID) -> ToolOutcome? { outcomes.first { $0.call == call } }
}
