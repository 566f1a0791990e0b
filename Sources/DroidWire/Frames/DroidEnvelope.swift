import ApusBase

/// The members of a frame, on their way to be one of the three kinds.
struct DroidEnvelope {
    private let object: JSONObject
    private let reading: DroidReading

    init(_ object: JSONObject, _ reading: DroidReading) {
        self.object = object
        self.reading = reading
    }

    enum Kind: String { case request, response, notification }

    var stringID: String? {
        guard let id = object["id"]?.stringValue, DroidEnvelope.isAllowed(id) else { return nil }
        return id
    }

    /// As the frame says it, or as it looks.
    var kind: Kind {
        if let kind = object["type"]?.stringValue.flatMap({ Kind(rawValue: $0) }) { return kind }
        if object["method"] != nil { return object["id"] == nil ? .notification : .request }
        return object["result"] != nil || object["error"] != nil ? .response : .request
    }

    func frame() throws(DroidFailure) -> DroidFrame {
        switch kind {
        case .request:
            try checkVersions()
            return .request(try request())
        case .response: return .response(try response())
        case .notification:
            return .notification(DroidNotification(method: try method(), params: try params()))
        }
    }

    /// What a server holds a request to (§1.2); a client is glad of any that it can route.
    private func checkVersions() throws(DroidFailure) {
        if reading == .lenient { return }
        guard object["jsonrpc"] == .string(DroidProtocol.jsonrpc) else {
            throw .invalidRequest("\"jsonrpc\" must be \"\(DroidProtocol.jsonrpc)\"")
        }
        guard object["factoryApiVersion"] == .string(DroidProtocol.apiVersion) else {
            throw .versionRefused(
                "\"factoryApiVersion\" must be \"\(DroidProtocol.apiVersion)\"", peerVersion: object["factoryProtocolVersion"]?.stringValue,
                messageType: object["type"]?.stringValue, method: object["method"]?.stringValue, id: stringID)
        }
        if let version = object["factoryProtocolVersion"], version.stringValue == nil {
            throw .invalidRequest("\"factoryProtocolVersion\" must be a string")
        }
        guard object["type"] == .string(kind.rawValue) else {
            throw .invalidRequest("\"type\" must be \"request\", \"response\" or \"notification\"")
        }
    }

    private func request() throws(DroidFailure) -> DroidRequest {
        guard let id = stringID else {
            throw .invalidRequest("\"id\" must be a string of 1 to \(DroidLimit.idBytes) bytes")
        }
        return DroidRequest(
            id: id, method: try method(), params: try params(), meta: try meta(),
            protocolVersion: object["factoryProtocolVersion"]?.stringValue)
    }

    private func method() throws(DroidFailure) -> String {
        guard let method = object["method"]?.stringValue, !method.isEmpty else { throw .invalidRequest("\"method\" must be a string") }
        return method
    }

    private func params() throws(DroidFailure) -> JSONObject {
        switch object["params"] {
        case nil: return [:]
        case .some(.object(let params)): return params
        case .some(.null) where reading == .lenient: return [:]
        case .some: throw DroidFailure(.invalidParams, "Invalid params: \"params\" must be an object")
        }
    }

    private func meta() throws(DroidFailure) -> DroidMeta? {
        guard let json = object["_meta"] else { return nil }
        do {
            return try DroidMeta(from: json, reading)
        } catch {
            // Nothing depends on it for a client.
            if reading == .lenient { return nil }
            throw .invalidRequest(error.within("_meta").description)
        }
    }

    /// A null `error` beside a result is none.
    private func response() throws(DroidFailure) -> DroidResponse {
        let error = object["error"]
        guard object["id"] == .some(.null) || stringID != nil else { throw .invalidRequest("\"id\" of a response must be a string") }
        if let error, !error.isNull {
            if object["result"] != nil, reading == .closed { throw .invalidRequest("a response has a result or an error, not both") }
            return DroidResponse(id: stringID, .failure(DroidEnvelope.failure(error)))
        }
        guard let result = object["result"] else { throw .invalidRequest("a response needs a \"result\" or an \"error\"") }
        return DroidResponse(id: stringID, .success(result))
    }

    /// An error that is none by its form is still an error.
    private static func failure(_ json: JSONValue) -> DroidFailure {
        do {
            return try DroidFailure(from: json, .lenient)
        } catch {
            return DroidFailure(.internalError, json["message"]?.stringValue ?? "unknown error", data: json)
        }
    }

    private static func isAllowed(_ id: String) -> Bool { !id.isEmpty && id.utf8.count <= DroidLimit.idBytes }
}
