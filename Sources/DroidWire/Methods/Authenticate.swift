/// The first request on a daemon connection (§2.2). One of key and token must be there; that a missing one is a parse error is for the
/// server to say (``DroidFailure/parseError``).
package struct AuthenticateParams: DroidRecord, DroidParams {
    package typealias Result = AuthenticateResult
    package static let method = DroidMethod.authenticate

    package var apiKey: String?
    package var token: String?
    package var caller: String
    package var connectionId: String?
    package var metadata: DroidConnectionMetadata?

    package init(
        apiKey: String? = nil, token: String? = nil, caller: String, connectionId: String? = nil,
        metadata: DroidConnectionMetadata? = nil
    ) {
        self.apiKey = apiKey
        self.token = token
        self.caller = caller
        self.connectionId = connectionId
        self.metadata = metadata
    }

    package init(blank: DroidBlank) { self.init(caller: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("apiKey", &apiKey)
        try members.optional("token", &token)
        try members.required("caller", &caller)
        try members.optional("connectionId", &connectionId)
        try members.optional("metadata", &metadata)
    }
}

package struct AuthenticateResult: DroidRecord {
    package var userId: String
    package var orgId: String

    package init(userId: String, orgId: String) {
        self.userId = userId
        self.orgId = orgId
    }

    package init(blank: DroidBlank) { self.init(userId: "", orgId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("userId", &userId)
        try members.required("orgId", &orgId)
    }
}

package struct DroidConnectionMetadata: DroidOpenRecord {
    package var tracing: DroidTracing?

    package init() {}

    package init(tracing: DroidTracing? = nil) {
        self.tracing = tracing
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("tracing", &tracing)
    }
}

package struct DroidTracing: DroidOpenRecord {
    package var app: String?
    package var machineType: String?
    package var machineProvider: String?
    package var daemonTransport: String?

    package init() {}

    package init(app: String? = nil, machineType: String? = nil, machineProvider: String? = nil, daemonTransport: String? = nil) {
        self.app = app
        self.machineType = machineType
        self.machineProvider = machineProvider
        self.daemonTransport = daemonTransport
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("app", &app)
        try members.optional("machineType", &machineType)
        try members.optional("machineProvider", &machineProvider)
        try members.optional("daemonTransport", &daemonTransport)
    }
}

package struct LogoutParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.logout

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}
