import ApusBase
import OptaSDK
import Synchronization
import Testing

/// A client of the Opta protocol that keeps its cursor, on single sockets.
final class OptaWatcher: Watcher {
    let name = "opta"
    let session: String
    private let client: DaemonClient
    private let state: Mutex<State>

    struct State: Sendable {
        var cursor: Int64 = 0
        /// Turns in the order in which they were first heard of after they waited.
        var order: [String] = []
        var turns: [String: Conversation.Turn] = [:]
        var queued: [String] = []
        var questions: [Question] = []

        private mutating func change(_ turn: String?, _ body: (inout Conversation.Turn) -> Void) {
            guard let turn, !turn.isEmpty else {
                Issue.record("an event of no turn")
                return
            }
            if !order.contains(turn) { order.append(turn) }
            body(&turns[turn, default: Conversation.Turn()])
        }

        mutating func take(_ event: DaemonEvent) {
            if event.seq <= cursor { Issue.record("\(event.seq) came behind \(cursor)") }
            cursor = event.seq
            switch event.kind {
            case .turnQueued(let turn): queued.append(turn.turnID)
            case .turnStart(let turn): change(turn.turnID) { _ in }
            case .token(let delta): change(delta.turnID) { $0.text += delta.text }
            case .permissionRequest(let request): questions.append(Question(id: request.requestID, call: ""))
            case .permissionResolved(let resolved):
                questions.removeAll { $0.id == resolved.requestID }
                change(resolved.turnID) { $0.decisions[resolved.requestID] = resolved.decision == .allow }
            case .toolResult(let result): change(result.turnID) { $0.results[result.id ?? ""] = result.result }
            case .turnDone(let done):
                change(done.turnID) {
                    if $0.ending != nil { Issue.record("a second end of \(done.turnID)") }
                    $0.ending = .done
                }
            case .turnError(let error):
                change(error.turnID) {
                    if $0.ending != nil { Issue.record("a second end of \(error.turnID ?? "")") }
                    $0.ending = .other
                }
            case .malformed: Issue.record("malformed: \(event)")
            default: break
            }
        }
    }

    /// A client that goes on where `before` was.
    init(_ session: String, _ daemon: TripleDaemon, before: OptaWatcher? = nil) {
        self.session = session
        client = DaemonClient(port: daemon.optaPort, token: daemon.key)
        state = Mutex(before?.state.withLock { $0 } ?? State())
    }

    /// Without the prompts, which no event of the protocol tells.
    var conversation: Conversation {
        state.withLock { state in Conversation(turns: state.order.map { state.turns[$0] ?? Conversation.Turn() }) }
    }
    var open: [Question] { state.withLock { $0.questions } }
    /// Turns that were ever taken.
    var accepted: Int { state.withLock { $0.queued.count } }

    /// The prompts, by the session's messages.
    func prompts() async throws -> [String] { try await client.session(session).messages.filter { $0.role == "user" }.map(\.text) }

    func read() async throws {
        let socket = try await client.sockets.connect(sessionID: session, afterSeq: state.withLock { $0.cursor })
        do {
            while let frame = try await socket.next() {
                if case .event(let event) = frame { state.withLock { $0.take(event) } }
            }
        } catch {
            // The daemon was ended or killed.
        }
        await socket.close()
        await client.close()
    }

    func prompt(_ text: String, _ id: String) async throws { try await client.submitTurn(session, content: text, mode: .chat) }

    func answer(_ question: Question, allows: Bool) async throws {
        #expect(try await client.resolvePermission(session, requestID: question.id, allows ? .allow : .deny).ok)
    }
}
