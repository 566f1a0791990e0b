import ApusBase
package import ApusCore

/// A small generator of random numbers that gives the same ones for the same seed.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Plausible histories of one session without end, the same for the same seed: turns with interleaved items, reasoning, tool calls
/// and their output, retries, interrupted items, changed settings and titles, now and then a fork, and events that fit nothing.
///
/// The deltas of an item joined are its text, as providers promise. Every kind of event comes up within a few dozen turns.
package struct RandomHistory {
    /// What a session's owner does next.
    package enum Step: Hashable, Sendable {
        case commit([EventKind])
        case show(Delta)
    }

    package let session: SessionID
    private var generator: SeededGenerator
    private var waiting: [Step] = []
    private var names = 0

    package init(seed: UInt64, session: SessionID = "random-session") {
        self.session = session
        generator = SeededGenerator(seed: seed)
        waiting = [.commit([.sessionCreated(header(parent: nil), settings())])]
    }

    package mutating func next() -> Step {
        if waiting.isEmpty { addTurn() }
        return waiting.removeFirst()
    }

    /// The events of the first `count` steps, numbered from 1 with a gap here and there, a few milliseconds apart.
    package static func events(seed: UInt64, steps count: Int) -> [Event] {
        var history = RandomHistory(seed: seed)
        var gaps = SeededGenerator(seed: ~seed)
        var events: [Event] = []
        var number: EventNumber = 0
        for _ in 0..<count {
            number += Int64.random(in: 0..<20, using: &gaps) == 0 ? 900 : 0
            let kinds: [EventKind]
            switch history.next() {
            case .commit(let facts): kinds = facts
            case .show(let delta): kinds = [.delta(delta)]
            }
            for kind in kinds {
                number += 1
                events.append(Event(number: number, time: 1_700_000_000_000 + number * 3, kind: kind))
            }
        }
        return events
    }
}

// MARK: - Turns

extension RandomHistory {
    private mutating func addTurn() {
        let turn = TurnID(name("turn"))
        var input = TurnInput(turn: turn, prompt: text(1...20), origin: TurnOrigin(front: .exec, writer: "test", approvals: .stop))
        if chance(3) { input.idempotencyKey = name("key") }
        if chance(4) { input.limits = TurnLimits(responses: 5, milliseconds: 60_000) }
        if chance(8) { waiting.append(.commit([.settingsChanged(settings())])) }
        if chance(30) { waiting.append(.commit([.sessionForked(header(parent: session))])) }
        var start: [EventKind] = [.turnQueued(input), .turnStarted(turn, model: "model-\(number(0...3))")]
        if chance(2) { start.append(.contextAdded(MessageID(name("note")), ContextNote(source: "AGENTS.md", text: text(1...30)))) }
        start.append(.userMessage(MessageID(name("message")), turn, input.prompt))
        // One transaction or several: both happen.
        if chance(2) { waiting.append(.commit(start)) } else { waiting += start.map { .commit([$0]) } }
        for _ in 0..<number(1...3) { addResponse(turn) }
        if chance(6) { waiting.append(.commit([.contextCompacted(compaction())])) }
        if chance(12) { waiting.append(.commit([.sessionArchived(at: chance(3) ? nil : 1_700_000_000_000)])) }
        if chance(5) { waiting.append(.commit([.titleChanged(text(1...5))])) }
        if chance(9) { waiting.append(.commit([.noticed(.modelRefused(text(1...2), reason: text(1...5), by: nil))])) }
        if chance(9) { addProcess() }
        waiting.append(.commit([.turnFinished(end(of: turn))]))
    }

    /// Of some the end is never told.
    private mutating func addProcess() {
        var process = SessionProcess(
            id: name("process"), session: session, pid: Int32(number(2...60_000)), command: text(1...3), workingDirectory: "/w",
            startedAt: 1_700_000_000_000)
        waiting.append(.commit([.noticed(.processChanged(ProcessChange(process, .started)))]))
        if chance(3) { return }
        (process.state, process.exitCode, process.endedAt) = (.completed, 0, 1_700_000_000_100)
        waiting.append(.commit([.noticed(.processChanged(ProcessChange(process, .completed, previous: .running)))]))
    }

    private mutating func end(of turn: TurnID) -> TurnEnd {
        let reason = TurnEndReason.allCases[number(0...(TurnEndReason.allCases.count - 1))]
        var end = TurnEnd(turn: turn, reason: chance(2) ? .completed : reason, detail: chance(2) ? "" : text(1...6), usage: usage())
        end.durationMilliseconds = number(1...90_000)
        end.settledResponses = number(0...3)
        if chance(2) { end.firstDeltaMilliseconds = Double(number(1...4000)) / 8 }
        if chance(6) {
            end.denials = [
                AccessDenial(
                    call: CallID(name("call")), tool: "Execute", input: ["command": .string(text(1...4))], risk: "high", required: .high,
                    reason: text(1...5))
            ]
        }
        return end
    }

