import ApusBase
import DroidWire
import Synchronization

/// One session of a daemon, or of a program of its own in exec mode, which has the same methods.
///
/// Everything may be called from any task. One turn is streamed at a time; ``send(_:options:)`` is not refused meanwhile, the daemon queues
/// what it sends. After ``close()`` every method throws ``ConnectionError``.
///
/// The session lives in the daemon: closing it, or the connection, ends no turn that ``send(_:options:)`` began.
public final class DaemonSession: Sendable {
    static let closedError = ConnectionError("Daemon session has been closed. Create a new session to continue.")

    /// The protocol itself, for what has no method here.
    public let client: DaemonClient
    /// What the daemon said when the session was opened.
    public let settings: SessionSettings
    /// What waited for an answer and what was said before, when the session was resumed.
    public let loaded: LoadSessionResult?
    private let initialId: String
    private let servers: HostedServers
    /// Ends what only this session has: in exec mode the program.
    private let ending: @Sendable () async -> Void
    private let isClosed = Mutex(false)

    init(
        client: DaemonClient, sessionId: String, settings: SessionSettings, loaded: LoadSessionResult? = nil, servers: HostedServers,
        ending: @escaping @Sendable () async -> Void = {}
    ) {
        self.client = client
        self.settings = settings
        self.loaded = loaded
        self.servers = servers
        self.ending = ending
        initialId = sessionId
    }

    public var sessionId: String { client.sessionId ?? initialId }

    // MARK: Turns

    /// Runs a turn and yields its messages; see ``DroidMessageStream``.
    public func stream(_ prompt: String, options: StreamOptions = StreamOptions()) -> DroidMessageStream {
        stream(prompt, options: options, fault: nil)
    }

    private func stream(_ prompt: String, options: StreamOptions, fault: (any DroidError)?) -> DroidMessageStream {
        var params = AddUserMessageParams(text: prompt)
        params.messageId = options.messageId ?? randomUUIDText()
        if !options.images.isEmpty { params.images = options.images }
        if !options.files.isEmpty { params.files = options.files }
        params.outputFormat = options.outputFormat
        let closed: (any DroidError)? = isClosed.withLock { $0 } ? DaemonSession.closedError : nil
        return DroidMessageStream(client: client, params: params, options: options, fault: closed ?? fault)
    }

    /// Runs a turn whose answer is a value. The answer's JSON schema is made from the type, of the types that
    /// ``tool(_:_:input:annotations:handler:)`` names; it replaces ``StreamOptions/outputFormat``.
    ///
    /// Reading the stream of another type throws ``StructuredOutputError`` (`local_schema_missing`), and nothing is sent.
    public func stream<Output: Decodable & Sendable>(
        _ prompt: String, as type: Output.Type, options: StreamOptions = StreamOptions()
    ) -> StructuredStream<Output> {
        do throws(SchemaRecorder.Fault) {
            let schema = JSON(try SchemaRecorder.schema(of: type, as: "the answer")).objectValue ?? [:]
            return stream(prompt, as: type, schema: schema, options: options)
        } catch {
            let fault = StructuredOutputError(code: "local_schema_missing", message: error.message)
            return StructuredStream(messages: stream(prompt, options: options, fault: fault))
        }
    }

    /// Runs a turn whose answer is a value, with a JSON schema written by hand: that of an object that decodes to the type. It replaces
    /// ``StreamOptions/outputFormat``.
    public func stream<Output: Decodable & Sendable>(
        _ prompt: String, as type: Output.Type, schema: JSONMembers, options: StreamOptions = StreamOptions()
    ) -> StructuredStream<Output> {
        var options = options
        options.outputFormat = OutputFormat(schema: schema)
        return StructuredStream(messages: stream(prompt, options: options))
    }

    /// Runs a turn to its end.
    ///
    /// - Returns: Its result, whether it went well or not.
    public func result(of prompt: String, options: StreamOptions = StreamOptions()) async throws -> ResultMessage {
        for try await message in stream(prompt, options: options) {
            if case .result(let result) = message { return result }
        }
        throw SessionError.incomplete
    }

    /// Hands a prompt over and returns when the daemon has it; the agent works in the background.
    ///
    /// - Returns: The id of the prompt's message, which is that of its turn.
    @discardableResult
    public func send(_ prompt: String, options: SendOptions = SendOptions()) async throws -> String {
        try check()
        var params = AddUserMessageParams(text: prompt)
        let id = randomUUIDText()
        params.messageId = id
        if !options.images.isEmpty { params.images = options.images }
        if !options.files.isEmpty { params.files = options.files }
        params.outputFormat = options.outputFormat
        client.beginSending()
        try await client.addUserMessage(params)
        return id
    }

