import ApusTesting
import ApusTransport
import Synchronization

@testable import DroidSDK

/// A daemon that a test plays: answers what every session needs, remembers every frame, and says what it is told to say.
final class ScriptedDaemon: Sendable {
    enum Answer: Sendable {
        case result(JSON)
        case error(code: Int, message: String, data: JSON?)
        case silence
    }

    typealias Script = @Sendable (JSON) -> Answer

    let client: InMemoryTransport
    private let server: InMemoryTransport
    let frames = Watched<[JSON]>([])
    private let scripts = Mutex<[String: Script]>([:])
    private let sessions = Mutex(0)
    private let family: String

    init(family: String = "daemon") {
        self.family = family
        (client, server) = InMemoryTransport.pair()
    }

    /// Serves until the client has gone.
    func run() async {
        do {
            for try await text in server.messages {
                guard let frame = try? JSON(parsing: text) else { continue }
                frames.change { $0.append(frame) }
                await answer(frame)
            }
        } catch {}
    }

    func on(_ method: String, _ script: @escaping Script) { scripts.withLock { $0[method] = script } }

    private func answer(_ frame: JSON) async {
        guard frame["type"] == "request", let id = frame["id"]?.stringValue, let method = frame["method"]?.stringValue else { return }
        let name = String(method.split(separator: ".", maxSplits: 1)[1])
        let params = frame["params"] ?? [:]
        let answer = scripts.withLock { $0[name] }.map { $0(params) } ?? standard(name, params)
        switch answer {
        case .result(let result): await reply(id, result: result)
        case .error(let code, let message, let data): await reply(id, code: code, message: message, data: data)
        case .silence: break
        }
    }

    private func standard(_ name: String, _ params: JSON) -> Answer {
        let settings: JSON = ["modelId": "m1", "reasoningEffort": "medium", "interactionMode": "auto", "autonomyLevel": "off"]
        switch name {
        case "authenticate": return .result(["userId": "u1", "orgId": "o1"])
        case "initialize_session":
            let number = sessions.withLock { count -> Int in
                count += 1
                return count
            }
            return .result(["sessionId": .string("sess-\(number)"), "session": ["messages": []], "settings": settings])
        case "load_session": return .result(["session": ["messages": []], "settings": settings, "cwd": "/tmp"])
        default: return .result([:])
        }
    }

    func reply(_ id: String, result: JSON) async {
        await send(["type": "response", "id": .string(id), "result": result])
    }

    func reply(_ id: String, code: Int, message: String, data: JSON? = nil) async {
        var error: JSONMembers = ["code": .integer(Int64(code)), "message": .string(message)]
        error["data"] = data
        await send(["type": "response", "id": .string(id), "error": .object(error)])
    }

    func notify(_ session: String?, _ notification: JSON) async {
        var params = JSONMembers()
        params["sessionId"] = session.map { .string($0) }
        params["notification"] = notification
        await send(["type": "notification", "method": .string(family + ".session_notification"), "params": .object(params)])
    }

    func ask(_ id: String, _ method: String, _ params: JSON) async {
        await send(["type": "request", "id": .string(id), "method": .string(method), "params": params])
    }

    func permission(_ id: String, session: String?) async {
        var params: JSONMembers = [
            "toolUses": [
                [
                    "toolUse": ["type": "tool_use", "id": "t1", "name": "Execute", "input": ["command": "ls"]], "confirmationType": "exec",
                    "details": ["type": "exec", "fullCommand": "ls", "command": "ls"],
                ]
            ], "options": [["label": "Yes", "value": "proceed_once"], ["label": "No", "value": "cancel"]],
        ]
        if let session { params["sessionId"] = .string(session) }
        await ask(id, family + ".request_permission", .object(params))
    }

    func send(_ frame: JSON) async {
        var members: JSONMembers = ["jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "factoryProtocolVersion": "1.221.0"]
        for (key, value) in frame.objectValue ?? [:] { members[key] = value }
        await raw(JSON.object(members).text)
    }

    func raw(_ text: String) async { try? await server.send(text) }
    func cut() { server.fail() }

    /// The frames of a method, once there are so many.
    func requests(_ method: String, count: Int = 1) async throws -> [JSON] {
        let name = family + "." + method
        let all = try await within { [frames] in
            await frames.first { $0.count { $0["method"]?.stringValue == name } >= count }
        }
        return all.filter { $0["method"]?.stringValue == name }
    }

    /// The answer to a question of this daemon.
    func response(to id: String) async throws -> JSON {
        let all = try await within { [frames] in
            await frames.first { $0.contains { $0["type"] == "response" && $0["id"]?.stringValue == id } }
        }
        return all.first { $0["type"] == "response" && $0["id"]?.stringValue == id } ?? .null
    }

    func hasResponse(to id: String) -> Bool {
        frames.value.contains { $0["type"] == "response" && $0["id"]?.stringValue == id }
    }

    func params(_ method: String) async throws -> JSON { try await requests(method).last?["params"] ?? .null }
}

extension TransportClock {
    static func manual(_ time: ManualTime) -> TransportClock {
        TransportClock(now: { .milliseconds(time.now) }, sleep: { try await time.sleep(for: $0) })
    }
}

/// A connection to a scripted daemon, for the length of a closure.
func withScriptedDaemon(
    clock: TransportClock = .system, _ daemon: ScriptedDaemon = ScriptedDaemon(),
    _ body: @escaping @Sendable (DaemonConnection, ScriptedDaemon) async throws -> Void
) async throws {
    try await within {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await daemon.run() }
            let connection = try await DaemonConnection.open(daemon.client, .apiKey("fk-1"), clock: clock)
            do {
                try await body(connection, daemon)
                await connection.close()
            } catch {
                await connection.close()
                throw error
            }
            daemon.cut()
        }
    }
}

/// The notifications of a turn, in the order that a server has them.
enum Turn {
    static func state(_ state: String) -> JSON { ["type": "droid_working_state_changed", "newState": .string(state)] }

    static func message(_ id: String, _ role: String, _ text: String) -> JSON {
        [
            "type": "create_message",
            "message": [
                "id": .string(id), "role": .string(role), "content": [["type": "text", "text": .string(text)]],
                "createdAt": 1_795_248_047_235, "updatedAt": 1_795_248_047_235,
            ],
        ]
    }

    static func delta(_ text: String, _ id: String = "m1", _ block: Int64 = 0) -> JSON {
        ["type": "assistant_text_delta", "messageId": .string(id), "blockIndex": .integer(block), "textDelta": .string(text)]
    }

    static let usage: JSON = [
        "inputTokens": 100, "outputTokens": 20, "cacheCreationTokens": 0, "cacheReadTokens": 5, "thinkingTokens": 0,
    ]

    static func completed(_ turnId: String, reason: String = "completed") -> JSON {
        [
            "type": "agent_turn_completed", "reason": .string(reason), "turnId": .string(turnId), "tokenUsage": usage, "durationMs": 5,
        ]
    }
}

extension ScriptedDaemon {
    /// Waits for the next prompt and answers it as a daemon of today does.
    func playTurn(_ session: String, number: Int = 1, answer: String = "Hello", reason: String = "completed") async throws {
        let prompts = try await requests("add_user_message", count: number)
        let id = prompts[number - 1]["params"]?["messageId"]?.stringValue ?? ""
        for notification in [
            Turn.message(id, "user", "hi"), Turn.state("streaming_assistant_message"), Turn.delta("Hel"), Turn.delta("lo"),
            Turn.message("m1", "assistant", answer), Turn.state("idle"), Turn.completed(id, reason: reason),
        ] {
            await notify(session, notification)
        }
    }
}
