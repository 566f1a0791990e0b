import ApusBase
import ApusTransport

/// Makes a server of tools that live in this program. Give it to a session with its options: the session starts it, its agent calls the
/// tools over a loopback address, and it ends with the last session that has it (`droid.md` §8). A daemon on another machine cannot reach it.
///
/// - Parameters:
///   - name: how the session knows it; its tools are named `<name>___<tool>` to the model.
///   - version: told to the daemon, for its logs.
///   - tools: what the agent may call, each name once.
/// - Throws: ``ToolDefinitionError`` when two tools have the same name, or the name is not 1 to 64 letters, digits, `_` and `-`.
public func createSDKMCPServer(name: String, version: String = "1.0.0", tools: [SDKTool]) throws -> SDKMCPServer {
    guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isPlain) else {
        throw ToolDefinitionError(message: "\"\(name)\" cannot be the name of a server: use 1 to 64 letters, digits, \"_\" and \"-\".")
    }
    var names: Set<String> = []
    for tool in tools where !names.insert(tool.name).inserted {
        throw ToolDefinitionError(message: "The server \(name) has two tools named \(tool.name).")
    }
    return SDKMCPServer(name: name, answers: ToolAnswers(name: name, version: version, tools: tools))
}

/// Tools of this program as an MCP server on a loopback port, for those who have its token.
public actor SDKMCPServer: HostedMcpServer {
    public nonisolated let name: String
    private let answers: ToolAnswers
    private let token = randomToken(length: 43)
    private var users = 0
    private var opening: Task<LoopbackListener, any Error>?

    init(name: String, answers: ToolAnswers) {
        self.name = name
        self.answers = answers
    }

    /// Begins to listen and tells where; who asks again, also at the same time, is told the same place.
    ///
    /// - Throws: what the system says when no port can be had. Nothing needs to be stopped then.
    public func start() async throws -> McpServerConfig {
        users += 1
        let task = opening ?? open()
        opening = task
        do {
            let listener = try await task.value
            return .http(
                name: name, url: listener.url, headers: [McpHeader(name: "Authorization", value: "Bearer \(token)")], oauth: .disabled)
        } catch {
            users -= 1
            if users == 0 { opening = nil }
            throw error
        }
    }

    /// Takes one `start()` back. The last one cuts what is open; handlers that still run are cancelled.
    public func stop() async {
        guard users > 0 else { return }
        users -= 1
        guard users == 0, let task = opening else { return }
        opening = nil
        // A listener that could not be opened need not be closed.
        if let listener = try? await task.value { await listener.close() }
    }

    private func open() -> Task<LoopbackListener, any Error> {
        // SAFETY: owned by this server, awaited by every `start` and by the last `stop`; it binds a port and ends.
        Task { [answers, token] in
            try await LoopbackListener.open(path: "/mcp", token: token) { await answers.answer($0, accepting: $1) }
        }
    }
}
