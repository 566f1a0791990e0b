import ApusBase

/// A message of the Model Context Protocol (JSON-RPC 2.0) on its way in.
enum MCPMessage: Hashable, Sendable {
    case result(id: JSONValue, JSONValue)
    case error(id: JSONValue, code: Int64, message: String)
    case request(id: JSONValue, method: String, params: JSONValue?)
    case notification(method: String, params: JSONValue?)

    /// `nil` for what is no message.
    init?(_ value: JSONValue) {
        if let method = value["method"]?.stringValue {
            if let id = value["id"], !id.isNull {
                self = .request(id: id, method: method, params: value["params"])
            } else {
                self = .notification(method: method, params: value["params"])
            }
        } else if let error = value["error"], !error.isNull {
            self = .error(
                id: value["id"] ?? .null, code: error["code"]?.integerValue ?? 0,
                message: MCPFault.shown(error["message"]?.stringValue ?? error.serialized()))
        } else if let result = value["result"], let id = value["id"] {
            self = .result(id: id, result)
        } else {
            return nil
        }
    }

    /// The messages of a document: one, or the several of a batch (revision 2025-03-26).
    static func all(in bytes: [UInt8], _ limits: MCPLimits) throws(MCPFault) -> [MCPMessage] {
        if JSONCount.exceeds(limits.messageValues, in: bytes) { throw .tooManyValues(limit: limits.messageValues) }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes, limits: limits.json)
        } catch {
            throw .malformed("what it sent is not JSON (\(error))")
        }
        let messages = (value.arrayValue ?? [value]).compactMap(MCPMessage.init)
        if messages.isEmpty { throw .malformed("it sent JSON that is no message of JSON-RPC") }
        return messages
    }

    /// The answer to our request `id`, when this is it.
    func answer(to id: Int64) -> Result<JSONValue, MCPFault>? {
        switch self {
        case .result(let answered, let result): answered.integerValue == id ? .success(result) : nil
        case .error(let answered, let code, let message):
            // Servers that could not read a request answer it with the id null.
            answered.integerValue == id || answered.isNull ? .failure(.answeredError(code: code, message: message)) : nil
        case .request, .notification: nil
        }
    }

    // MARK: On their way out

    static func notification(_ method: String, _ params: JSONValue? = nil) -> [UInt8] {
        var object: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        if let params { object["params"] = params }
        return JSONValue.object(object).serializedBytes()
    }

    /// What we say to a request of the server that nobody needs to be asked about: we live, and we do nothing else for it.
    static func answer(toRequest id: JSONValue, _ method: String) -> [UInt8] {
        if method == "ping" { return answer(toRequest: id, .object([:])) }
        return refusal(ofRequest: id, code: -32_601, "This client offers no such method")
    }

    static func answer(toRequest id: JSONValue, _ result: JSONValue) -> [UInt8] {
        (["jsonrpc": "2.0", "id": id, "result": result] as JSONValue).serializedBytes()
    }

    static func refusal(ofRequest id: JSONValue, code: Int64, _ message: String) -> [UInt8] {
        (["jsonrpc": "2.0", "id": id, "error": ["code": .integer(code), "message": .string(message)]] as JSONValue).serializedBytes()
    }
}

/// How many values a document holds, told without making any: small ones take thirty times their bytes.
enum JSONCount {
    static func exceeds(_ limit: Int, in bytes: [UInt8]) -> Bool {
        // No value takes less than two bytes with its comma.
        if bytes.count / 2 < limit { return false }
        var count = 1
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"): count += 1
            default: break
            }
        }
        return count > limit
    }
}

/// A request of ours.
struct MCPRequest: Hashable, Sendable {
    var id: Int64
    var method: String
    var params: JSONObject?
    /// The revision it is of, where every request says so for itself.
    var revision: String?

    var bytes: [UInt8] {
        var object: JSONObject = ["jsonrpc": "2.0", "id": .integer(id), "method": .string(method)]
        if let revision {
            var params = params ?? JSONObject()
            var meta = params["_meta"]?.objectValue ?? JSONObject()
            meta["io.modelcontextprotocol/protocolVersion"] = .string(revision)
            meta["io.modelcontextprotocol/clientInfo"] = Self.client
            meta["io.modelcontextprotocol/clientCapabilities"] = .object([:])
            params["_meta"] = .object(meta)
            object["params"] = .object(params)
        } else if let params {
            object["params"] = .object(params)
        }
        return JSONValue.object(object).serializedBytes()
    }

    /// What servers may ask of us. No roots: sessions in different folders share one connection. No sampling: models are not lent.
    static let capabilities: JSONValue = ["elicitation": .object([:])]

    /// Who we are, to servers.
    static let client: JSONValue = ["name": "apus", "version": "1"]
}

/// The revisions of the protocol.
enum MCPRevision {
    static let newest = "2025-11-25"
    /// Those that begin with a handshake.
    static let known = ["2024-11-05", "2025-03-26", "2025-06-18", newest]
    /// Without a handshake: every request says its revision.
    static let stateless = "2026-07-28"
}
