import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// A droid front on an engine in memory, and clients of it without sockets.
struct DroidHouse: EngineHolder {
    let memory: MemoryEventLog
    let engine: Engine
    let maintenance: NotedMaintenance
    let questions = NotedQuestions()
    let servers = NotedServers()
    let signIns = NotedSignIns()
    let serverFiles = NotedServerFiles()
    let catalogue: FixedCatalogue
    let front: DroidFront
    let clients: ClientServices
    let model: ScriptedModel
    let said = Watched<[String]>([])

    init(
        _ model: ScriptedModel, tools: [ScriptedTool] = [], policy: ScriptedPolicy = ScriptedPolicy(),
        maximumAutonomy: ApusCore.AutonomyLevel = .unrestricted, sessions: (any SessionService)? = nil, time: any TimeSource = StillTime(),
        resumesTurns: Bool = false
    ) {
        memory = MemoryEventLog(time: time)
        engine = Engine(
            services: EngineServices(
                log: memory, index: memory, blobs: memory, models: model, tools: FixedTools(tools), policy: policy,
                instructions: FixedNotes(), time: time,
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: []) },
                maximumAutonomy: maximumAutonomy, resumesTurns: resumesTurns))
        maintenance = NotedMaintenance(engine, memory)
        catalogue = FixedCatalogue(every: tools.map(\.definition))
        self.model = model
        var clients = ClientServices(
            sessions: sessions ?? engine, maintenance: maintenance, approvals: engine, questions: questions, search: FixedSearch(),
            blobs: memory, models: model, catalogue: catalogue, tools: FixedTools(tools), toolCatalogue: catalogue, servers: servers,
            extensions: catalogue, time: time, maximumAutonomy: maximumAutonomy,
            directory: { $0 == "." ? "/home/test" : $0.hasPrefix("/") && !$0.hasPrefix("/missing") ? $0 : nil })
        clients.signIns = signIns
        clients.serverFiles = serverFiles
        self.clients = clients
        front = DroidFront(clients, version: "test", log: { [said] text in said.change { $0.append(text) } })
    }

    /// A connection for the time of `body`; afterwards its client hangs up, and the front must be done with it.
    func connected(
        _ family: DroidFamily = .daemon, access: DroidAccess = .open(.local), sink: (any FrameSink)? = nil,
        _ body: @escaping @Sendable (DroidClient) async throws -> Void
    ) async throws {
        let client = DroidClient(family)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await front.serve(client.frames, to: sink ?? client, family: family, access: access)
                client.isOver.change { $0 = true }
            }
            do {
                try await body(client)
                client.hangUp()
            } catch {
                group.cancelAll()
                throw error
            }
            try await group.waitForAll()
        }
    }

    /// The whole of a test: engine and one connection.
    func serving(
        _ family: DroidFamily = .daemon, access: DroidAccess = .open(.local),
        _ body: @escaping @Sendable (DroidClient) async throws -> Void
    ) async throws {
        try await running { try await connected(family, access: access, body) }
    }
}

/// The other end of a connection.
final class DroidClient: FrameSink {
    let family: DroidFamily
    let frames: AsyncStream<[UInt8]>
    let isOver = Watched(false)
    private let input: AsyncStream<[UInt8]>.Continuation
    private let got = Watched<[JSONValue]>([])
    private let taken = Watched(0)
    private let number = Watched(0)

