/// An MCP server that lives in this process and is offered to a session: `createSDKMCPServer(name:tools:)` makes one (`droid.md` §8).
///
/// A session starts it before it is opened and stops it when it closes, or when it could not be opened. The same server may be given to
/// several sessions: `start()` then answers with where it already listens, and the last `stop()` ends it.
public protocol HostedMcpServer: Sendable {
    /// The name under which the session knows it.
    var name: String { get }
    /// Begins to listen and tells where. Safe to call again, also concurrently.
    func start() async throws -> McpServerConfig
    /// Takes one `start()` back. Does not throw: what cannot be stopped is gone with the process.
    func stop() async
}
