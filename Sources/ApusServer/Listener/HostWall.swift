/// Names under which a listener may be asked for (threat S7) and pages that may ask (S2): none but its own.
///
/// A page in a browser can send requests to this machine, and can give its own name this machine's address. What it cannot do is to
/// choose `Host` and `Origin` freely; so they are looked at before anything else, with every request and upgrade.
package struct HostWall: Hashable, Sendable {
    /// Normal forms.
    private var names: Set<String>
    /// Whether the listener's own pages would be asked for by `https`.
    private var isSecure: Bool

    package init(boundTo host: String, allowing others: [String] = [], isSecure: Bool = false) {
        names = ["localhost", "127.0.0.1", "::1"]
        for name in [host] + others {
            // A name that is none can be asked for by nobody.
            if let normal = Authority.normalHost(name) { names.insert(normal) }
        }
        // All addresses is no address that a client could name.
        names.subtract(["0.0.0.0", "::"])
        self.isSecure = isSecure
    }

    package enum Verdict: Hashable, Sendable {
        case pass
        /// No `Host`, or several, or one that is no authority at all.
        case malformed
        /// 421: a request for somebody else.
        case misdirected
        /// 403: a page's request.
        case foreignOrigin
    }

    /// - Parameters:
    ///   - hosts: every `Host` header.
    ///   - origins: every `Origin` header.
    package func judge(hosts: [String], origins: [String]) -> Verdict {
        // Pages first: what they are told must not depend on the name they guessed.
        guard let host = hosts.first, hosts.count == 1, let authority = Authority(host) else {
            return origins.isEmpty ? .malformed : .foreignOrigin
        }
        let isOurs = names.contains(authority.host)
        for origin in origins where !isOurs || !isOwn(origin, at: authority) { return .foreignOrigin }
        return isOurs ? .pass : .misdirected
    }

    /// Only a page of this very listener, of which there are none: scheme, name and port are the same.
    private func isOwn(_ origin: String, at authority: Authority) -> Bool {
        let scheme = isSecure ? "https://" : "http://"
        guard origin.lowercased().hasPrefix(scheme), let other = Authority(String(origin.dropFirst(scheme.count))) else { return false }
        let usual = isSecure ? 443 : 80
        return other.host == authority.host && other.port ?? usual == authority.port ?? usual
    }
}

/// `host[:port]` of a `Host` header.
struct Authority: Hashable, Sendable {
    /// Lower case, without brackets and without the dot of the root.
    var host: String
    var port: Int?

    init?(_ text: String) {
        var rest = Substring(text)
        let host: Substring
        if rest.first == "[" {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            host = rest[...end]
            rest = rest[rest.index(after: end)...]
        } else {
            host = rest.prefix { $0 != ":" }
            rest = rest[host.endIndex...]
        }
        if !rest.isEmpty {
            guard rest.first == ":" else { return nil }
            let digits = rest.dropFirst()
            // "host:" means the scheme's own port.
            guard digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), digits.utf8.count <= 5 else { return nil }
            if let number = Int(digits) {
                guard number <= 65_535 else { return nil }
                port = number
            }
        }
        guard let normal = Self.normalHost(String(host)) else { return nil }
        self.host = normal
    }

    /// `nil` for what cannot be a name or an address.
    static func normalHost(_ text: String) -> String? {
        var host = text.lowercased()
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.hasSuffix(".") {
            host.removeLast()
        }
        let allowed = host.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
            default: false
            }
        }
        guard allowed, !host.isEmpty, !host.hasPrefix("."), !host.hasSuffix("."), host.utf8.count <= 253 else { return nil }
        return host == "0:0:0:0:0:0:0:1" ? "::1" : host
    }
}
