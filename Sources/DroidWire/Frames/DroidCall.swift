package import ApusBase

/// The params of a method together with what its family adds (`droid.md` §1.8): the session in front, or the token behind.
package struct DroidCall<Params: DroidParams>: Hashable, Sendable {
    package var params: Params
    /// Needed by session-scoped methods of the daemon family that do not name the session themselves.
    package var sessionId: String?
    /// Needed by init and load in the daemon family.
    package var token: String?

    package init(_ params: Params, sessionId: String? = nil, token: String? = nil) {
        self.params = params
        self.sessionId = sessionId
        self.token = token
    }

    /// Reads what a client sent, as a server must: nothing unknown, nothing missing.
    package init(_ object: JSONObject, _ family: DroidFamily) throws(DroidDecodingError) {
        var rest = object
        if family == .daemon {
            let entry = Params.method.entry
            switch entry.scope {
            case .session: sessionId = try DroidCall.take("sessionId", from: &rest, isRequired: true)
            case .anySession: sessionId = try DroidCall.take("sessionId", from: &rest, isRequired: false)
            case .ownSession, .connection: break
            }
            if entry.needsToken { token = try DroidCall.take("token", from: &rest, isRequired: true) }
        }
        params = try Params(members: rest, .closed)
    }

    private static func take(
        _ key: StaticString, from object: inout JSONObject, isRequired: Bool
    ) throws(DroidDecodingError) -> String? {
        guard let value = object[key.description] else {
            if isRequired { throw .missing(key) }
            return nil
        }
        guard let text = value.stringValue else { throw DroidDecodingError.wrongType("a string", value).within(key) }
        object[key.description] = nil
        return text
    }

    func write(_ family: DroidFamily, into writer: inout JSONWriter) {
        let entry = Params.method.entry
        writer.beginObject()
        if family == .daemon, entry.scope == .session || entry.scope == .anySession {
            precondition(sessionId != nil || entry.scope == .anySession, "\(entry.method) is about a session: name it")
            writer.fieldIfPresent("sessionId", sessionId)
        }
        params.writeMembers(into: &writer)
        if family == .daemon, entry.needsToken {
            precondition(token != nil, "\(entry.method) needs a token in the daemon family")
            writer.fieldIfPresent("token", token)
        }
        writer.endObject()
    }
}
