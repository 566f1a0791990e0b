import ApusBase
import ApusCore

/// An answer that is no success (`opta-v3.md` §2.2).
struct OptaFailure: Error, Sendable {
    var status: Int
    /// `nil` for the one refusal without a body.
    var body: JSONObject?

    init(_ status: Int, _ body: JSONObject?) {
        self.status = status
        self.body = body
    }

    init(_ status: Int, _ error: String) { self.init(status, ["error": .string(error)]) }

    var answer: HTTPAnswer { body.map { .json(status, .object($0)) } ?? HTTPAnswer(status) }
    /// The sentence of those that have one.
    var sentence: String { body?["error"]?.stringValue ?? "" }

    // MARK: Walls

    static let unauthorized = OptaFailure(401, "Unauthorized")
    static let foreignOrigin = OptaFailure(403, "Origin not allowed")
    static let foreignHost = OptaFailure(403, "Host not allowed")

    static func lacksScope(_ client: ClientIdentity, _ scope: ClientScope) -> OptaFailure {
        OptaFailure(403, "\"\(client.name)\" may not do this: it needs the scope \(scope.rawValue)")
    }

    static func noRoute(_ head: HTTPHead) -> OptaFailure {
        let path = String(escapedForDisplay(head.path, keepingNewlines: false).prefix(200))
        return OptaFailure(
            404, ["message": .string("Route \(head.method):\(path) not found"), "error": "Not Found", "statusCode": 404])
    }

    /// The socket's path, asked for without an upgrade.
    static let noUpgrade = OptaFailure(404, nil)

    static func undecodable(_ path: String) -> OptaFailure {
        .framework(400, "Bad Request", "FST_ERR_BAD_URL", "'\(path.prefix(200))' is not a valid url component")
    }

    // MARK: Bodies

    static let emptyBody = framework(
        400, "Bad Request", "FST_ERR_CTP_EMPTY_JSON_BODY", "Body cannot be empty when content-type is set to 'application/json'")
    static let badJSON = framework(
        400, "Bad Request", "FST_ERR_CTP_INVALID_JSON_BODY", "Body is not valid JSON but content-type is set to 'application/json'")
    static let bodyTooLarge = framework(413, "Payload Too Large", "FST_ERR_CTP_BODY_TOO_LARGE", "Request body is too large")

    static func mediaType(_ type: String) -> OptaFailure {
        framework(415, "Unsupported Media Type", "FST_ERR_CTP_INVALID_MEDIA_TYPE", "Unsupported Media Type: \(type.prefix(200))")
    }

    private static func framework(_ status: Int, _ error: String, _ code: String, _ message: String) -> OptaFailure {
        OptaFailure(
            status,
            [
                "statusCode": .integer(Int64(status)), "code": .string(code), "error": .string(error), "message": .string(message),
            ])
    }

    /// - Parameter error: the words of the route: "Invalid request body", "Invalid body", "Invalid query".
    static func invalid(_ error: String = "Invalid request body", _ issues: [OptaIssue]) -> OptaFailure {
        OptaFailure(400, ["error": .string(error), "details": .array(issues.map(\.json))])
    }

    // MARK: Sessions

    static let noSession = OptaFailure(404, "Session not found")
    static func noSession(_ id: String) -> OptaFailure { OptaFailure(404, "Session not found: \(id)") }
    static let badSessionID = OptaFailure(400, "Invalid session id")
    static let isStale = OptaFailure(409, "Session state conflict: context has been modified since last seen")
}

/// One fault of a body or a query: the parts of it that clients read (§2.2).
struct OptaIssue: Hashable, Sendable {
    enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
    }

    var code: String
    var path: [Step]
    var message: String
    var more: JSONObject = [:]

    var json: JSONValue {
        var object: JSONObject = [
            "code": .string(code),
            "path": .array(
                path.map { step in
                    switch step {
                    case .key(let key): .string(key)
                    case .index(let index): .integer(Int64(index))
                    }
                }), "message": .string(message),
        ]
        for (key, value) in more { object[key] = value }
        return .object(object)
    }

    static func missing(_ key: String, _ expected: String) -> OptaIssue {
        OptaIssue(
            code: "invalid_type", path: [.key(key)], message: "Required",
            more: ["expected": .string(expected), "received": "undefined"])
    }

    static func wrongType(_ path: [Step], _ expected: String, _ value: JSONValue) -> OptaIssue {
        let received = typeName(value)
        return OptaIssue(
            code: "invalid_type", path: path, message: "Expected \(expected), received \(received)",
            more: ["expected": .string(expected), "received": .string(received)])
    }

    /// Something that its kind alone does not rule out.
    static func custom(_ path: [Step], _ message: String) -> OptaIssue { OptaIssue(code: "custom", path: path, message: message) }

    static func tooShort(_ path: [Step]) -> OptaIssue {
        OptaIssue(
            code: "too_small", path: path, message: "String must contain at least 1 character(s)",
            more: ["minimum": 1, "type": "string", "inclusive": true, "exact": false])
    }

    /// Bounds are of bytes, which is what they protect.
    static func tooLong(_ path: [Step], _ limit: Int) -> OptaIssue {
        OptaIssue(
            code: "too_big", path: path, message: "String must contain at most \(limit) byte(s)",
            more: ["maximum": .integer(Int64(limit)), "type": "string", "inclusive": true, "exact": false])
    }

    static func notAmong(_ path: [Step], _ options: [String], _ value: String) -> OptaIssue {
        let list = options.map { "'\($0)'" }.joined(separator: " | ")
        return OptaIssue(
            code: "invalid_enum_value", path: path, message: "Invalid enum value. Expected \(list), received '\(value)'",
            more: ["received": .string(value), "options": .array(options.map { .string($0) })])
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "boolean"
        case .integer, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
