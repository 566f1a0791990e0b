import ApusBase
import ApusCore

/// An admitted request, read.
struct OptaRequest: Sendable {
    var head: HTTPHead
    var route: OptaRoute
    /// Of the path, decoded, in the order of the pattern.
    var parameters: [String]
    /// The first value of each name, decoded.
    var query: [String: String]
    /// What came, by its content type: an object, another JSON value, or the string that a text body is (§2.1). Nothing at all counts as
    /// an empty object.
    var body: JSONValue
    var client: ClientIdentity

    static let bodyBytes = 10 << 20

    init(_ head: HTTPHead, _ route: OptaRoute, _ parameters: [String], _ body: HTTPBody, _ client: ClientIdentity) throws(OptaFailure) {
        self.head = head
        self.route = route
        self.parameters = parameters
        self.client = client
        query = Self.query(head.query)
        self.body = try Self.read(body, head)
    }

    /// The session that the path names.
    func session() throws(OptaFailure) -> SessionID {
        guard let id = parameters.first, !id.isEmpty else { throw .badSessionID }
        return SessionID(id)
    }

    /// What cannot be decoded is taken as it stands.
    static func query(_ text: String?) -> [String: String] {
        var members: [String: String] = [:]
        for member in (text ?? "").split(separator: "&") {
            let halves = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = percentDecoded(halves[0], plusIsSpace: true) ?? String(halves[0])
            let value = halves.count > 1 ? percentDecoded(halves[1], plusIsSpace: true) ?? String(halves[1]) : ""
            if members[name] == nil { members[name] = value }
        }
        return members
    }

    private static func read(_ body: HTTPBody, _ head: HTTPHead) throws(OptaFailure) -> JSONValue {
        if ["GET", "HEAD", "DELETE"].contains(head.method) { return [:] }
        guard case .bytes(let bytes) = body else { throw .bodyTooLarge }
        guard let field = head.value("content-type") else {
            if bytes.isEmpty { return [:] }
            throw .mediaType("")
        }
        let type = field.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
        switch type {
        case "application/json":
            if bytes.isEmpty { throw .emptyBody }
            let value: JSONValue
            do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch { throw .badJSON }
            if isPoisoned(value) { throw .badJSON }
            return value
        case "text/plain": return .string(String(decoding: bytes, as: UTF8.self))
        default: throw .mediaType(field)
        }
    }

    /// Names that would change what a program in JavaScript takes an object for: they count as no JSON. The parser bounds the depth.
    static func isPoisoned(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object):
            object.contains { key, value in
                key == "__proto__" || (key == "constructor" && value["prototype"] != nil) || isPoisoned(value)
            }
        case .array(let elements): elements.contains(where: isPoisoned)
        case .null, .bool, .integer, .double, .string: false
        }
    }
}