    private mutating func addResponse(_ turn: TurnID) {
        let message = MessageID(name("message"))
        waiting.append(.commit([.responseStarted(message, turn)]))
        var open = (0..<number(1...3)).map { _ in content(message) }
        let items = open
        var rest = open.map { pieces(of: $0) }
        var finished: [Item] = []
        while !open.isEmpty {
            let index = number(0...(open.count - 1))
            if let piece = rest[index].first {
                rest[index].removeFirst()
                waiting.append(
                    .show(Delta(item: open[index].id, message: message, channel: RandomHistory.channel(of: open[index]), text: piece)))
            } else {
                waiting.append(.commit([.itemFinished(open[index])]))
                finished.append(open[index])
                open.remove(at: index)
                rest.remove(at: index)
            }
            if chance(60), !open.isEmpty { return interrupt(open, turn) }
        }
        waiting.append(.commit([.responseFinished(ResponseEnd(message: message, stop: .endOfTurn, usage: usage()))]))
        for item in items {
            guard case .toolCall(let call) = item.content else { continue }
            if chance(3) { ask(call, item, turn) }
            if chance(5) { question(call, turn) }
            if chance(4) { waiting.append(.commit([.filesSaved([snapshot(turn)])])) }
            run(call, item)
        }
    }

    private mutating func interrupt(_ open: [Item], _ turn: TurnID) {
        let note = RetryNote(turn: turn, attempt: 1, reason: .streamBroken, detail: text(1...4), delayMilliseconds: 500)
        waiting.append(.commit(open.map { .itemInterrupted($0) } + [.retrying(note)]))
    }

    private mutating func ask(_ call: ToolCall, _ item: Item, _ turn: TurnID) {
        let request = ApprovalRequest(
            id: ApprovalID(name("perm")), turn: turn, message: item.message, call: call.id, tool: call.name, input: call.input,
            actionHash: name("hash"), question: text(1...20), risk: "high", required: chance(3) ? nil : .high, level: .high,
            reason: text(1...3),
            options: chance(2) ? [.proceedOnce, .cancel] : ApprovalChoice.allCases, expiresAt: chance(2) ? nil : 1_700_000_000_000)
        waiting.append(.commit([.approvalAsked(request)]))
        // Some stay open, until their turn ends.
        if chance(4) { return }
        let choice = ApprovalChoice.allCases[number(0...(ApprovalChoice.allCases.count - 1))]
        let deciders: [ApprovalDecision.Decider] = [.voter(identity: name("key"), front: .droid), .deadline, .session, .turnEnd]
        var decision = ApprovalDecision(
            of: request, choice, by: deciders[number(0...3)], at: 1_700_000_000_000, level: choice.permits ? .high : nil,
            comment: chance(2) ? text(1...4) : nil)
        if choice == .proceedEdited { decision.editedInput = ["command": .string(text(1...3))] }
        let grants: [AccessGrant] = [
            .kind(.command, upTo: .medium), .file("/project/file\(number(0...5))"), .tool(name("tool"), upTo: .low),
            .server(name("server"), upTo: .high), .command(text(1...3), directory: "/project"),
        ]
        waiting.append(.commit([.approvalAnswered(decision)] + (chance(2) ? [.accessGranted(grants[number(0...4)])] : [])))
        // A second answer changes nothing.
        if chance(10) { waiting.append(.commit([.approvalAnswered(decision)])) }
    }

    private mutating func question(_ call: ToolCall, _ turn: TurnID) {
        let item = UserQuestion.Item(index: 1, topic: text(1...2), question: text(1...6), options: [text(1...2)], allowsSeveral: chance(2))
        let question = UserQuestion(
            id: QuestionID(name("ask")), turn: turn, call: call.id, items: [item], expiresAt: chance(2) ? nil : 1_700_000_000_000)
        waiting.append(.commit([.questionAsked(question)]))
        // Some stay open, until their turn ends.
        if chance(4) { return }
        let answer = UserAnswer.Item(index: 1, question: item.question, answer: text(1...3))
        waiting.append(
            .commit([
                .questionAnswered(chance(3) ? .cancelled(question.id) : UserAnswer(id: question.id, isCancelled: false, items: [answer]))
            ]))
    }