    /// Ends the current turn in the daemon. Its stream ends with a result that says so; without a turn nothing happens.
    public func interrupt() async throws {
        try check()
        let turn = client.currentTurn
        try await client.interruptSession()
        turn?.markInterrupted()
    }

    /// Closes the session and its view: running streams end without a result, hosted servers stop, in exec mode the program ends. Never
    /// throws; again does nothing.
    public func close() async {
        let isFirst = isClosed.withLock { isClosed -> Bool in
            defer { isClosed = true }
            return !isClosed
        }
        if !isFirst { return }
        client.currentTurn?.end()
        // The session is given up in any case; a daemon that is gone needs not be told.
        try? await client.closeSession(CloseSessionParams(reason: .other))
        client.close()
        await servers.stop()
        await ending()
    }

    // MARK: The session

    public func updateSettings(_ params: UpdateSessionSettingsParams) async throws {
        try check()
        try await client.updateSessionSettings(params)
    }

    /// Switches to planning: the agent reads and proposes, and changes nothing until its plan is accepted.
    public func enterSpecMode(modelId: String? = nil, reasoningEffort: ReasoningEffort? = nil) async throws {
        var params = UpdateSessionSettingsParams()
        params.interactionMode = .spec
        params.specModeModelId = modelId.map(Nullable.value)
        params.specModeReasoningEffort = reasoningEffort.map(Nullable.value)
        try await updateSettings(params)
    }

    /// Puts a summary in the place of old messages, in a session of its own: go on with ``DaemonConnection/resumeSession(_:options:)``. Takes up to
    /// 240 s.
    public func compactSession(customInstructions: String? = nil) async throws -> CompactSessionResult {
        try check()
        return try await client.compactSession(CompactSessionParams(customInstructions: customInstructions))
    }

    /// Copies the session with all of its context. This one goes on as it was.
    public func forkSession(title: String? = nil, tags: [SessionTag]? = nil) async throws -> ForkSessionResult {
        try check()
        return try await client.forkSession(ForkSessionParams(title: title, tags: tags))
    }

    public func getContextBreakdown() async throws -> GetContextBreakdownResult {
        try check()
        return try await client.getContextBreakdown()
    }

    @discardableResult
    public func renameSession(title: String) async throws -> Bool {
        try check()
        return try await client.renameSession(RenameSessionParams(title: title))
    }

    // MARK: MCP and skills

    /// Adds a server to the user's settings, for every session.
    @discardableResult
    public func addMcpServer(_ params: AddMcpServerParams) async throws -> Bool {
        try check()
        return try await client.addMcpServer(params)
    }

    @discardableResult
    public func removeMcpServer(_ serverName: String) async throws -> Bool {
        try check()
        return try await client.removeMcpServer(RemoveMcpServerParams(serverName: serverName))
    }

    @discardableResult
    public func toggleMcpServer(_ serverName: String, enabled: Bool) async throws -> Bool {
        try check()
        return try await client.toggleMcpServer(ToggleMcpServerParams(serverName: serverName, enabled: enabled))
    }

    public func listMcpServers() async throws -> ListMcpServersResult {
        try check()
        return try await client.listMcpServers()
    }

    public func listMcpTools() async throws -> [McpToolInfo] {
        try check()
        return try await client.listMcpTools().tools
    }

    /// Begins OAuth with a server; `mcp_auth_required` brings the address that a person must open, `mcp_auth_completed` how it went.
    @discardableResult
    public func authenticateMcpServer(_ serverName: String) async throws -> Bool {
        try check()
        return try await client.authenticateMcpServer(AuthenticateMcpServerParams(serverName: serverName))
    }

    public func listSkills() async throws -> [SkillInfo] {
        try check()
        return try await client.listSkills().skills
    }

    /// See ``DaemonClient/onNotification(_:_:)``.
    @discardableResult
    public func onNotification(
        _ type: SessionNotificationType? = nil, _ callback: @escaping @Sendable (SessionNotification) -> Void
    ) -> @Sendable () -> Void {
        client.onNotification(type, callback)
    }

    private func check() throws {
        if isClosed.withLock({ $0 }) { throw DaemonSession.closedError }
    }
}
