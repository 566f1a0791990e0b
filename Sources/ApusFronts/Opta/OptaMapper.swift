import ApusBase
import ApusCore
import OptaWire

/// Turns one event of a session into the envelopes that every client of it sees: 0 to 4, of which frame `i` of event `n` has the number
/// `4·n + i`. What it says depends on the log alone, so that a replay says the same.
struct OptaMapper: FrameMapper {
    /// What the session is behind the last event that was passed.
    private(set) var state: SessionState
    private(set) var lastNumber: Int64?
    private let dialect: OptaDialect
    private let daemon: String
    /// What a session without a model of its own runs with.
    private let defaultModel: String
    /// The running turn was told to have begun: its model has answered.
    private var hasBegun: Bool
    /// Turns that wait and were cancelled: no end of theirs is told.
    private var cancelled: Set<TurnID> = []
    /// Calls of the running turn that were told to have begun.
    private var begun: Set<CallID> = []

    /// At the place of a state.
    init(_ state: SessionState, daemon: String, defaultModel: String, dialect: OptaDialect = .wire) {
        self.state = state
        self.dialect = dialect
        lastNumber = state.lastEvent == 0 ? 0 : nil
        self.daemon = daemon
        self.defaultModel = defaultModel
        let turn = state.running?.input.turn
        hasBegun = turn.map { turn in state.transcript.contains { $0.isResponse(of: turn) } } ?? false
        begun = Set(state.openIntents.map(\.call))
    }

    var place: EventNumber { state.lastEvent }

    static func number(_ event: EventNumber, _ index: Int) -> Int64 { 4 * event + Int64(index) }
    /// The event that a number belongs to.
    static func event(of number: Int64) -> EventNumber { number / 4 }

    /// What grows shares nothing with the place it grew from.
    var weight: Int { state.openItems.reduce(state.transcript.count * Self.entryBytes) { $0 + $1.text.utf8.count } }
    private static let entryBytes = MemoryLayout<TranscriptEntry>.stride

    mutating func told(of event: Event) -> [NumberedFrame] {
        envelopes(for: event).map { NumberedFrame(number: $0.seq, bytes: JSONValue.object(dialect.json($0)).serializedBytes()) }
    }

    mutating func envelopes(for event: Event) -> [OptaEnvelope] {
        // What it was before and what it is now are never held at once: every piece of a long text would copy the text.
        let told = told(by: event)
        advance(event, told.count)
        return told.enumerated().map { index, told in
            OptaEnvelope(
                event: told.name.rawValue, daemonId: daemon, sessionId: state.header.id.rawValue, seq: Self.number(event.number, index),
                ts: OptaWords.date(event.time), payload: .object(completed(told)))
        }
    }

    mutating func pass(_ event: Event) { advance(event, count(of: event)) }

    /// How many envelopes tell an event. Pieces of text are most of what there is.
    private func count(of event: Event) -> Int {
        if case .delta(let delta) = event.kind { Self.isTold(delta.channel) ? 1 : 0 } else { told(by: event).count }
    }

    private mutating func advance(_ event: Event, _ count: Int) {
        if count > 0 { lastNumber = Self.number(event.number, count - 1) }
        switch event.kind {
        case .turnStarted: (hasBegun, begun) = (false, [])
        case .responseStarted: hasBegun = true
        case .toolIntended(let intent): begun.insert(intent.call)
        case .toolFinished(let outcome): begun.remove(outcome.call)
        case .noticed(.turnsCancelled(let turns, _, _)): cancelled.formUnion(turns.queued)
        case .turnFinished(let end): cancelled.remove(end.turn)
        case .sessionForked: (hasBegun, begun, cancelled) = (false, [], [])
        case .sessionCreated, .settingsChanged, .titleChanged, .turnQueued, .contextAdded, .userMessage, .delta, .itemFinished,
            .itemInterrupted, .responseFinished, .retrying, .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked,
            .questionAnswered, .filesSaved, .contextCompacted, .sessionArchived, .todosChanged, .processStarted, .noticed:
            break
        }
        state.reduce(event)
    }

    // MARK: One event

    private struct Told {
        var name: OptaEventName
        var payload: JSONObject

