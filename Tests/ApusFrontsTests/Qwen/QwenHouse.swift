import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

/// A qwen front on an engine in memory, and clients of it without sockets.
struct QwenHouse: EngineHolder {
    let memory: MemoryEventLog
    let engine: Engine
    let clients: ClientServices
    let front: QwenFront
    let model: ScriptedModel
    let said = Watched<[FrontRemark]>([])

    static let workspace = "/w"

    /// Bound to `/w`, open, with the answers of the second version.
    static var bound: QwenSetting {
        var setting = QwenSetting()
        setting.isOpen = true
        setting.workspace = workspace
        return setting
    }

    /// Open, with the answers of the first version.
    static var unbound: QwenSetting {
        var setting = QwenSetting()
        setting.isOpen = true
        return setting
    }

    init(
        _ model: ScriptedModel = ScriptedModel { _, _ in .text("Hello", " you") }, _ setting: QwenSetting = bound,
        access: ListenerAccess = .noKeys, tools: [ScriptedTool] = [], policy: ScriptedPolicy = ScriptedPolicy(),
        time: any TimeSource = StillTime(), search: (any SessionSearch)? = nil, memory earlier: MemoryEventLog? = nil,
        resumesTurns: Bool = false,
        sessions wrap: (Engine) -> any SessionService = { $0 }, maintenance: (Engine) -> any SessionMaintenance = { $0 }
    ) {
        memory = earlier ?? MemoryEventLog(time: time)
        engine = Engine(
            services: EngineServices(
                log: memory, index: memory, blobs: memory, models: model, tools: FixedTools(tools), policy: policy,
                instructions: FixedNotes(), time: time,
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: []) },
                maximumAutonomy: .unrestricted, resumesTurns: resumesTurns))
        self.model = model
        let catalogue = FixedCatalogue(every: tools.map(\.definition))
        clients = ClientServices(
            sessions: wrap(engine), maintenance: maintenance(engine), approvals: engine, questions: engine, search: search ?? memory,
            blobs: memory,
            models: model, catalogue: catalogue, tools: FixedTools(tools), toolCatalogue: catalogue, servers: NotedServers(),
            extensions: catalogue, time: time,
            directory: { path in
                if path.hasPrefix("/missing") { return nil }
                return path == "/link" ? "/w" : path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
            }, isNoDirectory: { $0.hasPrefix("/missing/file") })
        front = QwenFront(clients, setting: setting, access: access, version: "test") { [said] remark in said.change { $0.append(remark) } }
    }

    /// Another listener of the same process.
    func front(_ setting: QwenSetting, access: ListenerAccess = .noKeys) -> QwenFront {
        QwenFront(clients, setting: setting, access: access, version: "test")
    }

    // MARK: Requests

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, client: String? = nil, fields: [(name: String, value: String)] = []
    ) async -> QwenReply {
        await call(method, path, bytes: body?.serializedBytes(), client: client, fields: fields)
    }

    func call(
        _ method: String, _ path: String, bytes: [UInt8]?, type: String? = "application/json", client: String? = nil,
        fields: [(name: String, value: String)] = [], through front: QwenFront? = nil
    ) async -> QwenReply {
        let front = front ?? self.front
        let head = Self.head(method, path, type: bytes == nil ? nil : type, client: client, fields: fields)
        switch await front.admit(head) {
        case .refused(let answer): return QwenReply(answer)
        case .admitted(let client, let limit):
            let body = bytes ?? []
            return QwenReply(await front.respond(to: head, body: body.count > limit ? .tooLong : .bytes(body), from: client))
        }
    }

    static func head(
        _ method: String, _ path: String, type: String? = nil, client: String? = nil, fields: [(name: String, value: String)] = []
    ) -> HTTPHead {
        var all = fields
        if !all.contains(where: { $0.name == "host" }) { all.insert((name: "host", value: "127.0.0.1:4170"), at: 0) }
        if let type { all.append((name: "content-type", value: type)) }
        if let client { all.append((name: "x-qwen-client-id", value: client)) }
        let halves = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return HTTPHead(method: method, path: String(halves[0]), query: halves.count > 1 ? String(halves[1]) : nil, fields: all)
    }

    /// A new session and the client that made it.
    func session(_ body: JSONValue = [:]) async throws -> (id: String, client: String?) {
        let reply = await call("POST", "/session", body)
        #expect(reply.status == 200, "\(reply)")
        return (try #require(reply.body["sessionId"]?.stringValue), reply.body["clientId"]?.stringValue)
    }

    func prompt(_ session: String, _ text: String = "Hi", client: String? = nil) async -> QwenReply {
        await call("POST", "/session/\(session)/prompt", ["prompt": [["type": "text", "text": .string(text)]]], client: client)
    }

    func model(_ model: String, in session: String) async -> QwenReply {
        await call("POST", "/session/\(session)/model", ["modelId": .string(model)])
    }

    // MARK: Streams

    /// Listens for the time of `body`; afterwards the client hangs up, and the front must be done with it.
    func listening(
        _ session: String, after cursor: String? = nil, query: String = "", fields: [(name: String, value: String)] = [],
        gate: Gate? = nil, through front: QwenFront? = nil, _ body: @escaping @Sendable (QwenListener) async throws -> Void
    ) async throws {
        var fields = fields
        if let cursor { fields.append((name: "last-event-id", value: cursor)) }
        let reply = await call("GET", "/session/\(session)/events" + query, bytes: nil, fields: fields, through: front)
        #expect(reply.status == 200, "\(reply)")
        let stream = try #require(reply.stream)
        let listener = QwenListener(gate)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await stream(listener)
                listener.isOver.change { $0 = true }
            }
            defer { group.cancelAll() }
            try await body(listener)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    /// Everything that a replay from the beginning gives now.
    func replay(_ session: String, after cursor: String = "0") async throws -> [QwenEvent] {
        let last = try await engine.peek(SessionID(session)).lastEvent
        let got = Watched<[QwenEvent]>([])
        // A notice of our own marks the end.
        try await engine.note(.modelRefused("end of replay", reason: "\(last)", by: nil), in: SessionID(session))
        try await listening(session, after: cursor) { listener in
            let all = try await listener.until { $0.data["requestedModelId"] == "end of replay" && $0.data["error"] == .string("\(last)") }
            got.change { $0 = all.filter { $0.data["requestedModelId"] != "end of replay" } }
        }
        return got.value
    }
}

