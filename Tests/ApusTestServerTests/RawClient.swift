import ApusBase
import NIOCore
import NIOPosix
import Testing

/// Bytes out, bytes in: knows nothing of HTTP, so that the server cannot be flattered.
struct RawClient {
    let channel: any Channel
    private let chunks: AsyncThrowingStream<[UInt8], any Error>

    /// Also ends when the peer resets: then it throws.
    static func withConnection<Result>(to port: Int, _ body: (RawClient) async throws -> Result) async throws -> Result {
        let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream(bufferingPolicy: .bufferingNewest(100_000))
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Collector(continuation))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .get()
        do {
            let result = try await body(RawClient(channel: channel, chunks: chunks))
            try? await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text))
    }

    /// Everything until the server closes.
    func rest() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in chunks { bytes += chunk }
        return bytes
    }

    /// Everything until `text` has come.
    func bytes(upTo text: String) async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in chunks {
            bytes += chunk
            if String(decoding: bytes, as: UTF8.self).contains(text) { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation

        init(_ continuation: AsyncThrowingStream<[UInt8], any Error>.Continuation) { self.continuation = continuation }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            continuation.yield(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            continuation.finish(throwing: error)
            context.close(promise: nil)
        }
    }
}

/// A response taken apart: the parts of a chunked body are kept apart.
struct RawResponse: Equatable {
    var status: Int
    var headers: [String: String]
    var chunks: [String]
    /// Whether the body came to its end by the rules of HTTP.
    var isWhole: Bool

    var body: String { chunks.joined() }

    /// The data of every server-sent event.
    var data: [String] {
        body.split(separator: "\n", omittingEmptySubsequences: true).filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
    }

    var json: JSONValue { get throws { try JSONValue(parsing: body) } }

    init(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        let end = try #require(text.firstRange(of: "\r\n\r\n"), "no head in \(text)")
        let lines = text[..<end.lowerBound].split(separator: "\r\n")
        status = try #require(Int(lines[0].split(separator: " ")[1]))
        headers = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ": ", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1])
        }
        var rest = text.utf8[end.upperBound...]
        chunks = []
        isWhole = false
        guard headers["transfer-encoding"] == "chunked" else {
            chunks = [String(rest) ?? ""]
            isWhole = headers["content-length"] == "\(rest.count)"
            return
        }
        while let line = rest.firstIndex(of: UInt8(ascii: "\r")) {
            let size = try #require(Int(String(rest[..<line]) ?? "", radix: 16))
            rest = rest[rest.index(line, offsetBy: 2)...]
            if size == 0 {
                isWhole = true
                return
            }
            chunks.append(String(decoding: rest.prefix(size), as: UTF8.self))
            rest = rest.dropFirst(size + 2)
        }
    }
}

/// One request on a connection of its own.
func exchange(_ port: Int, _ path: String, _ body: JSONValue = [:], method: String = "POST", headers: String = "") async throws
    -> RawResponse
{
    try RawResponse(try await exchangeBytes(port, path, body, method: method, headers: headers))
}

func exchangeBytes(
    _ port: Int, _ path: String, _ body: JSONValue = [:], method: String = "POST", headers: String = ""
) async throws -> [UInt8] {
    try await RawClient.withConnection(to: port) { client in
        try await client.send(requestText(path, body, method: method, headers: "connection: close\r\n\(headers)"))
        return try await client.rest()
    }
}

func requestText(_ path: String, _ body: JSONValue, method: String = "POST", headers: String = "") -> String {
    let text = body.serialized()
    return "\(method) \(path) HTTP/1.1\r\nhost: localhost\r\n\(headers)content-length: \(text.utf8.count)\r\n\r\n\(text)"
}
