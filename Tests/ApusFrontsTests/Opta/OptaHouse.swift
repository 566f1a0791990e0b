import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

/// An Opta front on an engine in memory, and clients of it without sockets.
struct OptaHouse: Sendable {
    let memory: MemoryEventLog
    let engine: Engine
    let clients: ClientServices
    let front: OptaFront
    let model: ScriptedModel
    let said = Watched<[String]>([])

    static let token = "secret"

    static var setting: OptaSetting {
        var setting = OptaSetting(daemonID: "daemon_test1234", directory: "/w")
        setting.token = token
        return setting
    }

    init(
        _ model: ScriptedModel = ScriptedModel { _, _ in .text("Hello", " you") }, _ setting: OptaSetting = setting,
        access: ListenerAccess = .noKeys, tools: [ScriptedTool] = [], policy: ScriptedPolicy = ScriptedPolicy(),
        time: any TimeSource = StillTime(), memory earlier: MemoryEventLog? = nil, maximumAutonomy: AutonomyLevel = .unrestricted,
        models: (any ModelSource)? = nil, maintenance wrap: (Engine) -> any SessionMaintenance = { $0 },
        sessions wrapSessions: (Engine) -> any SessionService = { $0 }
    ) {
        memory = earlier ?? MemoryEventLog(time: time)
        engine = Engine(
            services: EngineServices(
                log: memory, index: memory, blobs: memory, models: models ?? model, tools: FixedTools(tools), policy: policy,
                instructions: FixedNotes(), time: time,
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: []) },
                maximumAutonomy: .unrestricted))
        self.model = model
        let catalogue = FixedCatalogue(every: tools.map(\.definition))
        clients = ClientServices(
            sessions: wrapSessions(engine), maintenance: wrap(engine), approvals: engine, questions: engine, search: memory, blobs: memory,
            models: models ?? model, catalogue: catalogue, tools: FixedTools(tools), toolCatalogue: catalogue, servers: NotedServers(),
            extensions: catalogue, time: time, maximumAutonomy: maximumAutonomy, directory: { $0 })
        front = OptaFront(clients, setting: setting, access: access, version: "test") { [said] remark in
            said.change { $0.append("\(remark)") }
        }
    }

    func running(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            do {
                try await within { try await body() }
                try await within { await engine.shutdown() }
            } catch {
                group.cancelAll()
                throw error
            }
            try await group.waitForAll()
        }
    }

    // MARK: Requests

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, token: String? = token, fields: [(name: String, value: String)] = []
    ) async -> OptaReply {
        await call(method, path, bytes: body?.serializedBytes(), token: token, fields: fields)
    }

    func call(
        _ method: String, _ path: String, bytes: [UInt8]?, type: String? = "application/json", token: String? = token,
        fields: [(name: String, value: String)] = []
    ) async -> OptaReply {
        let head = Self.head(method, path, type: bytes == nil ? nil : type, token: token, fields: fields)
        switch await front.admit(head) {
        case .refused(let answer): return OptaReply(answer)
        case .admitted(let client, let limit):
            let body = bytes ?? []
            return OptaReply(await front.respond(to: head, body: body.count > limit ? .tooLong : .bytes(body), from: client))
        }
    }

    static func head(
        _ method: String, _ path: String, type: String? = nil, token: String? = token, fields: [(name: String, value: String)] = []
    ) -> HTTPHead {
        var all = fields
        if !all.contains(where: { $0.name == "host" }) { all.insert((name: "host", value: "127.0.0.1:9999"), at: 0) }
        if let type { all.append((name: "content-type", value: type)) }
        if let token { all.append((name: "authorization", value: "Bearer " + token)) }
        let halves = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPHead(
            method: method, path: String(halves[0]), query: halves.count > 1 ? String(halves[1]) : nil, fields: all, localPort: 9_999)
    }

    @discardableResult
    func session(_ id: String = "s", _ more: JSONObject = [:]) async throws -> String {
        var body: JSONObject = ["sessionId": .string(id)]
        for (key, value) in more { body[key] = value }
        let reply = await call("POST", "/v3/sessions", .object(body))
        #expect(reply.status == 201, "\(reply)")
        return try #require(reply.body["sessionId"]?.stringValue)
    }

    static func prompt(_ text: String, mode: String = "chat", writer: String = "w", _ more: JSONObject = [:]) -> JSONValue {
        var body: JSONObject = ["clientId": "c", "writerId": .string(writer), "content": .string(text), "mode": .string(mode)]
        for (key, value) in more { body[key] = value }
        return .object(body)
    }

    /// The turn that a prompt became.
    @discardableResult
    func submit(
        _ text: String = "Hi", to session: String = "s", mode: String = "chat", writer: String = "w", token: String = token,
        with more: JSONObject = [:]
    ) async throws -> String {
        let reply = await call("POST", "/v3/sessions/\(session)/turns", Self.prompt(text, mode: mode, writer: writer, more), token: token)
        #expect(reply.status == 202, "\(reply)")
        return try #require(reply.body["turnId"]?.stringValue)
    }

    func events(_ session: String = "s", query: String = "") async throws -> [OptaEnvelope] {
        var reply = await call("GET", "/v3/sessions/\(session)/events" + query)
        #expect(reply.status == 200, "\(reply)")
        if let stream = reply.stream {
            let collector = OptaCollector()
            await stream(collector)
            reply.body = try JSONValue(parsing: Array(collector.pieces.value.joined()))
        }
        #expect(reply.body.objectValue?.keys == ["events"])
        return try #require(reply.body["events"]?.arrayValue).map { try #require(OptaEnvelope($0)) }
    }

    // MARK: Sockets

    /// A socket for the time of `body`; afterwards the client hangs up, and the front must be done with it.
    func socket(
        _ query: String = "sessionId=s", token: String? = token, fields: [(name: String, value: String)] = [], gate: Gate? = nil,
        holdsAll: Bool = false, _ body: @escaping @Sendable (OptaPeer) async throws -> Void
    ) async throws {
        let head = Self.head("GET", "/v3/ws?" + query, token: token, fields: fields)
        guard case .accepted(let serve) = await front.upgrade(head) else {
            Issue.record("no socket")
            return
        }
        let (messages, say) = AsyncStream<[UInt8]>.makeStream()
        let peer = OptaPeer(gate, say, holdsAll: holdsAll)
        let close: @Sendable (UInt16, String) -> Void = { code, reason in
            peer.closed.change { if $0 == nil { $0 = OptaPeer.Close(code: code, reason: reason) } }
            say.finish()
        }
        let session = WebSocketSession(messages: messages, sink: peer, close: close) { last, code, reason in
            peer.take(String(decoding: last, as: UTF8.self))
            close(code, reason)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await serve(session)
                peer.isOver.change { $0 = true }
            }
            defer { group.cancelAll() }
            try await body(peer)
            say.finish()
            try await group.waitForAll()
        }
    }

    /// A stream of server-sent events for the time of `body`.
    func stream(
        _ path: String, fields: [(name: String, value: String)] = [], _ body: @escaping @Sendable (OptaPeer) async throws -> Void
    ) async throws {
        let reply = await call("GET", path, nil, fields: fields)
        #expect(reply.status == 200, "\(reply)")
        #expect(reply.field("content-type")?.hasPrefix("text/event-stream") == true)
        let stream = try #require(reply.stream)
        let peer = OptaPeer(nil, nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await stream(peer)
                peer.isOver.change { $0 = true }
            }
            defer { group.cancelAll() }
            try await body(peer)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}

