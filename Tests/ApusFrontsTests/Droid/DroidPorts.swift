import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting

/// A clock that stands still: short sleeps are over at once, long ones when they are cancelled.
struct StillTime: TimeSource {
    var now: Timestamp { 1_700_000_000_000 }

    func sleep(for duration: Duration) async throws(CancellationError) {
        if duration <= .seconds(1) { return await Task.yield() }
        do { try await Task.sleep(for: .seconds(86_400)) } catch { throw CancellationError() }
    }
}

/// What a session may be told to do beside turns, remembered.
final class NotedMaintenance: SessionMaintenance {
    let engine: Engine
    let memory: MemoryEventLog
    let retired = Watched<[SessionID]>([])
    let calls = Watched<[String]>([])
    private let owned = Watched<[SessionID]>([])

    init(_ engine: Engine, _ memory: MemoryEventLog) {
        self.engine = engine
        self.memory = memory
    }

    func peek(_ session: SessionID) async throws(SessionError) -> SessionState { try await engine.open(session) }

    func glance(at session: SessionID) async throws(SessionError) -> SessionGlance { SessionGlance(try await peek(session)) }

    func glances() async -> [SessionGlance] { await engine.glances() }
    func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(SessionError) -> [Event] {
        try await engine.events(in: session, after: cursor, limit: limit)
    }

    func opened() async -> [SessionID] {
        do {
            return try await memory.sessions(withPrefix: "", limit: 1_000).map(\.header.id).filter { !retired.value.contains($0) }
        } catch {
            return []
        }
    }

    func opened(since change: Int?) async -> OpenedSessions { await engine.opened(since: change) }

    func retire(_ session: SessionID) async {
        do { if try await engine.open(session).running != nil { return } } catch { return }
        retired.change { $0.append(session) }
        await engine.close(session)
    }

    func rename(_ session: SessionID, to title: String) async throws(SessionError) {
        var settings = try await engine.open(session).settings
        settings.labels.append(SessionLabel(name: "renamed to \(title)"))
        try await engine.change(session, settings: settings)
    }

    func archive(_ session: SessionID, _ isArchived: Bool) async throws(SessionError) -> Timestamp? {
        calls.change { $0.append("archive \(session) \(isArchived)") }
        return isArchived ? 1_700_000_000_000 : nil
    }

    func cancel(turn: TurnID?, writer: String?, in session: SessionID) async throws(SessionError) -> TurnCancellation {
        try await engine.cancel(turn: turn, writer: writer, in: session)
    }

    func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError) {
        try await engine.note(notice, in: session)
    }

    func holding(_ session: SessionID, _ body: @concurrent @Sendable () async -> Void) async throws(SessionError) {
        try await engine.holding(session, body)
    }

    func chooseModel(_ model: String, by client: String?, in session: SessionID) async throws(SessionError) {
        try await engine.chooseModel(model, by: client, in: session)
    }

    func compact(
        _ session: SessionID, instructions: String?
    ) async throws(MaintenanceError) -> (copy: SessionID, compaction: Compaction) {
        let state: SessionState
        do throws(SessionError) { state = try await engine.open(session) } catch { throw .session(error) }
        if state.running != nil { throw .busy(session) }
        calls.change { $0.append("compact \(session) \(instructions ?? "")") }
        return ("compacted", Compaction(summary: "What happened", removed: 4))
    }

    func contextUsage(of session: SessionID) async throws(SessionError) -> ContextUsage {
        _ = try await engine.open(session)
        return ContextUsage(
            model: ModelDescription(id: "scripted", displayName: "Scripted", dialect: "scripted"), limit: 1_000, used: 400, isExact: true,
            updatedAt: 1_700_000_000_000, parts: [.init(.systemPrompt, tokens: 100), .init(.messages, tokens: 300)],
            servers: [.init(name: "issues", toolCount: 2, tokens: 50)],
            skills: [.init(name: "release", location: "personal", tokens: 7)],
            droids: [.init(name: "reviewer", location: "project", tokens: 5)])
    }

    func rewindPlan(in session: SessionID, before message: MessageID) async throws(MaintenanceError) -> RewindPlan {
        if message != "m1" { throw .unknownMessage(message) }
        return RewindPlan(
            available: [FileSnapshot(message: message, path: "/w/a", content: "abc", size: 3)], created: ["/w/b"],
            lost: [FileSnapshot(message: message, path: "/w/c", content: nil, size: 9, obstacle: "too large")])
    }

    func rewind(
        _ session: SessionID, before message: MessageID, _ files: RewindChoice, title: String
    ) async throws(MaintenanceError) -> RewindResult {
        calls.change { $0.append("rewind \(session) \(message) \(files.restore) \(files.delete) \(title)") }
        return RewindResult(copy: "rewound", restored: 1, deleted: 1, failedToRestore: 0, failedToDelete: 0)
    }
}

/// Answers that came, as they were given.
final class NotedQuestions: QuestionDesk {
    let answers = Watched<[UserAnswer]>([])
    let voters = Watched<[ApprovalVoter]>([])
    /// Where answers stand still before they are taken.
    let gate = Watched<Gate?>(nil)
    /// What every answer is told.
    let counts = Watched(true)

