import ApusBase
import ApusTestServer
import Synchronization
import Testing

/// A client of the droid protocol, frame by frame. It has no cursor: what was before is what loading the session shows.
final class DroidWatcher: Watcher {
    let name = "droid"
    let session: String
    private let peer: WebSocketPeer
    private let state: Mutex<State>

    struct State: Sendable {
        struct Message: Sendable {
            let id: String
            let isPrompt: Bool
            var text: String
        }

        var messages: [Message] = []
        /// What was streamed of a message.
        var streamed: [String: String] = [:]
        var results: [String: (turn: Int, text: String)] = [:]
        var questions: [Question] = []
        var decisions: [String: (turn: Int, allowed: Bool)] = [:]
        var ends: [String: Conversation.Ending] = [:]
        var answered: Set<String> = []

        private var turn: Int { messages.count(where: \.isPrompt) - 1 }

        private mutating func put(_ message: JSONValue) {
            guard let id = message["id"]?.stringValue else { return }
            let blocks = message["content"]?.arrayValue ?? []
            let texts = blocks.filter { $0["type"] == "text" }.compactMap { $0["text"]?.stringValue }
            let results = blocks.filter { $0["type"] == "tool_result" }
            let isPrompt = message["role"] == "user" && results.isEmpty
            let new = Message(id: id, isPrompt: isPrompt, text: texts.joined())
            if let index = messages.firstIndex(where: { $0.id == id }) { messages[index] = new } else { messages.append(new) }
            for result in results { put(result: result) }
        }

        private mutating func put(result: JSONValue) {
            guard let id = result["toolUseId"]?.stringValue ?? result["tool_use_id"]?.stringValue else { return }
            let content = result["content"]
            let text = content?.stringValue ?? (content?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
            results[id] = (turn, text)
        }

        /// In place of what was known: the daemon's log is the truth, and nothing that was shown is missing in it.
        mutating func load(_ result: JSONValue) {
            let before = (messages, streamed)
            messages = []
            for message in result["session"]?["messages"]?.arrayValue ?? [] { put(message) }
            for message in before.0 where !messages.contains(where: { $0.id == message.id && $0.text.hasPrefix(message.text) }) {
                Issue.record("a message is gone after a restart: \(message)")
            }
            for (id, text) in before.1 where !text.isEmpty && !messages.contains(where: { $0.id == id && $0.text.hasPrefix(text) }) {
                Issue.record("streamed text is gone after a restart: \(text)")
            }
            streamed = [:]
            questions = []
            for pending in result["pendingPermissions"]?.arrayValue ?? [] {
                if let id = pending["requestId"]?.stringValue { ask(id, pending) }
            }
        }

        mutating func ask(_ id: String, _ request: JSONValue) {
            let call = request["toolUses"]?[0]?["toolUse"]?["id"]?.stringValue ?? ""
            if !questions.contains(where: { $0.id == id }) { questions.append(Question(id: id, call: call)) }
        }

        mutating func take(_ notification: JSONValue) {
            switch notification["type"]?.stringValue {
            case "create_message": if let message = notification["message"] { put(message) }
            case "tool_result": put(result: notification)
            case "assistant_text_delta":
                if let id = notification["messageId"]?.stringValue {
                    streamed[id, default: ""] += notification["textDelta"]?.stringValue ?? ""
                }
            case "permission_resolved":
                guard let id = notification["requestId"]?.stringValue else { return }
                questions.removeAll { $0.id == id }
                decisions[id] = (turn, notification["selectedOption"] != "cancel")
            case "agent_turn_completed":
                ends["\(turn)"] = notification["reason"] == "completed" ? .done : .other
            default: break
            }
        }

        var conversation: Conversation {
            var conversation = Conversation()
            let written = Set(messages.map(\.id))
            for message in messages {
                if message.isPrompt {
                    conversation.turns.append(Conversation.Turn(prompt: message.text))
                } else if !conversation.turns.isEmpty {
                    conversation.turns[conversation.turns.count - 1].text += message.text
                }
            }
            for (id, text) in streamed where !written.contains(id) && !conversation.turns.isEmpty {
                conversation.turns[conversation.turns.count - 1].text += text
            }
            for (id, result) in results where conversation.turns.indices.contains(result.turn) {
                conversation.turns[result.turn].results[id] = result.text
            }
            for (id, decision) in decisions where conversation.turns.indices.contains(decision.turn) {
                conversation.turns[decision.turn].decisions[id] = decision.allowed
            }
            for (turn, end) in ends {
                if let turn = Int(turn), conversation.turns.indices.contains(turn) { conversation.turns[turn].ending = end }
            }
            return conversation
        }
    }

    private init(_ session: String, _ peer: WebSocketPeer, _ state: State) {
        (self.session, self.peer) = (session, peer)
        self.state = Mutex(state)
    }

    static func create(_ daemon: TripleDaemon) async throws -> DroidWatcher {
        let peer = try await open(daemon)
        let opened = try await peer.call(
            "daemon.initialize_session", ["machineId": "m", "cwd": .string(daemon.work), "token": .string(daemon.key)], id: "open")
        return DroidWatcher(try #require(opened["sessionId"]?.stringValue), peer, State())
    }

    /// A client that knows what `before` knows, on another connection.
    static func load(_ session: String, _ daemon: TripleDaemon, before: DroidWatcher? = nil) async throws -> DroidWatcher {
        let peer = try await open(daemon)
        let loaded = try await peer.call(
            "daemon.load_session", ["sessionId": .string(session), "token": .string(daemon.key)], id: "open")
        var state = before?.state.withLock { $0 } ?? State()
        state.load(loaded)
        return DroidWatcher(session, peer, state)
    }

    private static func open(_ daemon: TripleDaemon) async throws -> WebSocketPeer {
        let peer = try await WebSocketPeer.open(port: daemon.droidPort)
        let answer = try await peer.authenticate(daemon.key)
        #expect(answer["error"] == nil, "\(answer)")
        return peer
    }

    var conversation: Conversation { state.withLock { $0.conversation } }
    var open: [Question] { state.withLock { $0.questions } }

    func read() async throws {
        while let frame = try await peer.message(within: .seconds(300)), frame.opcode == 1 {
            let message = try JSONValue(parsing: frame.text)
            state.withLock { state in
                if let notification = message["params"]?["notification"] {
                    if message["params"]?["sessionId"] == .string(session) { state.take(notification) }
                } else if message["type"] == "request", let id = message["id"]?.stringValue, let params = message["params"] {
                    if message["method"] == "daemon.request_permission" { state.ask(id, params) }
                } else if let id = message["id"]?.stringValue {
                    if let error = message["error"] { Issue.record("\(id): \(error)") }
                    state.answered.insert(id)
                }
            }
        }
    }

    func prompt(_ text: String, _ id: String) async throws {
        try await peer.send(
            WebSocketPeer.request(
                "daemon.add_user_message", ["sessionId": .string(session), "text": .string(text), "messageId": .string(id)], id: id))
        try await eventually(within: .seconds(60)) { state.withLock { $0.answered.contains(id) } }
    }

    func answer(_ question: Question, allows: Bool) async throws {
        let answer: JSONValue = [
            "jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "response", "id": .string(question.id),
            "result": ["selectedOption": allows ? "proceed_once" : "cancel"],
        ]
        try await peer.send(answer.serialized())
    }
}