/// Takes a long answer piece by piece.
final class OptaCollector: FrameSink {
    let pieces = Watched<[[UInt8]]>([])

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        #expect(frames.allSatisfy { !$0.isEmpty })
        pieces.change { $0 += frames }
    }
}

/// What came of a request.
struct OptaReply: CustomStringConvertible, Sendable {
    var status: Int
    var body: JSONValue
    var answer: HTTPAnswer

    init(_ answer: HTTPAnswer) {
        self.answer = answer
        status = answer.status
        body = .null
        if case .bytes(let bytes) = answer.body {
            do { body = try JSONValue(parsing: bytes) } catch { Issue.record("no JSON: \(String(decoding: bytes, as: UTF8.self))") }
        }
    }

    func field(_ name: String) -> String? { answer.fields.first { $0.name == name }?.value }

    var stream: (@Sendable (any FrameSink) async -> Void)? {
        if case .stream(let stream) = answer.body { stream } else { nil }
    }

    var description: String { "\(status) \(body.serialized())" }
}

/// The other end of a socket or a stream. Behind a gate it takes nothing of a turn until that is open, or nothing at all.
final class OptaPeer: FrameSink {
    struct Close: Hashable {
        var code: UInt16
        var reason: String
    }

    let isOver = Watched(false)
    let closed = Watched<Close?>(nil)
    private let gate: Gate?
    private let holdsAll: Bool
    private let say: AsyncStream<[UInt8]>.Continuation?
    private let got = Watched<[JSONValue]>([])
    private let comments = Watched<[String]>([])