    func openQuestions(in session: SessionID) async -> [UserQuestion] { [] }

    func answer(_ answer: UserAnswer, in session: SessionID, by voter: ApprovalVoter) async throws(QuestionError) -> Bool {
        voters.change { $0.append(voter) }
        if let gate = gate.value { _ = await gate.pass() }
        answers.change { $0.append(answer) }
        return counts.value
    }
}

struct FixedSearch: SessionSearch {
    private let summary = SessionSummary(
        header: SessionHeader(id: "found", createdAt: 1_700_000_000_000, workingDirectory: "/w"), title: "A title",
        updatedAt: 1_700_000_000_500)

    func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage {
        SessionPage(
            sessions: [ListedSession(summary: summary, messageCount: filter.limit, labels: [SessionLabel(name: "sdk")])],
            hasMore: filter.before == nil)
    }

    func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch] {
        [
            SessionMatch(
                summary: summary,
                hits: [SessionMatch.Hit(document: "m1", kind: .message, role: .user, snippets: ["… \(query.text) …"])], total: 7)
        ]
    }
}

final class NotedServers: MCPServers {
    let attached = Watched<[String]>([])
    let calls = Watched<[String]>([])
    let streams = Watched<[SessionID: AsyncStream<[MCPServerStatus]>.Continuation]>([:])
    static let status = MCPServerStatus(name: "issues", phase: .connected, source: .session, transport: "http", toolCount: 1)

    func attach(_ servers: [MCPServerConfiguration], to session: SessionID) async {
        attached.change { $0.append("\(session): \(servers.map(\.name).joined(separator: " "))") }
    }

    func settled(_ session: SessionID) async { attached.change { $0.append("\(session) settled") } }
    func detach(_ session: SessionID) async { attached.change { $0.append("\(session) detached") } }
    func status(of session: SessionID) async -> [MCPServerStatus] { [Self.status] }

    func tools(of session: SessionID) async -> [MCPToolListing] {
        [
            MCPToolListing(
                server: "issues", name: "list", summary: "Lists issues", isEnabled: true, isReadOnly: true, inputSchema: ["type": "object"])
        ]
    }

    func changes(of session: SessionID) -> AsyncStream<[MCPServerStatus]> {
        let (stream, continuation) = AsyncStream<[MCPServerStatus]>.makeStream(bufferingPolicy: .bufferingNewest(1))
        streams.change { $0[session] = continuation }
        return stream
    }

    func add(_ server: MCPServerConfiguration) async throws(MCPServersError) {
        if server.name == "taken" { throw .exists(server.name) }
        calls.change { $0.append("add \(server.name)") }
    }

    func remove(_ name: String) async throws(MCPServersError) {
        if name == "nobody" { throw .unknownServer(name) }
        calls.change { $0.append("remove \(name)") }
    }

    func setEnabled(_ isEnabled: Bool, server: String) async throws(MCPServersError) {
        calls.change { $0.append("enable \(server) \(isEnabled)") }
    }

    func setEnabled(_ isEnabled: Bool, tool: String, of server: String) async throws(MCPServersError) {
        calls.change { $0.append("enable \(server) \(tool) \(isEnabled)") }
    }
}

struct FixedCatalogue: ModelCatalogue, ToolCatalogue, ExtensionCatalogue {
    var every: [ToolDefinition]
    let disabled = Watched<[String]>([])

    func offered() async -> [OfferedModel] {
        var known = ModelDescription(id: "scripted", displayName: "Scripted", dialect: "scripted")
        known.efforts = [.low, .medium]
        return [
            OfferedModel(model: known, isDefault: true, isCustom: false),
            OfferedModel(
                model: ModelDescription(id: "claude", displayName: "Claude", dialect: "anthropic"), isDefault: false, isCustom: true,
                obstacle: "No key"),
        ]
    }

    func catalogue(for dialect: String, adding additional: [String]) -> [ToolDefinition] { every }

    func skills(for workingDirectory: String) async -> [ListedSkill] {
        [ListedSkill(name: "release", summary: "Makes a release", location: .project, path: workingDirectory + "/SKILL.md")]
    }

    func commands(for workingDirectory: String) async -> [ListedCommand] {
        [ListedCommand(name: "review", summary: "Reviews", argumentHint: "[branch]")]
    }

    func setSkill(_ name: String, isDisabled: Bool, inProject workingDirectory: String?) async throws(ExtensionError) {
        if name == "nothing" { throw ExtensionError("No skill named \"nothing\"") }
        disabled.change { $0.append("\(name) \(isDisabled) \(workingDirectory ?? "user")") }
    }
}

/// Keys of a daemon that a test can take back.
final class TestKeys: Credentials {
    let clients: Watched<[String: ClientIdentity]>

    init(_ clients: [String: ClientIdentity]) { self.clients = Watched(clients) }

    func client(for secret: String) async -> ClientIdentity? { clients.value[secret] }
    func revocation(of name: String) async { _ = await clients.first { clients in !clients.values.contains { $0.name == name } } }
}