    private mutating func run(_ call: ToolCall, _ item: Item) {
        let intent = ToolIntent(call: call.id, tool: call.name, argumentsHash: name("hash"), effect: .idempotent, key: name("key"))
        waiting.append(.commit([.toolIntended(intent)]))
        for _ in 0..<number(0...4) {
            waiting.append(.show(Delta(item: item.id, message: item.message, channel: .toolOutput, text: text(1...8))))
        }
        var outcome = ToolOutcome(call: call.id, status: chance(4) ? .failed : .succeeded, text: text(1...12))
        if chance(2) { outcome.files = [FileMark(path: "/project/file\(number(0...5))", hash: chance(4) ? "" : name("hash"))] }
        var facts: [EventKind] = [.toolFinished(outcome)]
        if chance(3) { facts.append(.todosChanged([Todo(text: text(1...4), status: .inProgress, priority: chance(2) ? "high" : nil)])) }
        if chance(6) { facts.append(.processStarted(process())) }
        // A second result, or one of a call nobody made, fits nothing.
        if chance(20) { facts.append(.toolFinished(ToolOutcome(call: CallID(name("call")), status: .notRun, text: ""))) }
        waiting.append(.commit(facts))
    }
}

// MARK: - Parts

extension RandomHistory {
    private mutating func compaction() -> Compaction {
        Compaction(
            message: MessageID(name("message")), summary: text(1...20), removed: number(0...9),
            keptFrom: chance(2) ? nil : MessageID(name("message")), prompt: chance(4) ? MessageID(name("message")) : nil,
            trigger: chance(2) ? .threshold : .overflow, isTruncation: chance(3),
            carried: chance(3) ? [ContextNote(source: "todos", text: text(1...5))] : [])
    }

    private mutating func snapshot(_ turn: TurnID) -> FileSnapshot {
        FileSnapshot(
            message: MessageID(turn.rawValue), path: "/project/file\(number(0...5))", content: chance(3) ? nil : name("hash"),
            size: number(0...9_999), obstacle: chance(9) ? text(1...2) : nil)
    }

    private mutating func process() -> BackgroundProcess {
        BackgroundProcess(
            id: name("bg"), pid: Int32(number(2...99_999)),
            keeper: ProcessIdentity(process: Int32(number(2...99_999)), startTime: Int64(number(0...1_000_000)), boot: name("boot")),
            command: text(1...6), workingDirectory: "/project", log: "/home/\(name("log"))", startedAt: 1_700_000_000_000)
    }

    private mutating func header(parent: SessionID?) -> SessionHeader {
        SessionHeader(
            id: session, createdAt: 1_700_000_000_000 + Int64(number(0...9999)), workingDirectory: "/project \(number(0...9))/ünter",
            parent: parent)
    }

    private mutating func settings() -> SessionSettings {
        SessionSettings(
            model: chance(2) ? nil : "model-\(number(0...3))", effort: chance(2) ? nil : .high, autonomy: chance(2) ? .off : .medium,
            labels: chance(3) ? [SessionLabel(name: text(1...2), metadata: ["key": text(1...2)])] : [],
            systemPromptAddition: chance(3) ? text(1...9) : nil)
    }

    private mutating func usage() -> Usage {
        Usage(
            inputTokens: number(0...9999), outputTokens: number(0...999), cacheReadTokens: number(0...99),
            cacheCreationTokens: number(0...9),
            reasoningTokens: chance(2) ? nil : number(0...50))
    }

    private mutating func content(_ message: MessageID) -> Item {
        let content: ItemContent =
            switch number(0...3) {
            case 0:
                .reasoning(text(1...30), chance(2) ? nil : OpaqueState(dialect: "anthropic", payload: ["signature": .string(name("s"))]))
            case 1:
                .toolCall(ToolCall(id: CallID(name("call")), name: "Read", input: ["file_path": .string("/a \(text(1...2))"), "n": 1.5]))
            default: .text(text(1...60))
            }
        return Item(id: ItemID(name("item")), message: message, content: content)
    }

    private static func channel(of item: Item) -> Delta.Channel {
        switch item.content {
        case .text: .text
        case .reasoning: .reasoning
        case .toolCall: .toolInput
        }
    }

    /// The item's text, cut between any two characters.
    private mutating func pieces(of item: Item) -> [String] {
        var rest: Substring
        switch item.content {
        case .text(let text), .reasoning(let text, _): rest = text[...]
        case .toolCall(let call): rest = call.input.serialized()[...]
        }
        var pieces: [String] = []
        while !rest.isEmpty {
            let piece = rest.prefix(number(1...24))
            pieces.append(String(piece))
            rest = rest.dropFirst(piece.count)
        }
        return pieces
    }

    private static let words = [
        "the", "file", "\n", "\"quoted\"", "\\", "naïve", "日本語", "👩‍👩‍👧", "e\u{301}", "\u{0}", "\t", "0x1F", "{}", "longest",
        "a-very-long-word-without-any-end",
    ]

    private mutating func text(_ count: ClosedRange<Int>) -> String {
        (0..<number(count)).map { _ in RandomHistory.words[number(0...(RandomHistory.words.count - 1))] }.joined(separator: " ")
    }

    private mutating func name(_ kind: String) -> String {
        names += 1
        return "\(kind)-\(names)-\(String(generator.next(), radix: 36))"
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    /// True once in `count` times.
    private mutating func chance(_ count: Int) -> Bool { number(1...count) == 1 }
}