    init(_ family: DroidFamily) {
        self.family = family
        (frames, input) = AsyncStream.makeStream()
    }

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        do {
            let values = try frames.map { try JSONValue(parsing: $0) }
            got.change { $0 += values }
        } catch {
            Issue.record("no JSON: \(String(decoding: frames.joined(), as: UTF8.self))")
        }
    }

    func hangUp() { input.finish() }
    func write(_ text: String) { input.yield(Array(text.utf8)) }
    func write(_ bytes: [UInt8]) { input.yield(bytes) }

    /// Everything that has come.
    var all: [JSONValue] { got.value }

    /// Sends a request and returns its id.
    @discardableResult
    func ask(_ method: String, _ params: JSONValue = [:], id: String? = nil, version: String? = nil) -> String {
        let id = id ?? "c-\(number.change { $0 += 1; return $0 })"
        var frame: JSONObject = ["jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "request", "id": .string(id)]
        if let version { frame["factoryProtocolVersion"] = .string(version) }
        frame["method"] = .string(family.rawValue + "." + method)
        frame["params"] = params
        write(JSONValue.object(frame).serialized())
        return id
    }

    func answer(_ id: String, _ result: JSONValue) {
        write(
            JSONValue.object([
                "jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "response", "id": .string(id), "result": result,
            ]).serialized())
    }

    /// The first frame that fits, from the beginning on.
    func frame(_ fits: @escaping @Sendable (JSONValue) -> Bool) async throws -> JSONValue {
        let all = try await within(.seconds(120)) { [got] in await got.first { $0.contains(where: fits) } }
        return try #require(all.first(where: fits))
    }

    func count(_ count: Int, _ fits: @escaping @Sendable (JSONValue) -> Bool) async throws {
        _ = try await within(.seconds(120)) { [got] in await got.first { $0.count(where: fits) >= count } }
    }

    /// The next frame in the order in which they came.
    func next() async throws -> JSONValue {
        let place = taken.change { place -> Int in
            place += 1
            return place - 1
        }
        let all = try await within(.seconds(120)) { [got] in await got.first { $0.count > place } }
        return try #require(all.dropFirst(place).first)
    }

    /// The response to a request.
    func response(_ id: String) async throws -> JSONValue { try await frame { $0["id"] == .string(id) && $0["type"] == "response" } }

    /// The result; records an issue for an error.
    @discardableResult
    func call(_ method: String, _ params: JSONValue = [:], version: String? = nil) async throws -> JSONValue {
        let response = try await response(ask(method, params, version: version))
        return try #require(response["result"], "\(response)")
    }

    func error(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
        let response = try await response(ask(method, params))
        return try #require(response["error"], "\(response)")
    }

    func code(_ method: String, _ params: JSONValue = [:]) async throws -> Int? {
        try await error(method, params)["code"]?.integerValue.map { Int($0) }
    }

    /// Opens a session of that id.
    @discardableResult
    func open(_ session: String = "s1", _ more: JSONObject = [:]) async throws -> JSONValue {
        var params: JSONObject = ["machineId": "default", "cwd": "/w", "sessionId": .string(session)]
        for (key, value) in more { params[key] = value }
        if family == .daemon { params["token"] = "k" }
        return try await call("initialize_session", .object(params))
    }

    func load(_ session: String = "s1") async throws -> JSONValue {
        try await call("load_session", family == .daemon ? ["sessionId": .string(session), "token": "k"] : ["sessionId": .string(session)])
    }

    func prompt(_ text: String, _ message: String? = nil, in session: String = "s1") async throws {
        var params: JSONObject = family == .daemon ? ["sessionId": .string(session)] : [:]
        params["text"] = .string(text)
        if let message { params["messageId"] = .string(message) }
        try await call("add_user_message", .object(params))
    }

    /// The notifications of one type that have come, in order.
    func told(_ type: String, in session: String = "s1") -> [JSONValue] {
        got.value.filter { $0["params"]?["sessionId"] == .string(session) }.compactMap { $0["params"]?["notification"] }
            .filter { $0["type"] == .string(type) }
    }

    func types(in session: String = "s1") -> [String] {
        got.value.filter { $0["params"]?["sessionId"] == .string(session) }.compactMap { frame in
            let notification = frame["params"]?["notification"]
            if notification?["type"] == "droid_working_state_changed" { return notification?["newState"]?.stringValue }
            return notification?["type"]?.stringValue ?? frame["method"]?.stringValue
        }
    }

    func notification(_ type: String, in session: String = "s1") async throws -> JSONValue {
        let frame = try await frame {
            $0["params"]?["sessionId"] == .string(session) && $0["params"]?["notification"]?["type"] == .string(type)
        }
        return try #require(frame["params"]?["notification"])
    }

    /// Waits for the end of a turn.
    @discardableResult
    func ended(_ turn: String, in session: String = "s1") async throws -> JSONValue {
        let frame = try await frame {
            let notification = $0["params"]?["notification"]
            return $0["params"]?["sessionId"] == .string(session) && notification?["type"] == "agent_turn_completed"
                && notification?["turnId"] == .string(turn)
        }
        return try #require(frame["params"]?["notification"])
    }

    /// A request of the server.
    func asked(_ method: String = "request_permission") async throws -> JSONValue {
        let name = family.rawValue + "." + method
        return try await frame { $0["method"] == .string(name) }
    }
}

extension ScriptedPolicy {
    /// Commands are asked about, everything else runs.
    static let askingAboutCommands = ScriptedPolicy { action in
        if case .command = action { .ask(required: .low, rule: "test", reason: "it runs a command") } else { .allow(rule: "test") }
    }
}

extension ScriptedTool {
    static func execute(says text: String = "a.txt") -> ScriptedTool {
        ScriptedTool("Execute", says: text, access: { .command($0["command"]?.stringValue ?? "", declaredRisk: "low") })
    }
}
