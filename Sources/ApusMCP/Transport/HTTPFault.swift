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
enum HTTPFault {
    static func fault(_ error: any Error, hasHead: Bool) -> MCPFault {
        if let fault = error as? MCPFault { return fault }
        if error is CancellationError { return .cancelled }
        if let known = error as? HTTPClientError {
            switch known {
            case .cancelled: return .cancelled
            case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout: return .unreachable("no connection in time")
            case .invalidURL, .emptyHost, .emptyScheme:
                return .unsupported("has an address that cannot be used")
            default: break
            }
        }
        let detail = sentence(of: error)
        return hasHead ? .lost(detail) : .unreachable(detail)
    }

    private static func sentence(of error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let last = error.connectionErrors.last { return sentence(of: last.error) }
            return "the name \(error.host) cannot be resolved"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError where error == .remoteConnectionClosed: return "the server closed the connection"
        default: return MCPFault.shown("\(error)")
        }
    }
}
