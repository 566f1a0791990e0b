package import ApusBase

/// One object on the wire (`droid.md` §1.2). What it is about is still JSON, to be read by the types of its method.
package enum DroidFrame: Hashable, Sendable {
    case request(DroidRequest)
    case response(DroidResponse)
    case notification(DroidNotification)
}

/// A request, of either side.
package struct DroidRequest: Hashable, Sendable {
    package let id: String
    /// As on the wire, with its family; see ``DroidMethod/init(wireName:)``.
    package let method: String
    /// Empty when none were sent: every method may be called so.
    package let params: JSONObject
    package let meta: DroidMeta?
    package let protocolVersion: String?

    package init(id: String, method: String, params: JSONObject, meta: DroidMeta? = nil, protocolVersion: String? = nil) {
        self.id = id
        self.method = method
        self.params = params
        self.meta = meta
        self.protocolVersion = protocolVersion
    }

    /// Where it is to be routed, whatever its method is.
    package var sessionId: String? { params["sessionId"]?.stringValue }

    /// The params of a method, read as a server must. The method is taken to be the right one.
    package func call<Params: DroidParams>(_ family: DroidFamily) throws(DroidFailure) -> DroidCall<Params> {
        do {
            return try DroidCall(params, family)
        } catch {
            throw .invalidParams(method, error)
        }
    }

    /// The params of a question that a server asks, read as a client must.
    package func question<Params: DroidParams>(_ type: Params.Type) throws(DroidFailure) -> Params {
        do {
            return try Params(members: params, .lenient)
        } catch {
            throw .invalidParams(method, error)
        }
    }
}

/// An answer. Only one that answers what could not be read has no id, and it unblocks nobody.
package struct DroidResponse: Hashable, Sendable {
    package let id: String?
    package let outcome: Outcome

    package enum Outcome: Hashable, Sendable {
        case success(JSONValue)
        case failure(DroidFailure)
    }

    package init(id: String?, _ outcome: Outcome) {
        self.id = id
        self.outcome = outcome
    }

    /// The result as a client reads it.
    package func result<Value: DroidValue>(_ type: Value.Type) throws(DroidResponseError) -> Value {
        switch outcome {
        case .failure(let failure): throw .failed(failure)
        case .success(let json):
            do {
                return try Value(from: json, .lenient)
            } catch {
                throw .malformed(error)
            }
        }
    }
}

/// Why a response brought no result.
package enum DroidResponseError: Error, Hashable, Sendable {
    case failed(DroidFailure)
    case malformed(DroidDecodingError)
}

package struct DroidNotification: Hashable, Sendable {
    package let method: String
    package let params: JSONObject

    package init(method: String, params: JSONObject) {
        self.method = method
        self.params = params
    }
}

/// The params of `droid.session_notification` and `daemon.session_notification`; the session is optional in the former only.
package struct SessionNotificationParams: DroidRecord {
    package var sessionId: String?
    package var notification: SessionNotification
    /// Only for a client that asked for it with ``EnableEventCursorsParams``.
    package var cursor: DroidCursor?

    package init(sessionId: String?, notification: SessionNotification) {
        self.sessionId = sessionId
        self.notification = notification
    }

    package init(blank: DroidBlank) { self.init(sessionId: nil, notification: .unknown(DroidNotificationType(blank: blank), [:])) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("notification", &notification)
        try members.optional("cursor", &cursor)
    }
}
