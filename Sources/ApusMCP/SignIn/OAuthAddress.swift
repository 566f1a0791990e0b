#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An absolute `http` or `https` address, taken apart.
struct OAuthAddress: Hashable, Sendable {
    /// As it was given.
    let text: String
    let scheme: String
    /// In lower case; an address of IPv6 without its brackets.
    let host: String
    let port: Int?
    /// Begins with `/`, or is empty.
    let path: String
    let query: String?
    let hasFragment: Bool
    let hasUser: Bool

    init?(_ text: String) {
        guard text.utf8.count <= 4_096, !text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }), let parts = URLComponents(string: text),
            let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https", let host = parts.host, !host.isEmpty
        else { return nil }
        self.text = text
        self.scheme = scheme
        self.host = host.lowercased().trimmingBrackets
        port = parts.port
        path = parts.percentEncodedPath
        query = parts.percentEncodedQuery
        hasFragment = parts.fragment != nil
        hasUser = parts.user != nil || parts.password != nil
    }

    var origin: String {
        let shown = host.contains(":") ? "[\(host)]" : host
        let usual = scheme == "https" ? 443 : 80
        guard let port, port != usual else { return "\(scheme)://\(shown)" }
        return "\(scheme)://\(shown):\(port)"
    }

    /// This machine, by number or by the name that always means it.
    var isLoopback: Bool { OAuthHost.isLoopback(host) }

    /// Whether keys may travel there.
    var isSafe: Bool { !hasUser && (scheme == "https" || isLoopback) }

    /// Whether an address that a server named may be asked: a server elsewhere must not send us to this machine, into a private network,
    /// nor to where clouds keep the keys of their machines. Its own host is where we were sent by the configuration.
    func isAcceptable(from server: OAuthAddress) -> Bool {
        guard isSafe, !hasFragment else { return false }
        return server.isLoopback || host == server.host || OAuthHost.isPublic(host)
    }

    /// The address without query and fragment, and without a slash that says nothing.
    var canonical: String { origin + (path == "/" ? "" : path) }

    /// `text` with further members in its query.
    func adding(_ members: [(String, String)]) -> String {
        let form = OAuthForm.encode(members)
        return text + (query == nil ? "?" : query == "" ? "" : "&") + form
    }
}

extension String {
    fileprivate var trimmingBrackets: String { hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self }
}

/// `application/x-www-form-urlencoded`.
enum OAuthForm {
    static func encode(_ members: [(String, String)]) -> String {
        members.map { "\(encode($0.0))=\(encode($0.1))" }.joined(separator: "&")
    }

    static func encode(_ text: String) -> String {
        var encoded = ""
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: encoded.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                encoded += "%" + (digits.count == 1 ? "0" : "") + digits
            }
        }
        return encoded
    }

    /// The first value of each name. What is not encoded properly stays as it is.
    static func decode(_ text: some StringProtocol) -> [String: String] {
        var members: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(64) {
            let sign = pair.firstIndex(of: "=")
            let name = decoded(pair[..<(sign ?? pair.endIndex)])
            if members[name] == nil { members[name] = sign.map { decoded(pair[pair.index(after: $0)...]) } ?? "" }
        }
        return members
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                result.append(value)
                index += 3
            } else {
                result.append(bytes[index] == UInt8(ascii: "+") ? 0x20 : bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
