import ApusCore
import Crypto

/// Who may call an HTTP listener, beyond the token of its own protocol.
package enum ListenerAccess: Sendable {
    /// The keys of the daemon, each with its scopes.
    case keys(any Credentials)
    case noKeys
}

extension ListenerAccess {
    /// Whoever has the listener's own token. No key can have a name with brackets.
    static let tokenHolder = ClientIdentity(name: "(token)", scopes: Set(ClientScope.allCases))

    /// One with a name that stands for no key could not be taken back; `apus keys` makes none.
    func client(for secret: String) async -> ClientIdentity? {
        guard case .keys(let credentials) = self, let client = await credentials.client(for: secret), !isReserved(client.name) else {
            return nil
        }
        return client
    }

    private func isReserved(_ name: String) -> Bool { name.hasPrefix("(") }

    /// Returns when the key behind a client is taken back; `nil` for clients that have none.
    func revocation(of client: ClientIdentity) -> (@Sendable () async -> Void)? {
        guard case .keys(let credentials) = self, !isReserved(client.name) else { return nil }
        return { await credentials.revocation(of: client.name) }
    }

    /// The secret of the one `Authorization` field: its scheme in any case, one space, and perhaps more blanks before the credential.
    static func bearer(_ fields: [String]) -> String? {
        guard fields.count == 1, let field = fields.first, let space = field.firstIndex(of: " "),
            field[..<space].lowercased() == "bearer"
        else { return nil }
        var secret = field[field.index(after: space)...].drop { $0 == " " || $0 == "\t" }
        while secret.last == " " || secret.last == "\t" { secret.removeLast() }
        return secret.isEmpty ? nil : String(secret)
    }
}

/// The token of one listener.
struct ListenerToken: Sendable {
    private let digest: SHA256Digest

    init(_ token: String) { digest = SHA256.hash(data: Array(token.utf8)) }

    /// Digests are compared, so that the time tells nothing about the token.
    func matches(_ secret: String) -> Bool { digest == SHA256.hash(data: Array(secret.utf8)) }
}

/// A page that gave its own name the address of this machine is found out by the `Host` that its browser sends.
enum HostWall {
    /// One `Host`, and one of the names, with the port that was called.
    ///
    /// - Parameter port: `nil` for any: who comes through a tunnel names its other end, and a page cannot choose what its browser sends.
    static func admits(_ hosts: [String], names: [String], port: Int?) -> Bool {
        guard hosts.count == 1, let host = hosts.first?.lowercased() else { return false }
        return names.contains { name in
            let name = name.lowercased()
            guard let port else { return host == name || host.hasPrefix("\(name):") && UInt16(host.dropFirst(name.utf8.count + 1)) != nil }
            return host == "\(name):\(port)" || (port == 80 && host == name)
        }
    }
}
