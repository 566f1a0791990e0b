/// Why a transport does not carry messages. The texts are those of the droid protocol's own clients (`droid.md` §2.3).
package enum TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    case missingURL
    case invalidURL(String, why: String)
    case alreadyConnected
    case notConnected
    case connectFailed(String)
    /// A server of HTTP is there, and speaks no WebSocket to us: its status line.
    case switchRefused(status: String)
    case connectTimeout(milliseconds: Int64, url: String)
    case closedBeforeOpening(code: Int, reason: String)
    /// A connection that stood is gone; 1006 when nobody said good-bye.
    case closed(code: Int, reason: String)
    case sendFailed(String)
    case programNotStarted(String, why: String)
    /// A child process ended, with a code or by a signal.
    case exited(code: Int32?, signal: Int32?, standardError: String)
    case messageTooLong(limit: Int)

    package var description: String {
        switch self {
        case .missingURL: "WebSocket URL is required"
        case .invalidURL(let url, let why): "WebSocket connection failed: \"\(url)\" \(why)"
        case .alreadyConnected: "Transport already connected"
        case .notConnected: "WebSocket transport not connected"
        case .connectFailed(let why): "WebSocket connection failed: \(why)"
        case .switchRefused(let status):
            "WebSocket connection failed: the server answered \(status) and did not switch to WebSocket"
        case .connectTimeout(let milliseconds, let url): "WebSocket connection timeout after \(milliseconds)ms: \(url)"
        case .closedBeforeOpening(let code, let reason): "WebSocket closed before opening (code: \(code), reason: \(reason))"
        case .closed(let code, let reason): "WebSocket closed (code: \(code), reason: \(reason))"
        case .sendFailed(let why): "Failed to send WebSocket message: \(why)"
        case .programNotStarted(let program, let why): "Failed to start \"\(program)\": \(why)"
        case .exited(let code, let signal, _):
            if let signal { "the process was ended by signal \(signal)" } else { "the process exited with code \(code ?? 0)" }
        case .messageTooLong(let limit): "a message is longer than the limit of \(limit) bytes"
        }
    }
}
