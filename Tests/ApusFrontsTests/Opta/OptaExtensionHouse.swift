import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Synchronization
import Testing

@testable import ApusFronts

/// A desk that runs nothing: processes are what a test says they are.
final class ToldDesk: ProcessDesk {
    struct State {
        var processes: [SessionProcess] = []
        var chunks: [ProcessChunk] = []
        var started: [ProcessCommand] = []
        var killed: [String] = []
        var ended: [SessionID] = []
        var fault: ProcessDeskError?
    }

    let state = Mutex(State())

    func start(_ command: ProcessCommand) async throws(ProcessDeskError) -> SessionProcess {
        let fault = state.withLock { state in
            state.started.append(command)
            return state.fault
        }
        if let fault { throw fault }
        let process = SessionProcess(
            id: "Ab3dEf9h", session: command.session, pid: 7, command: command.command, label: command.label,
            workingDirectory: command.workingDirectory ?? "/w", startedAt: 1_699_999_999_000,
            timeoutMilliseconds: command.timeout.map { Int($0.components.seconds) * 1_000 } ?? 0)
        state.withLock { $0.processes.append(process) }
        return process
    }

    func processes(of session: SessionID?) -> [SessionProcess] {
        state.withLock { $0.processes }.filter { session == nil || $0.session == session }
    }

    func output(of process: String, after seq: Int, limit: Int, stream: ProcessStream?) -> ProcessPage? {
        guard let found = self.process(process) else { return nil }
        let all = state.withLock { $0.chunks }.filter { $0.seq > seq && (stream == nil || $0.stream == stream) }
        return ProcessPage(process: found, chunks: Array(all.prefix(limit)), hasMore: all.count > limit)
    }

    func kill(_ process: String, with signal: ProcessSignal) -> Bool {
        state.withLock { state in
            state.killed.append("\(process) \(signal.rawValue)")
            return state.processes.contains { $0.id == process && $0.state == .running }
        }
    }

    func endAll(of session: SessionID) { state.withLock { $0.ended.append(session) } }
}

struct ToldHouse: HouseDesk {
    let asked = Watched<[HouseQuestion]>([])
    /// Before each answer, where there is one.
    let gate = Watched<Gate?>(nil)

    func answer(_ question: HouseQuestion) async throws(HouseFault) -> JSONValue {
        asked.change { $0.append(question) }
        if let gate = gate.value { _ = await gate.pass() }
        if question == .settings("nothing") { throw .unknown("No setting is named \"nothing\".") }
        if question == .log(lines: 13) { throw .failed("There is no log.") }
        return ["asked": .string("\(question)")]
    }
}

struct ToldKeys: Credentials {
    func client(for secret: String) async -> ClientIdentity? {
        ClientScope(rawValue: secret).map { ClientIdentity(name: secret, scopes: [$0]) }
    }

    func revocation(of name: String) async {}
}

/// An Opta front on an engine in memory, for the routes beside sessions and turns. A secret is the scope that it stands for.
struct OptaExtensionHouse: Sendable {
    let memory = MemoryEventLog(time: StillTime())
    let engine: Engine
    let desk = ToldDesk()
    let house = ToldHouse()
    let front: OptaFront

    init(time: any TimeSource = StillTime(), models: any ModelCatalogue = FixedCatalogue(every: [])) {
        let model = ScriptedModel { _, _ in .text("Hello") }
        engine = Engine(
            services: EngineServices(
                log: memory, index: memory, blobs: memory, models: model, tools: FixedTools([]), policy: ScriptedPolicy(),
                instructions: FixedNotes(), time: time,
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: []) },
                maximumAutonomy: .unrestricted))
        let catalogue = FixedCatalogue(every: [])
        let clients = ClientServices(
            sessions: engine, maintenance: engine, approvals: engine, questions: engine, search: FixedSearch(), blobs: memory,
            models: model, catalogue: models, tools: FixedTools([]), toolCatalogue: catalogue, servers: NotedServers(),
            extensions: catalogue, processes: desk, house: house, time: time,
            directory: { $0.hasPrefix("/missing") ? nil : $0 })
        var setting = OptaSetting(daemonID: "daemon_golden01", directory: "/w")
        setting.token = "full"
        front = OptaFront(clients, setting: setting, access: .keys(ToldKeys()), version: "test")
    }

    /// With a session "s" that works in `/w`.
    func running(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            do {
                _ = try await engine.create(NewSession(id: "s", workingDirectory: "/w"))
                try await within { try await body() }
                try await within { await engine.shutdown() }
            } catch {
                group.cancelAll()
                throw error
            }
            try await group.waitForAll()
        }
    }

    func call(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String = "full", fields: [(name: String, value: String)] = []
    ) async -> (status: Int, body: JSONValue, answer: HTTPAnswer) {
        var all = fields + [(name: "host", value: "127.0.0.1:9999"), (name: "authorization", value: "Bearer \(key)")]
        if body != nil { all.append((name: "content-type", value: "application/json")) }
        let halves = path.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let head = HTTPHead(
            method: method, path: String(halves[0]), query: halves.count > 1 ? String(halves[1]) : nil, fields: all, localPort: 9_999)
        let answer: HTTPAnswer
        switch await front.admit(head) {
        case .refused(let refusal): answer = refusal
        case .admitted(let client, _): answer = await front.respond(to: head, body: .bytes(body?.serializedBytes() ?? []), from: client)
        }
        guard case .bytes(let bytes) = answer.body else { return (answer.status, .null, answer) }
        do { return (answer.status, try JSONValue(parsing: bytes), answer) } catch {
            Issue.record("no JSON: \(String(decoding: bytes, as: UTF8.self))")
            return (answer.status, .null, answer)
        }
    }
}
