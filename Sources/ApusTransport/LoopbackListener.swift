import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP listener for one path on a loopback port of the system's choice: POST only, one answer for each request, for those who have
/// the token.
///
/// A request is refused before its body is read when its `Host` is none of the loopback names (a page in a browser that found the port),
/// when the token is missing, or when it is too large. What is being answered is cancelled when its client goes away.
package final class LoopbackListener: Sendable {
    package struct Answer: Sendable {
        package var status: Int
        package var contentType: String?
        package var body: [UInt8]

        package init(status: Int, contentType: String? = nil, body: [UInt8] = []) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    package struct Limits: Sendable {
        package var bodyBytes: Int
        package var connections: Int
        /// For a request to be there as a whole, and between two of them.
        package var patience: Duration

        package init(bodyBytes: Int = 16 << 20, connections: Int = 128, patience: Duration = .seconds(60)) {
            self.bodyBytes = bodyBytes
            self.connections = connections
            self.patience = patience
        }
    }

    /// - Parameters:
    ///   - body: the whole body of a request.
    ///   - accept: its `Accept`, in lower case; empty when there is none.
    package typealias Handler = @Sendable (_ body: [UInt8], _ accept: String) async -> Answer

    let path: String
    let token: String
    let limits: Limits
    let handle: Handler
    private let server: any Channel
    private let children: LoopbackConnections

    /// Binds to 127.0.0.1. Throws what the system says when that cannot be.
    package static func open(
        path: String, token: String, limits: Limits = Limits(), handle: @escaping Handler
    ) async throws -> LoopbackListener {
        let children = LoopbackConnections(limit: limits.connections)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                guard children.add(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    // Without help for pipelining: that stops reading during an answer, and a client that goes away would not be noticed.
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withPipeliningAssistance: false, withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        LoopbackHandler(path: path, token: token, limits: limits, handle: handle, connections: children))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return LoopbackListener(path: path, token: token, limits: limits, handle: handle, server: server, children: children)
    }

    private init(
        path: String, token: String, limits: Limits, handle: @escaping Handler, server: any Channel, children: LoopbackConnections
    ) {
        self.path = path
        self.token = token
        self.limits = limits
        self.handle = handle
        self.server = server
        self.children = children
    }

    package var port: Int { server.localAddress?.port ?? 0 }
    package var url: String { "http://127.0.0.1:\(port)\(path)" }

    /// Listens no more and cuts what is open; what is being answered is cancelled.
    package func close() async {
        // A channel that is closed already is what is wanted.
        try? await server.close()
        for channel in children.takeAll() { try? await channel.close() }
    }
}

/// The open connections of a listener.
final class LoopbackConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    func add(_ channel: any Channel) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.channels.count < limit else { return false }
            state.channels[ObjectIdentifier(channel)] = channel
            return true
        }
    }

    func remove(_ channel: any Channel) { state.withLock { $0.channels[ObjectIdentifier(channel)] = nil } }

    func takeAll() -> [any Channel] {
        state.withLock { state in
            state.isClosed = true
            defer { state.channels = [:] }
            return Array(state.channels.values)
        }
    }
}