        init(_ name: OptaEventName, _ payload: JSONObject = [:]) { (self.name, self.payload) = (name, payload) }
    }

    /// With what is only known behind the event.
    private func completed(_ told: Told) -> JSONObject {
        var payload = told.payload
        switch told.name {
        case .sessionSnapshot:
            payload["snapshot"] = .object(OptaWords.snapshot(state, defaultModel: defaultModel))
            payload["messages"] = .array(OptaWords.messages(state))
        case .sessionUpdated: payload["snapshot"] = .object(OptaWords.snapshot(state, defaultModel: defaultModel))
        case .turnQueued: payload["queueSize"] = .integer(Int64(state.queue.count))
        case .turnStart, .turnThinking, .turnToken, .permissionRequest, .permissionResolved, .toolStart, .toolEnd, .turnProgress,
            .agentPhase, .atpoIntervene, .turnDone, .turnError, .sessionCancelled, .backgroundStatus, .backgroundOutput:
            break
        }
        return payload
    }

    private func told(by event: Event) -> [Told] {
        switch event.kind {
        // Who says it itself does so when the session has all it begins with.
        case .sessionCreated(let header, _): header.announcer == .opta ? [] : [Told(.sessionSnapshot)]
        case .noticed(let notice): told(by: notice)
        case .turnQueued(let input): [Told(.turnQueued, members(of: input))]
        case .responseStarted: hasBegun ? [] : beginning
        case .delta(let delta): told(by: delta)
        case .toolIntended(let intent): tool(intent.call).map { [began($0)] } ?? []
        case .toolFinished(let outcome): told(by: outcome)
        case .approvalAsked(let request): [told(by: request)]
        case .approvalAnswered(let decision):
            [
                Told(
                    .permissionResolved,
                    [
                        "turnId": turn, "requestId": .string(decision.id.rawValue),
                        "decision": decision.choice.permits ? "allow" : "deny",
                    ])
            ]
        case .retrying(let note):
            [
                Told(
                    .turnProgress,
                    [
                        "turnId": .string(note.turn.rawValue), "phase": "atpo.retrying", "message": .string(Self.sentence(note)),
                        "provider": .null,
                    ])
            ]
        case .turnFinished(let end): told(by: end)
        // Nothing of the protocol says these: a turn has begun when its model answers, items are told piece by piece, and questions of
        // AskUser are only asked in turns of other protocols.
        case .sessionForked, .settingsChanged, .titleChanged, .turnStarted, .contextAdded, .userMessage, .itemFinished, .itemInterrupted,
            .responseFinished, .accessGranted, .questionAsked, .questionAnswered, .filesSaved, .contextCompacted, .sessionArchived,
            .todosChanged, .processStarted:
            []
        }
    }

    private func told(by notice: SessionNotice) -> [Told] {
        switch notice {
        case .created: return [Told(.sessionSnapshot)]
        // Interrupted by a client of another protocol: its end says so.
        case .turnsCancelled(_, turn: nil, writer: nil): return []
        case .turnsCancelled(let turns, let turn, let writer):
            var payload: JSONObject = ["cancelled": .integer(Int64(turns.queued.count + (turns.active == nil ? 0 : 1)))]
            if let turn { payload["turnId"] = .string(turn.rawValue) }
            if let writer { payload["writerId"] = .string(OptaWords.named(writer)) }
            return [Told(.sessionCancelled, payload)]
        case .processChanged(let change): return [Told(.backgroundStatus, OptaProcess.payload(change))]
        case .processWrote(let output):
            return OptaProcess.payloads(output, in: state.header.id).map { Told(.backgroundOutput, $0) }
        case .childChanged(let run): return [told(by: run)]
        case .modelChosen, .modelRefused, .answeredLate, .compacting, .hook, .turnTakenOver: return []
        }
    }

    private func told(by run: ChildRun) -> Told {
        var payload: JSONObject = [
            "turnId": turn, "phase": run.end == nil ? "spawn_subagent" : "return_to_main", "agentId": .string(run.session.rawValue),
            "agentType": .string(run.kind), "taskDescription": .string(run.summary),
        ]
        if let end = run.end {
            payload["elapsedMs"] = .integer(max(0, end.at - run.startedAt))
            payload["resultPreview"] = .string(end.preview)
        }
        return Told(.agentPhase, payload)
    }

