import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// A plain request through an HTTP proxy: sent to the proxy like to any server, but with the whole URL as its target (RFC 9112, 3.2.2).
enum ForwardedRequest {
    /// - Parameters:
    ///   - host, port: of the request's URL, the host without brackets.
    /// - Returns: the request with the proxy's address in its URL. Its `host` header names the server it is for; without it the whole
    ///   target could not be written, so it replaces one that was there.
    static func addressed(
        _ request: HTTPStream.Request, host: String, port: Int, to proxy: ProxySettings.Proxy
    ) -> HTTPStream.Request {
        var result = request
        let path = request.url.firstRange(of: "://").map { request.url[$0.upperBound...].drop { !"/?#".contains($0) } } ?? ""
        result.url = "http://\(bracketed(proxy.host)):\(proxy.port)\(path)"
        result.headers.removeAll { ["host", "proxy-authorization"].contains($0.0.lowercased()) }
        result.headers.append(("host", bracketed(host) + (port == 80 ? "" : ":\(port)")))
        if let user = proxy.user {
            let credentials = HTTPClient.Authorization.basic(username: user, password: proxy.password ?? "")
            result.headers.append(("proxy-authorization", credentials.headerValue))
        }
        return result
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host }

    /// Makes a new connection write whole targets. Called on its event loop before the first request.
    @Sendable static func prepare(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
            try pipeline.addHandler(WholeTarget(), position: .after(encoder))
        }
    }

    private final class WholeTarget: ChannelOutboundHandler {
        typealias OutboundIn = HTTPClientRequestPart
        typealias OutboundOut = HTTPClientRequestPart

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
                return context.write(data, promise: promise)
            }
            head.uri = "http://\(host)\(head.uri)"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        }
    }
}
