import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A model provider that answers by script, over a real socket on loopback. It speaks Anthropic messages, OpenAI chat
/// completions and OpenAI responses; the path of a request decides, so one script serves all.
package final class ScriptedProvider: Sendable {
    package let port: Int
    private let desk: RequestDesk
    private let listener: any Channel
    private let connections: ConnectionList

    private init(port: Int, desk: RequestDesk, listener: any Channel, connections: ConnectionList) {
        self.port = port
        self.desk = desk
        self.listener = listener
        self.connections = connections
    }

    /// Without a path: what an Anthropic client is configured with.
    package var baseURL: String { "http://127.0.0.1:\(port)" }
    /// With `/v1`: what an OpenAI client is configured with.
    package var versionedBaseURL: String { "\(baseURL)/v1" }

    /// Everything received so far, listings of models included.
    package var requests: [RecordedRequest] { desk.book.value.requests }
    /// Only what asked for an answer of the model.
    package var modelRequests: [RecordedRequest] { requests.filter { Dialect(path: $0.path) != nil } }

    /// Returns when so many requests for an answer came; throws ``ScriptTimeout`` after `limit`.
    package func received(_ count: Int, within limit: Duration = .seconds(60)) async throws {
        try await desk.book.wait(within: limit, "no \(count) model requests came") { book in
            book.requests.count { Dialect(path: $0.path) != nil } >= count
        }
    }

    /// Returns when the client of request `number` left before its answer was whole.
    package func abandoned(_ number: Int, within limit: Duration = .seconds(60)) async throws {
        try await desk.book.wait(within: limit, "request \(number) was not abandoned") { book in
            number <= book.requests.count && book.requests[number - 1].ending == .abandoned
        }
    }

    /// Starts listening. Every start needs a ``stop()``; prefer ``withScriptedProvider(_:port:heard:_:)``.
    package static func start(
        _ script: Script, port: Int = 0, heard: (@Sendable (RecordedRequest) -> Void)? = nil
    ) async throws -> ScriptedProvider {
        let desk = RequestDesk(script, heard: heard)
        let connections = ConnectionList()
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    connections.add(channel)
                    let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(decoder))
                    try channel.pipeline.syncOperations.addHandler(ConnectionHandler(desk: desk))
                }
            }
            .bind(host: "127.0.0.1", port: port)
            .get()
        guard let bound = listener.localAddress?.port else { throw ScriptTimeout(description: "the listener has no port") }
        return ScriptedProvider(port: bound, desk: desk, listener: listener, connections: connections)
    }

    /// Closes the port and every connection, and returns when they are closed.
    package func stop() async {
        // Closed already is what is wanted.
        try? await listener.close()
        await connections.closeAll()
    }
}

/// The open connections, so that a stop leaves none behind.
private final class ConnectionList: Sendable {
    private struct State {
        var isClosed = false
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    func add(_ channel: any Channel) {
        let isWelcome = state.withLock { state in
            guard !state.isClosed, state.channels.count < ProviderLimit.connections else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
        guard isWelcome else {
            channel.close(promise: nil)
            return
        }
        channel.closeFuture.whenComplete { _ in
            self.state.withLock { $0.channels[ObjectIdentifier(channel)] = nil }
        }
    }

    func closeAll() async {
        let channels = state.withLock { state in
            state.isClosed = true
            return Array(state.channels.values)
        }
        for channel in channels { channel.close(promise: nil) }
        // The future of a closed channel succeeds.
        for channel in channels { try? await channel.closeFuture.get() }
    }
}

/// Lends a scripted provider to `body` and stops it afterwards, whatever happens.
package func withScriptedProvider<Result>(
    _ script: Script, port: Int = 0, heard: (@Sendable (RecordedRequest) -> Void)? = nil,
    _ body: (ScriptedProvider) async throws -> Result
) async throws -> Result {
    let provider = try await ScriptedProvider.start(script, port: port, heard: heard)
    do {
        let result = try await body(provider)
        await provider.stop()
        return result
    } catch {
        await provider.stop()
        throw error
    }
}
