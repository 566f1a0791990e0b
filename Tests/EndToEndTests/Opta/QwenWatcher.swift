import ApusBase
import QwenSDK
import Synchronization
import Testing

/// A client of the qwen protocol that keeps its cursor.
final class QwenWatcher: Watcher {
    let name = "qwen"
    let session: String
    private let daemon: TripleDaemon
    private let client: DaemonClient
    private let state: Mutex<State>

    struct State: Sendable {
        var cursor: Int64 = 0
        var conversation = Conversation()
        var questions: [Question] = []
        var allowing: [String: Set<String>] = [:]
        var refusing: [String: String] = [:]
        var allowed: [String: String] = [:]

        private mutating func change(_ body: (inout Conversation.Turn) -> Void) {
            guard !conversation.turns.isEmpty else {
                Issue.record("an event of no turn")
                return
            }
            body(&conversation.turns[conversation.turns.count - 1])
        }

        mutating func take(_ event: DaemonEvent) {
            // The word that the server ends is in no log.
            guard let id = event.id, event.type != "session_died" else { return }
            if id <= cursor { Issue.record("\(id) came behind \(cursor)") }
            cursor = id
            switch event.kind {
            case .sessionUpdate(.userMessageChunk(let block)):
                conversation.turns.append(Conversation.Turn(prompt: block.text ?? ""))
            case .sessionUpdate(.agentMessageChunk(let block)): change { $0.text += block.text ?? "" }
            case .sessionUpdate(.toolCall(let call)), .sessionUpdate(.toolCallUpdate(let call)):
                guard call.status == .completed || call.status == .failed else { return }
                let text = (call.content ?? []).compactMap { if case .content(let block) = $0 { block.text } else { nil } }.joined()
                change { $0.results[call.toolCallId] = text }
            case .permissionRequest(let request):
                questions.append(Question(id: request.requestId, call: request.toolCall.toolCallId))
                allowing[request.requestId] = Set(
                    request.options.filter { $0.kind == .allowOnce || $0.kind == .allowAlways }.map(\.optionId))
                allowed[request.requestId] = request.option(.allowOnce)?.optionId
                refusing[request.requestId] = request.option(.rejectOnce)?.optionId
            case .permissionResolved(let resolved):
                questions.removeAll { $0.id == resolved.requestId }
                let allows =
                    if case .selected(let option) = resolved.outcome { allowing[resolved.requestId]?.contains(option) == true } else {
                        false
                    }
                change { $0.decisions[resolved.requestId] = allows }
            case .turnComplete(let end): change { $0.ending = end.stopReason == .endTurn ? .done : .other }
            case .turnError: change { $0.ending = .other }
            default: break
            }
        }
    }

    private init(_ session: String, _ daemon: TripleDaemon, _ state: State) {
        (self.session, self.daemon) = (session, daemon)
        client = DaemonClient(baseURL: "http://127.0.0.1:\(daemon.qwenPort)", token: daemon.key)
        self.state = Mutex(state)
    }

    /// A client that goes on where `before` was.
    convenience init(_ session: String, _ daemon: TripleDaemon, before: QwenWatcher? = nil) {
        self.init(session, daemon, before?.state.withLock { $0 } ?? State())
    }

    var conversation: Conversation { state.withLock { $0.conversation } }
    var open: [Question] { state.withLock { $0.questions } }

    func read() async throws {
        do {
            for try await event in client.subscribeEvents(session, lastEventID: state.withLock { $0.cursor }) {
                state.withLock { $0.take(event) }
            }
        } catch {
            // The daemon was killed.
        }
        await client.close()
    }

    /// Its answer would come when the turn has ended, and nobody waits for it; hanging up would cancel the turn.
    func prompt(_ text: String, _ id: String) async throws {
        try await daemon.ask(daemon.qwenPort, "POST /session/\(session)/prompt", ["prompt": [["type": "text", "text": .string(text)]]])
    }

    func answer(_ question: Question, allows: Bool) async throws {
        let option = state.withLock { allows ? $0.allowed[question.id] : $0.refusing[question.id] }
        #expect(try await client.respondToSessionPermission(session, question.id, .selected(try #require(option))))
    }
}
