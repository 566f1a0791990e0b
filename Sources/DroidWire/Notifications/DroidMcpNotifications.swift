package struct McpStatusChanged: DroidRecord {
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

package struct McpAuthRequired: DroidRecord {
    package var serverName: String
    package var authUrl: String
    package var message: String
    package var state: String

    package init(serverName: String, authUrl: String, message: String, state: String) {
        self.serverName = serverName
        self.authUrl = authUrl
        self.message = message
        self.state = state
    }

    package init(blank: DroidBlank) { self.init(serverName: "", authUrl: "", message: "", state: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("authUrl", &authUrl)
        try members.required("message", &message)
        try members.required("state", &state)
    }
}

package struct McpAuthCompleted: DroidRecord {
    package var serverName: String
    package var outcome: McpAuthOutcome
    package var message: String

    package init(serverName: String, outcome: McpAuthOutcome, message: String) {
        self.serverName = serverName
        self.outcome = outcome
        self.message = message
    }

    package init(blank: DroidBlank) { self.init(serverName: "", outcome: McpAuthOutcome(blank: blank), message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("outcome", &outcome)
        try members.required("message", &message)
    }
}
