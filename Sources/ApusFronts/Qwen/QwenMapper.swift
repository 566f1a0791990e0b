import ApusBase
import ApusCore
import QwenWire

/// Turns one event of a session into the frames that every client of it sees: 0 to 3, of which frame `i` of event `n` has the number
/// `4·n + i`. What it says depends on the log alone, so that a replay says the same. The number `4·n + 3` is that of an end which the
/// log does not have.
struct QwenMapper: FrameMapper {
    /// The last event that was passed.
    private(set) var place: EventNumber
    private let session: String
    private let commands: [JSONValue]
    /// The clients behind turns that run or wait.
    private var authors: [TurnID: String] = [:]
    private var running: TurnID?
    private var model: String?
    private var mode: QwenMode
    /// Calls without an outcome.
    private var calls: [CallID: ToolCall] = [:]
    private var stop: StopReason?

    /// Before the first event.
    init(_ session: SessionID, commands: [JSONValue]) {
        self.session = session.rawValue
        self.commands = commands
        place = 0
        mode = .default
    }

    /// At the place of a state.
    init(_ state: SessionState, commands: [JSONValue]) {
        session = state.header.id.rawValue
        self.commands = commands
        place = state.lastEvent
        model = state.settings.model
        mode = QwenMode(state.settings)
        running = state.running?.input.turn
        for input in state.queue + (state.running.map { [$0.input] } ?? []) { authors[input.turn] = input.origin.qwenClient }
        guard let response = state.lastResponse else { return }
        stop = response.end?.stop
        for call in response.calls where response.outcome(of: call.id) == nil { calls[call.id] = call }
    }

    static func number(_ event: EventNumber, _ index: Int) -> Int64 { 4 * event + Int64(index) }
    /// Of an end that comes behind an event.
    static func ending(after event: EventNumber) -> Int64 { number(event, 3) }
    /// The event that a number belongs to.
    static func event(of number: Int64) -> EventNumber { number / 4 }

    /// It holds names and what is open, no conversation.
    var weight: Int { 0 }
    var lastNumber: Int64? { nil }

    mutating func told(of event: Event) -> [NumberedFrame] {
        frames(for: event).map { NumberedFrame(number: $0.id ?? 0, bytes: $0.frame) }
    }

    mutating func frames(for event: Event) -> [QwenEvent] {
        let told = told(by: event)
        pass(event)
        return told.enumerated().map { index, event in
            var numbered = event
            numbered.id = Self.number(place, index)
            return numbered
        }
    }

    /// Goes behind an event without telling it.
    mutating func pass(_ event: Event) {
        place = event.number
        switch event.kind {
        case .sessionCreated(_, let settings): (model, mode) = (settings.model, QwenMode(settings))
        case .settingsChanged(let settings): (model, mode) = (settings.model, QwenMode(settings))
        case .turnQueued(let input): authors[input.turn] = input.origin.qwenClient
        case .turnStarted(let turn, _): (running, stop) = (turn, nil)
        case .turnFinished(let end):
            authors[end.turn] = nil
            if running == end.turn { (running, calls) = (nil, [:]) }
        case .itemFinished(let item): if case .toolCall(let call) = item.content { calls[call.id] = call }
        case .toolFinished(let outcome): calls[outcome.call] = nil
        case .responseFinished(let end): stop = end.stop
        case .noticed(.modelChosen(let chosen, _)): model = chosen
        case .sessionForked: (running, authors, calls) = (nil, [:], [:])
        case .titleChanged, .contextAdded, .userMessage, .responseStarted, .delta, .itemInterrupted, .retrying, .toolIntended,
            .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked, .questionAnswered, .filesSaved, .contextCompacted,
            .sessionArchived, .todosChanged, .processStarted, .noticed:
            break
        }
    }

    // MARK: One event

    private func told(by event: Event) -> [QwenEvent] {
        switch event.kind {
        case .sessionCreated: [update(QwenUpdate.commands(commands))]
        case .settingsChanged(let settings): told(by: settings)
        case .titleChanged(let title):
            [tell("session_metadata_updated", ["displayName": title.isEmpty ? .null : .string(title)])]
        case .userMessage(_, _, let text, let media): QwenUpdate.prompt(text, media, at: event.time).map { update($0) }
        case .delta(let delta): told(by: delta)
        case .itemFinished(let item): told(by: item)
        case .responseFinished(let end): [update(QwenUpdate.usage(end.usage))]
        case .toolIntended(let intent): isHidden(intent.call) ? [] : [update(QwenUpdate.running(intent.call))]
        case .toolFinished(let outcome):
            isHidden(outcome.call) ? [] : [update(QwenUpdate.finished(outcome, of: calls[outcome.call]))]
        case .todosChanged(let todos): [update(QwenUpdate.plan(todos))]
        case .approvalAsked(let request):
            [QwenEvent(type: "permission_request", data: QwenPermission.data(of: request, in: session), originatorClientId: author)]
        case .approvalAnswered(let decision):
            [resolved(decision.id.rawValue, QwenPermission.outcome(QwenPermission.chosen(in: decision)), by: decision.client)]
        case .questionAsked(let question):
            [QwenEvent(type: "permission_request", data: QwenPermission.data(of: question, in: session), originatorClientId: author)]
        case .questionAnswered(let answer):
            [resolved(answer.id.rawValue, QwenPermission.outcome(answer.isCancelled ? nil : .proceedOnce))]
        case .turnFinished(let end): [ended(end)]
        case .noticed(let notice): told(by: notice).map { [$0] } ?? []
        // Nothing of the protocol says these: notes and snapshots are for the model, grants and processes follow from calls, and the rest
        // is told by what comes next.
        case .sessionForked, .turnQueued, .turnStarted, .contextAdded, .responseStarted, .itemInterrupted, .retrying, .accessGranted,
            .filesSaved, .contextCompacted, .sessionArchived, .processStarted:
            []
        }
    }

