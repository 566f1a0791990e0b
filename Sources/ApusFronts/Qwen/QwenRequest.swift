import ApusBase
import ApusCore

/// An admitted request, read.
struct QwenRequest: Sendable {
    var head: HTTPHead
    var route: QwenRoute
    /// Of the path, decoded.
    var parameters: [String]
    /// What is no object, and what is no JSON by its type, counts as empty (§1.4).
    var body: JSONObject
    var client: ClientIdentity

    static let bodyBytes = 10 << 20
    /// Names that a program in JavaScript would trip over.
    private static let poison: Set<String> = ["__proto__", "constructor", "prototype"]

    init(_ head: HTTPHead, _ route: QwenRoute, _ parameters: [String], _ body: HTTPBody, _ client: ClientIdentity) throws(QwenFailure) {
        self.head = head
        self.route = route
        self.parameters = parameters
        self.client = client
        self.body = try Self.read(body, head)
    }

    private static func read(_ body: HTTPBody, _ head: HTTPHead) throws(QwenFailure) -> JSONObject {
        let type = (head.value("content-type") ?? "").prefix { $0 != ";" }.trimmed.lowercased()
        if head.method == "GET" || head.method == "HEAD" || type != "application/json" { return [:] }
        switch body {
        case .tooLong: throw .bodyTooLarge
        case .bytes(let bytes):
            if bytes.allSatisfy({ $0 == 0x20 || 0x09...0x0D ~= $0 }) { return [:] }
            let value: JSONValue
            do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch { throw .badJSON }
            guard let object = value.objectValue else { return [:] }
            return JSONObject(object.filter { !poison.contains($0.key) }.map { ($0.key, $0.value) })
        }
    }

    /// The session that the path names.
    var session: SessionID { SessionID(parameters.first ?? "") }

    /// The value of a query member as it came; empty for one without.
    func query(_ name: String) -> String? {
        for member in (head.query ?? "").split(separator: "&") {
            let parts = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.first.map({ $0 == name }) ?? false { return parts.count > 1 ? String(parts[1]) : "" }
        }
        return nil
    }

    /// The id that a client was given earlier; throws for what can be none.
    func clientID() throws(QwenFailure) -> String? {
        guard let text = head.value("x-qwen-client-id") else { return nil }
        let isToken =
            (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        if !isToken { throw .malformedClient }
        return text
    }

    /// Only a plain number that JavaScript counts exactly is one (§3.1).
    var lastEventID: Int64? {
        guard let text = head.value("last-event-id"), !text.isEmpty, text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
            let number = Int64(text), number <= 9_007_199_254_740_991
        else { return nil }
        return number
    }

    static let usualQueue = 256

    /// Frames that may wait for a slow reader.
    func maximumQueued() throws(QwenFailure) -> Int {
        guard let text = query("maxQueued") else { return Self.usualQueue }
        if text.isEmpty || !text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }) {
            throw QwenFailure(400, "`maxQueued` must be a decimal integer", ["code": "invalid_max_queued"])
        }
        guard let number = Int(text), 16...2_048 ~= number else {
            throw QwenFailure(400, "`maxQueued` must be in [16, 2048]", ["code": "invalid_max_queued"])
        }
        return number
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
