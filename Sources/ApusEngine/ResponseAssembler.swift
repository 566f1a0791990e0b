import ApusBase
package import ApusCore

/// Turns the pieces of one streamed response into events, and knows how to close it when the stream is cut. Pure.
package struct ResponseAssembler: Sendable {
    package enum Output: Hashable, Sendable {
        case nothing
        case delta(Delta)
        case fact(EventKind)
    }

    private struct OpenItem: Sendable {
        var id: ItemID
        var kind: ModelEvent.ItemKind
        var text: String
    }

    package let message: MessageID
    package private(set) var usage: Usage = .zero
    package private(set) var stop: StopReason?
    /// Finished blocks, in the order in which they finished.
    package private(set) var items: [Item] = []
    private var open: [Int: OpenItem] = [:]
    private let makeItemID: @Sendable () -> ItemID

    package init(message: MessageID, makeItemID: @escaping @Sendable () -> ItemID = { .unique() }) {
        self.message = message
        self.makeItemID = makeItemID
    }

    package var hasShownAnything: Bool { !items.isEmpty || open.values.contains { !$0.text.isEmpty } }

    package var calls: [ToolCall] {
        items.compactMap { item in
            if case .toolCall(let call) = item.content { call } else { nil }
        }
    }

    package var text: String {
        items.compactMap { item in
            if case .text(let text) = item.content { text } else { nil }
        }.joined()
    }

    package func item(of call: CallID) -> ItemID? {
        items.first { item in
            if case .toolCall(let own) = item.content { own.id == call } else { false }
        }?.id
    }

    package mutating func receive(_ event: ModelEvent) -> Output {
        switch event {
        case .itemStarted(let index, let kind):
            let replaced = open.updateValue(OpenItem(id: makeItemID(), kind: kind, text: ""), forKey: index)
            // A number given twice is the adapter's mistake; what was shown under it must be closed all the same.
            guard let replaced, !replaced.text.isEmpty else { return .nothing }
            return .fact(interrupted(replaced))
        case .delta(let index, let text):
            guard !text.isEmpty else { return .nothing }
            // In place: a copy would be made anew for each delta, of all text so far.
            open[index]?.text += text
            guard let item = open[index] else { return .nothing }
            return .delta(Delta(item: item.id, message: message, channel: item.kind.channel, text: text))
        case .itemFinished(let index, let content):
            let item = Item(id: open.removeValue(forKey: index)?.id ?? makeItemID(), message: message, content: content)
            items.append(item)
            return .fact(.itemFinished(item))
        case .usage(let usage):
            self.usage = usage
            return .nothing
        case .finished(let reason):
            stop = reason
            return .nothing
        }
    }

    /// The stream will not go on. Closes what was shown in part; what was not shown is forgotten.
    package mutating func cut() -> [EventKind] {
        let shown = open.sorted { $0.key < $1.key }.map(\.value).filter { !$0.text.isEmpty }
        open = [:]
        return shown.map { interrupted($0) }
    }

    private func interrupted(_ item: OpenItem) -> EventKind {
        .itemInterrupted(Item(id: item.id, message: message, content: item.kind.content(of: item.text)))
    }
}

extension ModelEvent.ItemKind {
    fileprivate var channel: Delta.Channel {
        switch self {
        case .text: .text
        case .reasoning: .reasoning
        case .toolCall: .toolInput
        }
    }

    /// An interrupted call keeps its input as the text that came.
    fileprivate func content(of text: String) -> ItemContent {
        switch self {
        case .text: .text(text)
        case .reasoning: .reasoning(text, nil)
        case .toolCall(let id, let name): .toolCall(ToolCall(id: id, name: name, input: .string(text)))
        }
    }
}
