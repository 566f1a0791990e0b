import ApusBase

/// The proxies that the environment names: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, and `NO_PROXY` for what goes without one. Lower-case
/// names win over upper-case ones, as with curl; an empty value means none.
///
/// Loopback is never proxied: a proxy's own loopback is another machine. `NO_PROXY` is a list of hosts by commas or spaces, each with
/// an optional port; a host stands for itself and all names under it, `*` for everything. Ranges of addresses are not understood.
package struct ProxySettings: Hashable, Sendable {
    /// One proxy, reached without TLS.
    package struct Proxy: Hashable, Sendable {
        package enum Kind: Hashable, Sendable {
            case http, socks5
        }

        package var kind: Kind
        package var host: String
        package var port: Int
        package var user: String?
        package var password: String?

        /// How it is called in messages: without its credentials.
        var label: String { "\(host):\(port)" }
    }

    package enum Route: Hashable, Sendable {
        case direct
        case through(Proxy)
        /// The variable holds what we cannot use; a sentence without its credentials.
        case unusable(String)
    }

    private struct Exception: Hashable {
        var host: String
        var port: Int?
    }

    private var routes: [String: Route] = [:]
    private var exceptsEverything = false
    private var exceptions: [Exception] = []

    /// No proxy at all.
    package init() {}

    package init(environment: [String: String]) {
        func value(_ name: String) -> (name: String, text: String)? {
            for name in [name, name.uppercased()] {
                if let text = environment[name]?.trimmingSpaces, !text.isEmpty { return (name, text) }
            }
            return nil
        }
        for scheme in ["http", "https"] {
            guard let (name, text) = value("\(scheme)_proxy") ?? value("all_proxy") else { continue }
            routes[scheme] = Self.route(text, named: name)
        }
        for word in (value("no_proxy")?.text ?? "").split(whereSeparator: { $0 == "," || $0 == " " || $0 == "\t" }) {
            if word == "*" { exceptsEverything = true }
            let (host, port) = Self.hostAndPort(word.lowercased()[...])
            let name = host.hasPrefix("*.") ? host.dropFirst(2) : host.hasPrefix(".") ? host.dropFirst() : host
            if !name.isEmpty { exceptions.append(Exception(host: String(name), port: port)) }
        }
    }

    /// - Parameter host: a name or an address, IPv6 with or without brackets.
    package func route(scheme: String, host: String, port: Int) -> Route {
        guard let route = routes[scheme], !exceptsEverything else { return .direct }
        let name = Self.plain(host)
        if Self.isLoopback(name) || exceptions.contains(where: { Self.matches($0, name, port) }) { return .direct }
        return route
    }

    /// The proxy for addresses of a scheme, or why what a variable says cannot be used, without credentials; `nil` when there is none.
    package func summary(scheme: String) -> (label: String, isUsable: Bool)? {
        switch routes[scheme] {
        case .through(let proxy): (proxy.label, true)
        case .unusable(let sentence): (sentence, false)
        case .direct, nil: nil
        }
    }

    private static func matches(_ exception: Exception, _ name: String, _ port: Int) -> Bool {
        if let own = exception.port, own != port { return false }
        return name == exception.host || name.hasSuffix("." + exception.host)
    }

    private static func isLoopback(_ name: String) -> Bool {
        if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers.first == 127 && !numbers.contains(nil)
    }

    /// Lower case, without brackets and without the dot that ends a full name.
    private static func plain(_ host: String) -> String {
        var name = host.lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        if name.hasSuffix(".") { name.removeLast() }
        return name
    }

    // MARK: reading

    private static func route(_ text: String, named name: String) -> Route {
        var rest = text[...]
        var scheme = "http"
        if let mark = text.firstRange(of: "://") {
            scheme = text[..<mark.lowerBound].lowercased()
            rest = text[mark.upperBound...]
        }
        let kinds: [String: Proxy.Kind] = ["http": .http, "socks5": .socks5, "socks5h": .socks5]
        guard let kind = kinds[scheme] else {
            return .unusable("\(name) names a proxy of the kind \"\(scheme)\"; only http:// and socks5:// can be used")
        }
        rest = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        var user: String?
        var password: String?
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = credentials.first.map(\.resolvingPercentEscapes)
            password = credentials.count == 2 ? credentials[1].resolvingPercentEscapes : ""
            rest = rest[rest.index(after: at)...]
        }
        if kind == .socks5 && user != nil { return .unusable("\(name) gives a user name to a SOCKS proxy, which is not supported") }
        let (host, port) = hostAndPort(rest)
        if host.isEmpty { return .unusable("\(name) has no host; write it as http://host:port") }
        return .through(
            Proxy(kind: kind, host: plain(String(host)), port: port ?? (kind == .http ? 80 : 1080), user: user, password: password))
    }

    private static func hostAndPort(_ text: Substring) -> (host: Substring, port: Int?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let behind = text[text.index(after: end)...]
            return (text[text.index(after: text.startIndex)..<end], behind.hasPrefix(":") ? number(behind.dropFirst()) : nil)
        }
        // More than one colon is an address of IPv6 without brackets.
        guard let colon = text.firstIndex(of: ":"), colon == text.lastIndex(of: ":") else { return (text, nil) }
        return (text[..<colon], number(text[text.index(after: colon)...]))
    }

    private static func number(_ text: Substring) -> Int? { UInt16(text).flatMap { $0 > 0 ? Int($0) : nil } }
}
