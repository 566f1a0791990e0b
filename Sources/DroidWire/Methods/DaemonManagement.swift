package import ApusBase

package struct GetProxyTokenParams: DroidOpenRecord, DroidParams {
    package typealias Result = GetProxyTokenResult
    package static let method = DroidMethod.getProxyToken

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct GetProxyTokenResult: DroidRecord {
    package var token: String

    package init(token: String) {
        self.token = token
    }

    package init(blank: DroidBlank) { self.init(token: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("token", &token)
    }
}

package struct GetDefaultSettingsParams: DroidOpenRecord, DroidParams {
    package typealias Result = JSONObject
    package static let method = DroidMethod.getDefaultSettings

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}
