/// A streamed reply in the words of one dialect, not yet cut into writes.
struct BodyPlan {
    enum Step: Hashable, Sendable {
        case event([UInt8])
        case repeated([UInt8], times: Int)
        /// Comments and raw bytes: in the body, but no event.
        case filler([UInt8])
        case pause(milliseconds: Int)
        case wait(Gate)
        case end(ConnectionEnd)
    }

    private(set) var steps: [Step] = []
    private var renderer: any StreamRenderer
    private let number: Int
    private let ending: StreamShape.LineEnding
    private var nextBlock = 0

    init(_ reply: StreamedReply, in dialect: Dialect, number: Int, model: String) {
        var stop = reply.stop
        if stop == .fitting { stop = reply.blocks.contains(where: \.holdsToolCall) ? .toolCalls : .endOfTurn }
        self.number = number
        ending = reply.shape.lineEnding
        renderer = dialect.renderer(ReplyFacts(number: number, model: model, usage: reply.usage, stop: stop, shape: reply.shape))
        add(.started)
        for block in reply.blocks { add(block) }
        add(.finished)
    }

    private mutating func add(_ event: ReplyEvent) {
        for event in renderer.events(for: event) { steps.append(.event(event.bytes(ending))) }
    }

    private mutating func add(_ block: Block) {
        switch block {
        case .between(let fragment): add(fragment, to: nil)
        case .interleaved(let blocks): addInterleaved(blocks)
        case .text, .reasoning, .redactedReasoning, .toolCall:
            guard let open = begin(block) else { return }
            for fragment in open.fragments { add(fragment, to: open) }
            add(.blockFinished(open.index, open.kind))
        }
    }

    private struct OpenBlock {
        let index: Int
        let kind: ReplyEvent.Kind
        let fragments: [Fragment]
    }

    /// One fragment of each in turn; what stands between blocks comes before all of them.
    private mutating func addInterleaved(_ blocks: [Block]) {
        var open: [OpenBlock] = []
        for block in blocks {
            if let begun = begin(block) { open.append(begun) } else { add(block) }
        }
        for turn in 0..<(open.map(\.fragments.count).max() ?? 0) {
            for block in open where turn < block.fragments.count { add(block.fragments[turn], to: block) }
        }
        for block in open { add(.blockFinished(block.index, block.kind)) }
    }

    private mutating func begin(_ block: Block) -> OpenBlock? {
        let index = nextBlock
        let kind: ReplyEvent.Kind
        let fragments: [Fragment]
        switch block {
        case .text(let pieces): (kind, fragments) = (.text, pieces)
        case .reasoning(let pieces, let signature): (kind, fragments) = (.reasoning(signature: signature), pieces)
        case .redactedReasoning(let data): (kind, fragments) = (.redactedReasoning(data), [])
        case .toolCall(let id, let name, let input):
            (kind, fragments) = (.toolCall(id: id ?? "call_\(number)_\(index)", name: name), input)
        case .interleaved, .between: return nil
        }
        nextBlock += 1
        add(.blockStarted(index, kind))
        return OpenBlock(index: index, kind: kind, fragments: fragments)
    }

    private mutating func add(_ fragment: Fragment, to block: OpenBlock?) {
        switch fragment {
        case .piece(let text): if let block { add(.delta(block.index, block.kind, text)) }
        case .repeated(let text, let times):
            guard let block, times > 0 else { return }
            let events = renderer.events(for: .delta(block.index, block.kind, text))
            steps.append(.repeated(events.flatMap { $0.bytes(ending) }, times: times))
        case .pause(let milliseconds): steps.append(.pause(milliseconds: milliseconds))
        case .wait(let gate): steps.append(.wait(gate))
        case .cut(let end): steps.append(.end(end))
        case .comment(let text): steps.append(.filler(Array(": \(text)\(ending.rawValue)\(ending.rawValue)".utf8)))
        case .raw(let bytes): steps.append(.filler(bytes))
        case .error(let type, let message):
            add(.error(type: type, message: message))
            // A provider says nothing after an error.
            steps.append(.end(.bodyEnded))
        }
    }
}
