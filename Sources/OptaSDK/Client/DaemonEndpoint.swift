import ApusTransport
import Synchronization

/// Where a daemon is, and what opens it. The token stands in no description.
struct DaemonAccess: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    var host: String
    var port: Int
    var token: String
    /// `nil` is without TLS.
    var tls: ServerTrust?

    init(host: String, port: Int, token: String, tls: ServerTrust? = nil) {
        let name = host.trimmed
        // An address to listen on is none to dial.
        switch name {
        case "0.0.0.0", "": self.host = "127.0.0.1"
        case "::", "[::]": self.host = "::1"
        default: self.host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
        }
        self.port = port
        self.token = token.trimmed
        self.tls = tls
    }

    /// For HTTP.
    var httpURL: String { (tls == nil ? "http://" : "https://") + authority }
    /// For WebSockets.
    var webSocketURL: String { (tls == nil ? "ws://" : "wss://") + authority }

    /// As in a URL.
    var authority: String { (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }
    var description: String { authority }
    var debugDescription: String { authority }
    var customMirror: Mirror { Mirror(self, children: ["authority": authority]) }

    /// Why it cannot be dialled: a host with a path or a user in it would take the token elsewhere.
    var problem: String? {
        let isPlain = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: ".-_:%".utf8.contains(byte)
            }
        }
        if !isPlain { return "\"\(host)\" is no name of a host" }
        return (1...65_535).contains(port) ? nil : "\(port) is no port; 1 to 65535"
    }
}

/// The access that all calls and sockets of a client share; with a state file it follows the daemon through restarts.
final class DaemonEndpoint: Sendable {
    private let state: Mutex<DaemonAccess>
    private let reload: (@Sendable () throws -> DaemonAccess)?

    init(_ access: DaemonAccess, reload: (@Sendable () throws -> DaemonAccess)? = nil) {
        state = Mutex(access)
        self.reload = reload
    }

    var current: DaemonAccess { state.withLock { $0 } }

    /// Looks whether the daemon noted itself anew since `used` was taken.
    ///
    /// - Returns: Whether there is something else to try.
    func refresh(after used: DaemonAccess) -> Bool {
        // A file that is away or torn says nothing new; the next try reads it again.
        if let reload, let fresh = try? reload() { state.withLock { $0 = fresh } }
        return current != used
    }
}

extension String {
    /// Without the white space around it.
    var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