    private func told(by delta: Delta) -> [Told] {
        guard Self.isTold(delta.channel) else { return [] }
        return [Told(delta.channel == .text ? .turnToken : .turnThinking, ["turnId": turn, "text": .string(delta.text)])]
    }

    /// A call is told when it begins, and what it gave when that is whole.
    private static func isTold(_ channel: Delta.Channel) -> Bool {
        switch channel {
        case .text, .reasoning: true
        case .toolInput, .toolOutput: false
        }
    }

    /// `turn.start`, once.
    private var beginning: [Told] {
        guard let input = state.running?.input else { return [] }
        return [Told(.turnStart, members(of: input, ["mode": .string(OptaWords.mode(of: input, in: state.settings))]))]
    }

    // MARK: Calls

    private func tool(_ call: CallID) -> ToolCall? { state.lastResponse?.calls.last { $0.id == call } }

    private func began(_ call: ToolCall) -> Told {
        // What runs may not be what the model asked for: whoever permitted it may have changed it.
        let input = state.decisions.last { $0.call == call.id && $0.message == state.lastResponse?.message }?.editedInput ?? call.input
        return Told(
            .toolStart,
            [
                "turnId": turn, "name": .string(call.name), "id": .string(call.id.rawValue),
                "args": .string(OptaWords.arguments(input)),
            ])
    }

    /// Calls that were denied have no events of their own. Those that could not even begin are told as if they had.
    private func told(by outcome: ToolOutcome) -> [Told] {
        // What a session was made with has no turn to be told in.
        guard state.running != nil, outcome.isToldAsRun, let call = tool(outcome.call) else { return [] }
        let isError = outcome.status != .succeeded
        let result = isError && !outcome.text.hasPrefix("Error: ") ? "Error: " + outcome.text : outcome.text
        let ended = Told(
            .toolEnd,
            ["turnId": turn, "name": .string(call.name), "id": .string(call.id.rawValue), "result": .string(result)])
        return begun.contains(call.id) ? [ended] : [began(call), ended]
    }

    private func told(by request: ApprovalRequest) -> Told {
        let arguments: JSONValue = request.input.objectValue == nil ? ["input": request.input] : request.input
        return Told(
            .permissionRequest,
            [
                "turnId": .string(request.turn.rawValue), "requestId": .string(request.id.rawValue), "toolName": .string(request.tool),
                "args": arguments,
            ])
    }

    // MARK: Ends

    private func told(by end: TurnEnd) -> [Told] {
        if cancelled.contains(end.turn) { return [] }
        let isRunning = state.running?.input.turn == end.turn
        let input = isRunning ? state.running?.input : state.queue.first { $0.turn == end.turn }
        guard let input else { return [] }
        switch OptaEnding(end, hasBegun: isRunning && hasBegun, model: state.running?.model ?? defaultModel) {
        case .done:
            let calls = state.transcript.reduce(0) { $0 + ($1.isResponse(of: end.turn) ? $1.toolRuns : 0) }
            let stats = OptaWords.stats(of: end, toolCalls: calls)
            return (hasBegun ? [] : beginning) + [
                Told(.turnDone, members(of: input, ["stats": stats])),
                Told(.sessionUpdated),
            ]
        case .error(let message, let code):
            var more: JSONObject = ["message": .string(message)]
            if let code { more["code"] = .string(code) }
            return [Told(.turnError, members(of: input, more))]
        }
    }

    private static func sentence(_ note: RetryNote) -> String {
        "Attempt \(note.attempt + 1) in \(Duration.milliseconds(note.delayMilliseconds)): \(note.detail)"
    }

    // MARK: Members

    private var turn: JSONValue { .string(state.running?.input.turn.rawValue ?? "") }

    private func members(of input: TurnInput, _ more: JSONObject = [:]) -> JSONObject {
        var members: JSONObject = [
            "turnId": .string(input.turn.rawValue), "writerId": .string(OptaWords.writer(input.origin)),
            "clientId": .string(OptaWords.client(input.origin)),
        ]
        for (key, value) in more { members[key] = value }
        return members
    }
}
