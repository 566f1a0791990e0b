import NIOCore
import NIOPosix
import Synchronization

@testable import ApusTools

/// A server on a loopback port that answers each path with bytes as given, and closes.
final class PageServer: Sendable {
    private let pages: [String: String]
    private let seen = Mutex<[String]>([])
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ pages: [String: String]) { self.pages = pages }

    /// A path without a page is answered by silence, and a CONNECT as if this were a proxy in front of itself.
    static func with<Value>(_ pages: [String: String], _ body: (PageServer) async throws -> Value) async throws -> Value {
        let server = PageServer(pages)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(server)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            // The failure that matters is the body's.
            try? await channel.close()
            throw error
        }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    /// Heads of requests in the order they came.
    var requests: [String] { seen.withLock { $0 } }

    static func page(_ body: String, type: String = "text/plain", status: String = "200 OK", headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    static func redirect(_ location: String) -> String { "HTTP/1.1 302 Found\r\nLocation: \(location)\r\nContent-Length: 0\r\n\r\n" }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: PageServer
        private var head = ""

        init(_ server: PageServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            head += String(buffer: unwrapInboundIn(data))
            guard head.contains("\r\n\r\n") else { return }
            let request = head
            head = ""
            server.seen.withLock { $0.append(request) }
            if request.hasPrefix("CONNECT ") {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n")), promise: nil)
                return
            }
            let target = request.split(separator: " ").dropFirst().first.map(String.init) ?? ""
            guard let page = server.pages[target] else { return }
            let port = server.port
            let bytes = context.channel.allocator.buffer(string: page.replacing("PORT", with: "\(port)"))
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(bytes)).whenComplete { _ in channel.close(promise: nil) }
        }
    }
}

/// A name server by table; counts its questions.
final class TableResolver: HostResolver {
    private let table: [String: [NetworkAddress]]
    private let asked = Mutex<[String]>([])

    init(_ table: [String: [NetworkAddress]]) { self.table = table }

    var questions: [String] { asked.withLock { $0 } }

    func addresses(of name: String) async throws(HostResolverFault) -> [NetworkAddress] {
        asked.withLock { $0.append(name) }
        guard let found = table[name] else { throw .unknown("no such name") }
        return found
    }
}
