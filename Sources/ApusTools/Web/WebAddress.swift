/// Where a page is: a URL taken apart strictly, so that nobody behind us can read another host out of it than the one that was checked.
struct WebAddress: Hashable, Sendable {
    enum Scheme: String, Hashable, Sendable {
        case http, https

        var port: Int { self == .http ? 80 : 443 }
    }

    enum Host: Hashable, Sendable {
        case address(NetworkAddress)
        /// Lower case, letters, digits, `-` and `_` in labels, no dot at the end.
        case name(String)
    }

    var scheme: Scheme
    var host: Host
    var port: Int
    /// Begins with `/`; with the query, without the fragment. ASCII without spaces.
    var target: String

    static let maximumBytes = 8_192

    /// Why a text is no address to fetch from: a whole sentence.
    struct Fault: Error, Hashable, Sendable {
        var sentence: String
    }

    init(_ text: String) throws(Fault) {
        let shown = text.count <= 200 ? text : text.prefix(200) + "…"
        guard text.utf8.count <= Self.maximumBytes else {
            throw Fault(sentence: "The URL has \(text.utf8.count) bytes; \(Self.maximumBytes) are the limit.")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Fault(sentence: "The URL \"\(shown)\" holds a space or a control character; write it as %20 and the like.")
        }
        guard let mark = text.firstRange(of: "://"), let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
            throw Fault(sentence: "FetchUrl gets http:// and https:// URLs only; got \"\(shown)\".")
        }
        let rest = text[mark.upperBound...]
        // Some take a backslash for a slash, and so another host out of the same text.
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" && $0 != "\\" }
        if rest.dropFirst(authority.count).hasPrefix("\\") {
            throw Fault(sentence: "The URL \"\(shown)\" has a backslash where its path should begin.")
        }
        if authority.contains("@") {
            throw Fault(sentence: "The URL holds a user name or password before its host; such URLs are refused. Leave that part out.")
        }
        let (host, port) = try Self.hostAndPort(authority, in: shown)
        self.scheme = scheme
        self.host = try Self.host(host, in: shown)
        self.port = port ?? scheme.port
        target = Self.target(rest.dropFirst(authority.count))
    }

    /// The host as it stands in a URL.
    var hostText: String {
        switch host {
        case .address(.v4(let number)): NetworkAddress.v4(number).text
        case .address(let address): "[\(address.text)]"
        case .name(let name): name
        }
    }

    /// The URL again, in one plain spelling.
    var text: String { "\(scheme.rawValue)://\(hostText)\(port == scheme.port ? "" : ":\(port)")\(target)" }

    /// What an answer's `Location` means, seen from here (RFC 3986, 5.2).
    func following(_ location: String) throws(Fault) -> WebAddress {
        let location = String(location.prefix { $0 != "#" })
        if let colon = location.firstIndex(of: ":"), location[..<colon].utf8.allSatisfy(Self.isSchemeByte), !location[..<colon].isEmpty {
            return try WebAddress(location)
        }
        if location.hasPrefix("//") { return try WebAddress("\(scheme.rawValue):\(location)") }
        let base = "\(scheme.rawValue)://\(hostText):\(port)"
        if location.hasPrefix("/") { return try WebAddress(base + location) }
        let path = target.prefix { $0 != "?" }
        if location.isEmpty { return self }
        if location.hasPrefix("?") { return try WebAddress(base + path + location) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return try WebAddress(base + folder + location)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2B || byte == 0x2D
            || byte == 0x2E
    }

    private static func hostAndPort(_ authority: Substring, in shown: String) throws(Fault) -> (Substring, Int?) {
        var host = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw Fault(sentence: "The URL \"\(shown)\" has an open bracket in its host.")
            }
            host = authority[...end]
            let behind = authority[authority.index(after: end)...]
            guard behind.isEmpty || behind.hasPrefix(":") else {
                throw Fault(sentence: "The URL \"\(shown)\" has something between host and port.")
            }
            port = behind.isEmpty ? nil : behind.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard let port, !port.isEmpty else { return (host, nil) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(port), number > 0 else {
            throw Fault(sentence: "The URL \"\(shown)\" has no usable port: \"\(port)\".")
        }
        return (host, Int(number))
    }

    private static func host(_ text: Substring, in shown: String) throws(Fault) -> Host {
        if text.hasPrefix("[") {
            guard let address = NetworkAddress.v6(text.dropFirst().dropLast()) else {
                throw Fault(sentence: "The URL \"\(shown)\" has no IPv6 address in its brackets.")
            }
            return .address(address)
        }
        if let address = NetworkAddress.lenientV4(text) { return .address(address) }
        if NetworkAddress.endsInNumber(text) { throw Fault(sentence: "The host \"\(text)\" ends in a number and is no address.") }
        guard text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Fault(sentence: "The host \"\(text)\" holds letters beyond ASCII; write it in its xn-- form.")
        }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count)
                && label.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D || $0 == 0x5F }
        }
        guard isPlain, name.utf8.count <= 253 else { throw Fault(sentence: "The URL \"\(shown)\" has no usable host: \"\(text)\".") }
        return .name(name)
    }

    /// Escapes what may not stand in a request line, and nothing that is escaped already.
    private static func target(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        for byte in text.prefix(while: { $0 != "#" }).utf8 {
            if byte >= 0x80 || "\"<>\\^`{|}".utf8.contains(byte) {
                let hex = String(byte, radix: 16, uppercase: true)
                bytes += Array("%\(hex.count == 1 ? "0" : "")\(hex)".utf8)
            } else {
                bytes.append(byte)
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return withoutDots(text.hasPrefix("/") ? text : "/" + text)
    }

    /// RFC 3986, 5.2.4: `/a/./b/../c` is `/a/c`.
    private static func withoutDots(_ target: String) -> String {
        let path = target.prefix { $0 != "?" }
        guard path.contains("/.") else { return target }
        var segments: [Substring] = []
        let all = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in all.enumerated() {
            if segment == ".." { segments = segments.dropLast() } else if segment != "." { segments.append(segment) }
            if index == all.count - 1, segment == "." || segment == ".." { segments.append("") }
        }
        return "/" + segments.joined(separator: "/") + target.dropFirst(path.count)
    }
}

extension WebAddress {
    /// Why nothing may be fetched from this host, judged by its spelling alone; `nil` when only a resolver can tell, or nothing is wrong.
    var objection: String? {
        switch host {
        case .address(let address): address.objection
        case .name(let name): Self.objection(name)
        }
    }

    /// Names that mean this machine or its surroundings by convention, whatever a resolver says (RFC 6761, 6762, 8375, 9476).
    private static func objection(_ name: String) -> String? {
        let labels = name.split(separator: ".")
        guard let last = labels.last else { return "no name" }
        if last == "localhost" || name == "localhost.localdomain" || name == "ip6-localhost" || name == "ip6-loopback" {
            return "a name of this machine"
        }
        if ["local", "internal", "intranet", "lan", "home", "corp", "private", "localdomain", "onion", "invalid"].contains(last)
            || name.hasSuffix(".home.arpa")
        {
            return "a name of a private network"
        }
        if labels.count == 1 { return "a name without a domain, which only a private network knows" }
        return nil
    }
}
