package import ApusBase

/// The `error` of a response (`droid.md` §1.5).
package struct DroidFailure: DroidRecord, Error {
    package var code: DroidErrorCode
    package var message: String
    package var data: JSONValue?

    package init(_ code: DroidErrorCode, _ message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    package init(blank: DroidBlank) { self.init(.internalError, "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("code", &code)
        try members.required("message", &message)
        try members.optional("data", &data)
    }
}

extension DroidFailure: CustomStringConvertible {
    package var description: String { "\(message) (\(code.number))" }
}

/// What a server says, so that it says it in one way.
extension DroidFailure {
    /// Broken JSON, and a `daemon.authenticate` without a key (§0, 22).
    package static let parseError = DroidFailure(.parseError, "Parse error")

    package static func invalidRequest(_ why: String) -> DroidFailure { DroidFailure(.invalidRequest, "Invalid request: \(why)") }

    /// A request in a version that is not ours; `data` as the original has it.
    package static func versionRefused(
        _ why: String, peerVersion: String?, messageType: String? = nil, method: String? = nil, id: String? = nil
    ) -> DroidFailure {
        var data: JSONObject = ["localFactoryProtocolVersion": .string(DroidProtocol.version)]
        data["peerFactoryProtocolVersion"] = peerVersion.map { .string($0) } ?? .some(.null)
        data["messageType"] = messageType.map { .string($0) }
        data["method"] = method.map { .string($0) }
        data["requestId"] = id.map { .string($0) }
        return DroidFailure(.invalidRequest, "Invalid request: \(why)", data: .object(data))
    }

    package static func methodNotFound(_ method: String) -> DroidFailure {
        DroidFailure(.methodNotFound, "Method not found: \(method.prefix(200))")
    }

    /// Params that the method does not take. The place is in `data` too.
    package static func invalidParams(_ method: String, _ error: DroidDecodingError) -> DroidFailure {
        DroidFailure(.invalidParams, "Invalid params for \(method): \(error)", data: ["path": .string(error.path)])
    }

    package static func sessionNotFound(_ session: String) -> DroidFailure {
        DroidFailure(.entityNotFound, "Session not found", data: ["sessionId": .string(session)])
    }

    package static func sessionDisconnected(_ session: String) -> DroidFailure {
        DroidFailure(.sessionDisconnected, "Session disconnected", data: ["sessionId": .string(session)])
    }

    package static func notAuthenticated(_ why: String) -> DroidFailure { DroidFailure(.authenticationError, why) }
}
