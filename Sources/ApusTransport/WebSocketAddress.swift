/// Where a WebSocket is, and what is asked for there. Path and query go out as they were given.
package struct WebSocketAddress: Hashable, Sendable {
    package let url: String
    package let host: String
    package let port: Int
    package let isSecure: Bool
    /// Path and query: what stands in the request.
    package let target: String
    /// What the `Host` header says.
    package let authority: String

    package init(_ url: String) throws(TransportError) {
        if url.isEmpty { throw .missingURL }
        self.url = url
        guard let colon = url.firstRange(of: "://") else { throw .invalidURL(url, why: "has no scheme; write ws:// or wss://") }
        switch url[..<colon.lowerBound].lowercased() {
        case "ws": isSecure = false
        case "wss": isSecure = true
        default: throw .invalidURL(url, why: "must begin with ws:// or wss://")
        }
        let rest = url[colon.upperBound...].prefix { $0 != "#" }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<end]
        let path = String(rest[end...])
        target = path.isEmpty ? "/" : path.hasPrefix("?") ? "/" + path : path
        if target.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { throw .invalidURL(url, why: "has a space or a control character") }
        if authority.contains("@") { throw .invalidURL(url, why: "has a user in it; the key goes in the options") }
        let (name, digits) = WebSocketAddress.split(authority)
        guard let name, !name.isEmpty else { throw .invalidURL(url, why: "has no host") }
        host = name
        if let digits {
            guard let number = Int(digits), (1...65_535).contains(number) else {
                throw .invalidURL(url, why: "has a port that is none; 1 to 65535")
            }
            port = number
        } else {
            port = isSecure ? 443 : 80
        }
        self.authority = String(authority)
    }

    private static func split(_ authority: Substring) -> (host: String?, port: Substring?) {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return (nil, nil) }
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            let rest = authority[authority.index(after: end)...]
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : (nil, nil)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (String(authority), nil) }
        return (String(authority[..<colon]), authority[authority.index(after: colon)...])
    }
}