    private func told(by settings: SessionSettings) -> [QwenEvent] {
        var told: [QwenEvent] = []
        if let chosen = settings.model, chosen != model { told.append(tell("model_switched", ["modelId": .string(chosen)])) }
        let next = QwenMode(settings)
        if next != mode { told.append(update(QwenUpdate.mode(next))) }
        return told
    }

    private func told(by delta: Delta) -> [QwenEvent] {
        switch delta.channel {
        case .text: [update(QwenUpdate.chunk("agent_message_chunk", delta.text))]
        case .reasoning: [update(QwenUpdate.chunk("agent_thought_chunk", delta.text))]
        // A call is told when it is whole, and so is what it gave.
        case .toolInput, .toolOutput: []
        }
    }

    private func told(by item: Item) -> [QwenEvent] {
        switch item.content {
        // Its pieces were told.
        case .text, .reasoning: []
        case .toolCall(let call): call.name == QwenToolWords.planner ? [] : [update(QwenUpdate.called(call))]
        }
    }

    /// `nil` for what this protocol has no word for.
    private func told(by notice: SessionNotice) -> QwenEvent? {
        switch notice {
        case .modelChosen(let model, let client): tell("model_switched", ["modelId": .string(model)], by: client)
        case .modelRefused(let model, let reason, let client):
            tell(
                "model_switch_failed",
                ["requestedModelId": .string(model), "error": .string(reason.isEmpty ? "The model was refused" : reason)], by: client)
        case .answeredLate(let id, let choice, let client):
            QwenEvent(
                type: "permission_already_resolved",
                data: [
                    "requestId": .string(id), "sessionId": .string(session), "outcome": QwenPermission.outcome(choice),
                ], originatorClientId: client)
        // Their ends say it.
        case .turnsCancelled: nil
        // No word of this protocol's.
        case .created, .processChanged, .processWrote, .compacting, .hook, .childChanged, .turnTakenOver: nil
        }
    }

    private func ended(_ end: TurnEnd) -> QwenEvent {
        switch QwenEnding(end, stop: running == end.turn ? stop : nil) {
        case .stop(let reason):
            tell("turn_complete", ["promptId": .string(end.turn.rawValue), "stopReason": .string(reason)], by: authors[end.turn])
        case .failure(let message, let reason):
            tell(
                "turn_error",
                [
                    "promptId": .string(end.turn.rawValue), "message": .string(message), "code": .integer(QwenEnding.code),
                    "errorKind": .string(reason.rawValue),
                ], by: authors[end.turn])
        }
    }

    // MARK: Telling

    private var author: String? { running.flatMap { authors[$0] } }

    /// The plan is not told as a call.
    private func isHidden(_ call: CallID) -> Bool { calls[call]?.name == QwenToolWords.planner }

    private func update(_ update: JSONObject) -> QwenEvent {
        QwenEvent(type: "session_update", data: QwenUpdate.data(update, in: session), originatorClientId: author)
    }

    private func resolved(_ request: String, _ outcome: JSONValue, by client: String? = nil) -> QwenEvent {
        QwenEvent(type: "permission_resolved", data: ["requestId": .string(request), "outcome": outcome], originatorClientId: client)
    }

    private func tell(_ type: String, _ members: JSONObject, by client: String? = nil) -> QwenEvent {
        var data: JSONObject = ["sessionId": .string(session)]
        for (key, value) in members { data[key] = value }
        return QwenEvent(type: type, data: .object(data), originatorClientId: client)
    }
}

extension TurnOrigin {
    /// One writer a prompt, so that hanging up ends that one only.
    static func qwenWriter(_ client: String?) -> String { (client ?? "") + "/" + randomUUIDText() }

    /// The client that a prompt of this protocol came from, if it said so.
    var qwenClient: String? {
        guard front == .qwen, let end = writer.firstIndex(of: "/"), end != writer.startIndex else { return nil }
        return String(writer[..<end])
    }
}
