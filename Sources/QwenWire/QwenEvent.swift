package import ApusBase

/// One event of a session's stream, in the envelope of the protocol (`qwen-serve.md` §3.2).
package struct QwenEvent: Hashable, Sendable {
    /// The only version there is.
    package static let version = 1
    /// What JavaScript counts exactly, 2^53 − 1.
    package static let maximumID: Int64 = 9_007_199_254_740_991

    /// At least 1; `nil` on frames that are made for one subscriber.
    package var id: Int64?
    package var type: String
    package var data: JSONValue
    /// The client whose doing this is.
    package var originatorClientId: String?

    package init(id: Int64? = nil, type: String, data: JSONValue, originatorClientId: String? = nil) {
        self.id = id
        self.type = type
        self.data = data
        self.originatorClientId = originatorClientId
    }

    /// Reads the envelope as clients do (§5.3): `nil` for what they skip.
    package init?(_ json: JSONValue) {
        guard case .object = json, json["v"]?.integerValue == Int64(Self.version), let type = json["type"]?.stringValue else { return nil }
        var id: Int64?
        if let given = json["id"] {
            guard let number = given.integerValue, 1...Self.maximumID ~= number else { return nil }
            id = number
        }
        self.init(id: id, type: type, data: json["data"] ?? .null, originatorClientId: json["originatorClientId"]?.stringValue)
    }

    package var json: JSONValue {
        var object = JSONObject()
        if let id { object["id"] = .integer(id) }
        object["v"] = .integer(Int64(Self.version))
        object["type"] = .string(type)
        object["data"] = data
        if let originatorClientId { object["originatorClientId"] = .string(originatorClientId) }
        return .object(object)
    }
}
