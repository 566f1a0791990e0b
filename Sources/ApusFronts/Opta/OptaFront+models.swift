import ApusBase
import ApusCore
import Crypto
import Synchronization

/// The models of Apus in the words of the protocol's inference server (§2.5, #20-31), and what there is none of (#32-36).
///
/// Apus asks models and hosts none: whatever can be asked counts as loaded, and nothing is loaded, unloaded or downloaded.
extension OptaFront {
    func models(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        switch request.route.endpoint {
        case .modelStatus:
            return .json(200, ["status": "ok", "version": .string(version), "models": .array(await usable().map(Self.model))])
        case .modelDiscovery: return .json(200, Self.discovery(await usable(), version))
        case .models: return await modelList(request)
        case .modelMemory: return .json(200, try await housed(.memory))
        // Files with weights: there are none.
        case .availableModels: return .json(200, [])
        default: return try modelAction(request)
        }
    }

    func bridge(_ request: OptaRequest) throws(OptaFailure) -> HTTPAnswer {
        guard request.route.endpoint == .bridgeStatus else {
            throw .missing("Apus has no cloud to connect to: there is no bridge and no remote device.")
        }
        return .json(
            200,
            [
                "daemonId": .string(setting.daemonID),
                "bridge": [
                    "status": "offline", "deviceId": .null, "sessionId": .null, "bridgeTokenPresent": false, "connectedAt": .null,
                    "updatedAt": .null, "lastError": .null, "activationState": "runtime_ready",
                ],
            ])
    }

    private func usable() async -> [OfferedModel] { await services.catalogue.offered().filter { $0.obstacle == nil } }

    private func modelList(_ request: OptaRequest) async -> HTTPAnswer {
        let now = services.time.now
        var answer = modelCache.answer(at: now)
        if answer == nil {
            let models: JSONValue = ["models": .array(await usable().map(Self.model))]
            answer = modelCache.keep(models.serializedBytes(), at: now)
        }
        guard let answer else { return .json(500, ["error": "Internal Server Error"]) }
        let fields = [(name: "etag", value: answer.tag)]
        if request.head.values("if-none-match").contains(where: { Self.names($0, answer.tag) }) { return HTTPAnswer(304, fields: fields) }
        return HTTPAnswer(200, fields: fields + [(name: "content-type", value: "application/json; charset=utf-8")], .bytes(answer.bytes))
    }

    /// RFC 9110: a list of tags, weak ones as good as others here, or a star.
    private static func names(_ field: String, _ tag: String) -> Bool {
        field.split(separator: ",").contains { part in
            var name = part.drop { $0 == " " || $0 == "\t" }
            while name.last == " " || name.last == "\t" { name.removeLast() }
            if name.hasPrefix("W/") { name = name.dropFirst(2) }
            return name == "*" || name == tag
        }
    }

    private static func model(_ offered: OfferedModel) -> JSONValue {
        var object: JSONObject = ["model_id": .string(offered.model.id), "status": "loaded", "is_default": .bool(offered.isDefault)]
        if let tokens = offered.model.contextTokens { object["context_length"] = .integer(Int64(tokens)) }
        return .object(object)
    }

    private static func discovery(_ models: [OfferedModel], _ version: String) -> JSONValue {
        let ids = models.map(\.model.id)
        // `local:PORT/MODEL` is how a server on this machine is called.
        let ports = ids.compactMap { id in id.hasPrefix("local:") ? Int(id.dropFirst(6).prefix { $0 != "/" }) : nil }
        return [
            "service": "apus", "version": .string(version), "models": .array(ids.map { .string($0) }),
            "target": [
                "host": "127.0.0.1", "port": .integer(Int64(ports.first ?? usualPort)), "fallbackHosts": [], "autoDiscover": true,
            ],
        ]
    }

    /// Of the protocol's own inference server.
    private static let usualPort = 1_234

    private func modelAction(_ request: OptaRequest) throws(OptaFailure) -> HTTPAnswer {
        switch request.route.pattern {
        case "/v3/lmx/models/load", "/v3/lmx/models/unload": try Self.need(["modelId"], in: request.body)
        case "/v3/lmx/models/load/confirm": try Self.need(["confirmationToken", "confirmation_token"], in: request.body)
        case "/v3/lmx/models/download": try Self.need(["repoId"], in: request.body)
        case "/v3/lmx/models/downloads":
            return .json(200, ["downloads": [], "count": 0, "includeInactive": .bool(try Self.includesInactive(request.query))])
        case "/v3/lmx/models/download/:downloadId/progress":
            throw OptaFailure(404, ["error": "Download not found", "code": "not_found"])
        default: break
        }
        throw .missing(
            "Apus hosts no models: it asks those of its settings and of servers on this machine, which load and unload themselves. "
                + "Choose one with the session's model.")
    }

    private static func need(_ keys: [String], in body: JSONValue) throws(OptaFailure) {
        if !keys.contains(where: { !(body[$0]?.stringValue ?? "").isEmpty }) { throw OptaFailure(400, "Missing \(keys[0])") }
    }

    private static func includesInactive(_ query: [String: String]) throws(OptaFailure) -> Bool {
        switch query["includeInactive"] ?? query["include_inactive"] {
        case "true", "1": true
        case "false", "0", nil: false
        default: throw OptaFailure(400, "Invalid includeInactive value (expected boolean)")
        }
    }
}

extension OptaFailure {
    /// The route is of the protocol, and what it is for is not there.
    static func missing(_ sentence: String) -> OptaFailure { OptaFailure(501, ["error": .string(sentence), "code": "not_supported"]) }
}

/// The list of models as it was told last.
final class OptaModelCache: Sendable {
    struct Answer: Sendable {
        var bytes: [UInt8]
        var tag: String
        var time: Timestamp
    }

    private static let milliseconds: Timestamp = 4_500
    private let last = Mutex<Answer?>(nil)

    func answer(at now: Timestamp) -> Answer? {
        last.withLock { last in last.flatMap { 0..<Self.milliseconds ~= now - $0.time ? $0 : nil } }
    }

    func keep(_ bytes: [UInt8], at now: Timestamp) -> Answer {
        let digits = SHA256.hash(data: bytes).prefix(8).map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        let answer = Answer(bytes: bytes, tag: "\"" + digits.joined() + "\"", time: now)
        last.withLock { $0 = answer }
        return answer
    }
}
