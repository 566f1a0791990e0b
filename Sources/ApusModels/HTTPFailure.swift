import AsyncHTTPClient
import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Puts the client library's many errors into our few.
enum HTTPFailure {
    /// - Parameter proxy: the proxy the request went through, for the sentence.
    static func classify(_ error: any Error, hasHead: Bool, connectLimit: Duration, proxy: String?) -> HTTPStreamError {
        if let known = error as? HTTPClientError {
            switch known {
            case .cancelled: return .cancelled
            case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout, .socksHandshakeTimeout, .httpProxyHandshakeTimeout:
                return .timeout(.connect, connectLimit)
            case .proxyAuthenticationRequired: return .proxyCredentials(proxy ?? "in between")
            default: break
            }
        }
        let detail = sentence(of: error)
        return hasHead ? .cut(detail) : .unreachable(detail + (proxy.map { ", through the proxy \($0)" } ?? ""))
    }

    private static func sentence(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let last = error.connectionErrors.last { return sentence(of: last.error) }
            return "the name \(error.host) cannot be resolved"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError where error == .remoteConnectionClosed: return "the server closed the connection"
        case let error as HTTPClientError where error == .invalidProxyResponse: return "the proxy refused the connection"
        default: return String("\(error)".prefix(300))
        }
    }
}