/// What came of a request.
struct QwenReply: CustomStringConvertible, Sendable {
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

/// The other end of a stream. Behind a gate it takes nothing until that is open.
final class QwenListener: FrameSink {
    let isOver = Watched(false)
    private let gate: Gate?
    private let got = Watched<[QwenEvent]>([])
    private let comments = Watched<[String]>([])

    init(_ gate: Gate?) { self.gate = gate }

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        if let gate, frames.contains(where: { !$0.starts(with: "retry".utf8) }), await !gate.pass() { throw ConnectionOver() }
        for frame in frames { take(String(decoding: frame, as: UTF8.self)) }
    }

    private func take(_ frame: String) {
        #expect(frame.hasSuffix("\n\n"))
        let lines = frame.dropLast(2).split(separator: "\n", omittingEmptySubsequences: false)
        guard let data = lines.first(where: { $0.hasPrefix("data: ") }) else { return comments.change { $0.append(frame) } }
        do {
            let event = try #require(QwenEvent(JSONValue(parsing: String(data.dropFirst(6)))))
            #expect(lines.contains("event: " + event.type))
            #expect(lines.contains { $0.hasPrefix("id: ") } == (event.id != nil))
            if let id = event.id { #expect(lines.contains("id: \(id)")) }
            if let problem = QwenValidator.problem(with: event) { Issue.record("\(problem): \(frame)") }
            got.change { $0.append(event) }
        } catch {
            Issue.record("no event: \(frame)")
        }
    }

    var all: [QwenEvent] { got.value }
    var other: [String] { comments.value }

    /// Everything up to the first event that fits.
    @discardableResult
    func until(_ fits: @escaping @Sendable (QwenEvent) -> Bool) async throws -> [QwenEvent] {
        let all = try await within(.seconds(120)) { [got] in await got.first { $0.contains(where: fits) } }
        let end = try #require(all.firstIndex(where: fits))
        return Array(all[...end])
    }

    @discardableResult
    func event(_ type: String) async throws -> QwenEvent {
        try #require(try await until { $0.type == type }.last)
    }

    /// So many events, or fewer when one of that type is among them.
    func atLeast(_ count: Int, orUntil type: String) async throws -> [QwenEvent] {
        try await within(.seconds(120)) { [got] in
            await got.first { $0.count >= count || $0.contains { $0.type == type } }
        }
    }

    /// The end of the stream, with everything that came.
    func ended() async throws -> [QwenEvent] {
        _ = try await within(.seconds(120)) { [isOver] in await isOver.first { $0 } }
        #expect(isOver.value)
        return all
    }

    func comment(_ count: Int = 1) async throws {
        _ = try await within(.seconds(120)) { [comments] in await comments.first { $0.count >= count } }
    }
}

/// What clients of the protocol ask of payloads (§3.5).
enum QwenValidator {
    static func problem(with event: QwenEvent) -> String? {
        func missing(_ keys: String...) -> String? {
            keys.first { (event.data[$0]?.stringValue ?? "").isEmpty }.map { "\(event.type) has no \($0)" }
        }
        let isSynthetic = ["slow_client_warning", "client_evicted", "stream_error"].contains(event.type)
        if isSynthetic != (event.id == nil) { return "\(event.type) has the wrong sort of id" }
        guard event.data.objectValue != nil else { return "\(event.type) has no object" }
        switch event.type {
        case "session_update":
            guard let update = event.data["update"]?.objectValue else { return "no update" }
            for (key, value) in update where event.data[key] != value { return "\(key) is not beside the update" }
            return missing("sessionId", "sessionUpdate")
        case "permission_request":
            guard event.data["toolCall"]?.objectValue != nil, let options = event.data["options"]?.arrayValue else { return "no options" }
            if options.contains(where: { $0["optionId"]?.stringValue == nil }) { return "an option has no id" }
            return missing("requestId", "sessionId")
        case "permission_resolved": return outcome(event.data) ?? missing("requestId")
        case "permission_already_resolved": return outcome(event.data) ?? missing("requestId", "sessionId")
        case "model_switched": return missing("sessionId", "modelId")
        case "model_switch_failed": return missing("sessionId", "requestedModelId", "error")
        case "session_metadata_updated": return missing("sessionId")
        case "session_died", "session_closed": return missing("sessionId", "reason")
        case "slow_client_warning":
            return ["queueSize", "maxQueued", "lastEventId"].first { event.data[$0]?.integerValue == nil }
        case "client_evicted": return event.data["droppedAfter"]?.integerValue == nil ? "no droppedAfter" : missing("reason")
        case "stream_error": return missing("error")
        case "turn_complete": return missing("sessionId", "promptId", "stopReason")
        case "turn_error": return missing("sessionId", "promptId", "message")
        default: return "an unknown type: \(event.type)"
        }
    }

    private static func outcome(_ data: JSONValue) -> String? {
        switch data["outcome"]?["outcome"] {
        case "cancelled": nil
        case "selected": data["outcome"]?["optionId"]?.stringValue == nil ? "no option" : nil
        default: "no outcome"
        }
    }
}

extension [QwenEvent] {
    /// The words of the agent, joined.
    var text: String {
        filter { $0.data["update"]?["sessionUpdate"] == "agent_message_chunk" }
            .compactMap { $0.data["update"]?["content"]?["text"]?.stringValue }.joined()
    }

    /// What each event is, by its type or the kind of its update.
    var names: [String] { map { $0.data["update"]?["sessionUpdate"]?.stringValue ?? $0.type } }
}