    init(_ gate: Gate?, _ say: AsyncStream<[UInt8]>.Continuation?, holdsAll: Bool = false) {
        self.holdsAll = holdsAll
        self.gate = gate
        self.say = say
    }

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        let isHeld = holdsAll || frames.contains { String(decoding: $0, as: UTF8.self).contains(#""event":"turn."#) }
        if let gate, isHeld, await !gate.pass() { throw ConnectionOver() }
        for frame in frames { take(String(decoding: frame, as: UTF8.self)) }
    }

    fileprivate func take(_ frame: String) {
        var text = frame
        if say == nil {
            guard frame.hasPrefix("data: ") else { return comments.change { $0.append(frame) } }
            #expect(frame.hasSuffix("\n\n"))
            text = String(frame.dropFirst(6).dropLast(2))
        }
        do {
            let value = try JSONValue(parsing: text)
            if let problem = OptaEnvelope(value).flatMap(OptaValidator.problem) { Issue.record("\(problem): \(frame)") }
            got.change { $0.append(value) }
        } catch {
            Issue.record("no JSON: \(frame)")
        }
    }

    func say(_ message: JSONValue) { say?.yield(message.serializedBytes()) }
    func say(text: String) { say?.yield(Array(text.utf8)) }

    var all: [JSONValue] { got.value }
    var events: [OptaEnvelope] { all.compactMap { OptaEnvelope($0) } }
    /// What came beside events: acknowledgements and errors.
    var answers: [JSONValue] { all.filter { OptaEnvelope($0) == nil } }

    /// Everything up to the first event that fits.
    @discardableResult
    func until(_ fits: @escaping @Sendable (OptaEnvelope) -> Bool) async throws -> [OptaEnvelope] {
        // What did not fit is not looked at again: there may be thousands.
        let passed = Watched(0)
        _ = try await within(.seconds(120)) { [got] in
            await got.first { all in
                if all.dropFirst(passed.value).contains(where: { OptaEnvelope($0).map(fits) ?? false }) { return true }
                passed.change { $0 = max($0, all.count) }
                return false
            }
        }
        let events = events
        let end = try #require(events.firstIndex(where: fits), "\(events.map(\.event))")
        return Array(events[...end])
    }

    @discardableResult
    func event(_ name: String) async throws -> OptaEnvelope {
        try #require(try await until { $0.event == name }.last)
    }

    /// The answer of that number, from 1.
    @discardableResult
    func answer(_ count: Int = 1) async throws -> JSONValue {
        _ = try await within(.seconds(120)) { [got] in await got.first { $0.count { OptaEnvelope($0) == nil } >= count } }
        return try #require(answers.dropFirst(count - 1).first)
    }

    func comment(_ count: Int) async throws -> [String] {
        try await within(.seconds(120)) { [comments] in await comments.first { $0.count >= count } }
    }

    /// How the front has closed the socket.
    func close() async throws -> Close {
        _ = try await within(.seconds(120)) { [closed] in await closed.first { $0 != nil } }
        return try #require(closed.value)
    }
}

/// What clients of the protocol ask of payloads (§3.5).
enum OptaValidator {
    static func problem(with envelope: OptaEnvelope) -> String? {
        let payload = envelope.payload
        func missing(_ keys: String...) -> String? {
            keys.first { (payload[$0]?.stringValue ?? "").isEmpty }.map { "\(envelope.event) has no \($0)" }
        }
        if envelope.daemonId.isEmpty || envelope.ts.count != 24 || envelope.seq < 1 || (envelope.sessionId ?? "").isEmpty {
            return "the envelope is not whole"
        }
        switch OptaEventName(rawValue: envelope.event) {
        case .sessionSnapshot: return payload["messages"]?.arrayValue == nil ? "no messages" : snapshot(payload["snapshot"])
        case .sessionUpdated: return snapshot(payload["snapshot"])
        case .turnQueued: return payload["queueSize"]?.integerValue == nil ? "no queueSize" : missing("turnId", "writerId", "clientId")
        case .turnStart: return missing("turnId", "writerId", "clientId", "mode")
        case .turnToken, .turnThinking: return missing("turnId", "text")
        case .permissionRequest:
            return payload["args"]?.objectValue == nil ? "no args" : missing("turnId", "requestId", "toolName")
        case .permissionResolved: return missing("turnId", "requestId", "decision")
        case .toolStart: return missing("turnId", "name", "id", "args")
        case .toolEnd: return payload["result"]?.stringValue == nil ? "no result" : missing("turnId", "name", "id")
        case .turnProgress: return missing("turnId", "phase")
        case .turnDone:
            let keys = ["tokens", "promptTokens", "completionTokens", "toolCalls", "elapsed", "speed", "firstTokenLatencyMs"]
            return payload["stats"]?.objectValue?.keys == keys ? missing("turnId", "writerId", "clientId") : "the stats are not whole"
        case .turnError: return missing("turnId", "writerId", "clientId", "message")
        case .sessionCancelled: return payload["cancelled"]?.integerValue == nil ? "no count" : nil
        case .agentPhase, .atpoIntervene, .backgroundStatus, .backgroundOutput: return missing("turnId")
        // The names of the other dialect.
        case nil: return ["turn.tool_call", "turn.tool_result"].contains(envelope.event) ? nil : "an unknown event: \(envelope.event)"
        }
    }

    private static func snapshot(_ snapshot: JSONValue?) -> String? {
        guard let snapshot else { return "no snapshot" }
        let isWhole =
            ["sessionId", "model", "createdAt", "updatedAt"].allSatisfy { snapshot[$0]?.stringValue?.isEmpty == false }
            && ["queuedTurns", "toolCallCount", "writerCount"].allSatisfy { snapshot[$0]?.integerValue != nil }
        return isWhole ? nil : "the snapshot is not whole"
    }
}

extension [OptaEnvelope] {
    var names: [String] { map(\.event) }
    /// The words of the model, joined.
    var text: String { filter { $0.event == "turn.token" }.compactMap { $0.payload["text"]?.stringValue }.joined() }
    func of(_ turn: String) -> [OptaEnvelope] { filter { $0.payload["turnId"] == .string(turn) } }
    var isAscending: Bool { zip(self, dropFirst()).allSatisfy { $0.seq < $1.seq } }
}
