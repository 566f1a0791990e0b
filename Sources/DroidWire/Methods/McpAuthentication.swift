package import ApusBase

/// Runs as long as the person takes to sign in.
package struct AuthenticateMcpServerParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.authenticateMcpServer

    package var serverName: String

    package init(serverName: String) {
        self.serverName = serverName
    }

    package init(blank: DroidBlank) { self.init(serverName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
    }
}

package struct CancelMcpAuthParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.cancelMcpAuth

    package var serverName: String

    package init(serverName: String) {
        self.serverName = serverName
    }

    package init(blank: DroidBlank) { self.init(serverName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
    }
}

package struct ClearMcpAuthParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.clearMcpAuth

    package var serverName: String

    package init(serverName: String) {
        self.serverName = serverName
    }

    package init(blank: DroidBlank) { self.init(serverName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
    }
}

package struct SubmitMcpAuthCodeParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.submitMcpAuthCode

    package var serverName: String
    package var code: String
    package var state: String

    package init(serverName: String, code: String, state: String) {
        self.serverName = serverName
        self.code = code
        self.state = state
    }

    package init(blank: DroidBlank) { self.init(serverName: "", code: "", state: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("code", &code)
        try members.required("state", &state)
    }
}

package struct SubmitMcpAuthErrorParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.submitMcpAuthError

    package var serverName: String
    package var error: String
    package var errorDescription: String?
    package var state: String

    package init(serverName: String, error: String, errorDescription: String? = nil, state: String) {
        self.serverName = serverName
        self.error = error
        self.errorDescription = errorDescription
        self.state = state
    }

    package init(blank: DroidBlank) { self.init(serverName: "", error: "", state: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("error", &error)
        try members.optional("errorDescription", &errorDescription)
        try members.required("state", &state)
    }
}

package struct GetMcpConfigParams: DroidOpenRecord, DroidParams {
    package typealias Result = GetMcpConfigResult
    package static let method = DroidMethod.getMcpConfig

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct GetMcpConfigResult: DroidRecord {
    package var servers: [DroidMcpConfigEntry]

    package init(servers: [DroidMcpConfigEntry]) {
        self.servers = servers
    }

    package init(blank: DroidBlank) { self.init(servers: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("servers", &servers)
    }
}

package struct DroidMcpConfigEntry: DroidRecord {
    package var name: String
    package var config: JSONValue
    package var source: SettingsLevel
    package var status: McpServerStatus?
    package var error: String?

    package init(name: String, config: JSONValue, source: SettingsLevel, status: McpServerStatus? = nil, error: String? = nil) {
        self.name = name
        self.config = config
        self.source = source
        self.status = status
        self.error = error
    }

    package init(blank: DroidBlank) { self.init(name: "", config: .null, source: SettingsLevel(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("config", &config)
        try members.required("source", &source)
        try members.optional("status", &status)
        try members.optional("error", &error)
    }
}

package struct UpdateMcpConfigParams: DroidRecord, DroidParams {
    package typealias Result = UpdateMcpConfigResult
    package static let method = DroidMethod.updateMcpConfig

    package var action: McpConfigAction
    package var serverNames: [String]
    package var serverConfig: JSONValue?

    package init(action: McpConfigAction, serverNames: [String], serverConfig: JSONValue? = nil) {
        self.action = action
        self.serverNames = serverNames
        self.serverConfig = serverConfig
    }

    package init(blank: DroidBlank) { self.init(action: McpConfigAction(blank: blank), serverNames: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("action", &action)
        try members.required("serverNames", &serverNames)
        try members.optional("serverConfig", &serverConfig)
    }
}

package struct UpdateMcpConfigResult: DroidRecord {
    package var success: Bool
    package var servers: [DroidMcpConfigEntry]
    package var error: String?

    package init(success: Bool, servers: [DroidMcpConfigEntry], error: String? = nil) {
        self.success = success
        self.servers = servers
        self.error = error
    }

    package init(blank: DroidBlank) { self.init(success: false, servers: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("success", &success)
        try members.required("servers", &servers)
        try members.optional("error", &error)
    }
}
