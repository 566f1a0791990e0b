/// A server that stays. Headers are a map here and a list in ``DroidMcpServerConfig``.
package struct AddMcpServerParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.addMcpServer

    package var name: String
    package var type: McpServerType
    package var url: String?
    package var headers: DroidMap<String>?
    package var oauth: DroidMcpOAuth?
    package var command: String?
    package var args: [String]?
    package var env: DroidMap<String>?

    package init(name: String, type: McpServerType) {
        self.name = name
        self.type = type
    }

    package init(blank: DroidBlank) { self.init(name: "", type: McpServerType(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("type", &type)
        try members.optional("url", &url)
        try members.optional("headers", &headers)
        try members.optional("oauth", &oauth)
        try members.optional("command", &command)
        try members.optional("args", &args)
        try members.optional("env", &env)
    }
}

package struct RemoveMcpServerParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.removeMcpServer

    package var serverName: String

    package init(serverName: String) {
        self.serverName = serverName
    }

    package init(blank: DroidBlank) { self.init(serverName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.constant("settingsLevel", "user")
    }
}

package struct ToggleMcpServerParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.toggleMcpServer

    package var serverName: String
    package var enabled: Bool

    package init(serverName: String, enabled: Bool) {
        self.serverName = serverName
        self.enabled = enabled
    }

    package init(blank: DroidBlank) { self.init(serverName: "", enabled: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("enabled", &enabled)
        try members.constant("settingsLevel", "user")
    }
}

package struct ListMcpServersParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListMcpServersResult
    package static let method = DroidMethod.listMcpServers

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListMcpServersResult: DroidRecord {
    package var servers: [DroidMcpServerInfo]
    package var summary: DroidMcpSummary

    package init(servers: [DroidMcpServerInfo], summary: DroidMcpSummary) {
        self.servers = servers
        self.summary = summary
    }

    package init(blank: DroidBlank) { self.init(servers: [], summary: DroidMcpSummary(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("servers", &servers)
        try members.required("summary", &summary)
    }
}

/// The state of one server (§3.4); the first five are needed.
package struct DroidMcpServerInfo: DroidRecord {
    package var name: String
    package var status: McpServerStatus
    package var source: SettingsLevel
    package var isManaged: Bool
    package var serverType: McpServerType
    package var error: String?
    package var toolCount: Int?
    package var hasAuthTokens: Bool?
    package var requiresAuth: Bool?
    package var pendingAuthUrl: String?
    package var pendingAuthMessage: String?
    package var pendingAuthState: String?

    package init(name: String, status: McpServerStatus, source: SettingsLevel, isManaged: Bool, serverType: McpServerType) {
        self.name = name
        self.status = status
        self.source = source
        self.isManaged = isManaged
        self.serverType = serverType
    }

    package init(blank: DroidBlank) {
        self.init(
            name: "", status: McpServerStatus(blank: blank), source: SettingsLevel(blank: blank), isManaged: false,
            serverType: McpServerType(blank: blank)
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("status", &status)
        try members.required("source", &source)
        try members.required("isManaged", &isManaged)
        try members.required("serverType", &serverType)
        try members.optional("error", &error)
        try members.optional("toolCount", &toolCount)
        try members.optional("hasAuthTokens", &hasAuthTokens)
        try members.optional("requiresAuth", &requiresAuth)
        try members.optional("pendingAuthUrl", &pendingAuthUrl)
        try members.optional("pendingAuthMessage", &pendingAuthMessage)
        try members.optional("pendingAuthState", &pendingAuthState)
    }
}

package struct DroidMcpSummary: DroidRecord {
    package var total: Int
    package var connected: Int
    package var connecting: Int
    package var failed: Int
    package var disabled: Int?
    package var configError: DroidMcpConfigError?

    package init(
        total: Int, connected: Int, connecting: Int, failed: Int, disabled: Int? = nil, configError: DroidMcpConfigError? = nil
    ) {
        self.total = total
        self.connected = connected
        self.connecting = connecting
        self.failed = failed
        self.disabled = disabled
        self.configError = configError
    }

    package init(blank: DroidBlank) { self.init(total: 0, connected: 0, connecting: 0, failed: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("total", &total)
        try members.required("connected", &connected)
        try members.required("connecting", &connecting)
        try members.required("failed", &failed)
        try members.optional("disabled", &disabled)
        try members.optional("configError", &configError)
    }
}

package struct DroidMcpConfigError: DroidRecord {
    package var path: String
    package var message: String

    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }

    package init(blank: DroidBlank) { self.init(path: "", message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("path", &path)
        try members.required("message", &message)
    }
}
