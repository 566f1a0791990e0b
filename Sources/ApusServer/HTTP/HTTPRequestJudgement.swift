import ApusFronts
import NIOCore
import NIOHTTP1

/// What a listener makes of a head: a request for its service, or one that is none by HTTP's own rules.
enum HTTPRequestJudgement {
    case request(HTTPHead)
    case refuse(HTTPResponseStatus, String)

    init(_ head: HTTPRequestHead, peer: String, localPort: Int) {
        let headers = head.headers
        if head.version.minor >= 1, headers["host"].count != 1 {
            self = .refuse(.badRequest, "A request needs one Host header.")
            return
        }
        // Whoever sends this with HTTP/1.0 counts on a reader that takes it for something else (RFC 9112 §6.1).
        if head.version.minor == 0, headers.contains(name: "transfer-encoding") {
            self = .refuse(.badRequest, "HTTP/1.0 has no Transfer-Encoding.")
            return
        }
        if headers["expect"].contains(where: { $0.lowercased() != "100-continue" }) {
            self = .refuse(.expectationFailed, "The only expectation here is 100-continue.")
            return
        }
        var fields = headers.map { (name: $0.name.lowercased(), value: Self.trimmed($0.value)) }
        var target = Substring(head.uri)
        if head.method == .CONNECT {
            self = .refuse(.notImplemented, "This is no proxy.")
            return
        }
        if !target.hasPrefix("/"), target != "*" {
            // The absolute form (RFC 9112 §3.2.2): its authority counts, whatever Host says.
            guard let scheme = target.firstRange(of: "://"), ["http", "https"].contains(target[..<scheme.lowerBound].lowercased()) else {
                self = .refuse(.badRequest, "The request's target is no path.")
                return
            }
            let rest = target[scheme.upperBound...]
            let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
            fields.removeAll { $0.name == "host" }
            fields.append(("host", String(rest[..<end])))
            target = rest[end...]
            if !target.hasPrefix("/") { target = "/" + target }
        }
        let mark = target.firstIndex(of: "?")
        self = .request(
            HTTPHead(
                method: head.method.rawValue, path: String(target[..<(mark ?? target.endIndex)]),
                query: mark.map { String(target[target.index(after: $0)...]) }, fields: fields, peer: peer, localPort: localPort))
    }

    /// White space around a value is none of it (RFC 9110 §5.5).
    private static func trimmed(_ value: String) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let bytes = value.utf8
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) }) else { return "" }
        return first == bytes.startIndex && bytes.index(after: last) == bytes.endIndex ? value : String(value[first...last])
    }
}
