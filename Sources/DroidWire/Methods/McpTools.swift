package import ApusBase

package struct ListMcpToolsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListMcpToolsResult
    package static let method = DroidMethod.listMcpTools

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListMcpToolsResult: DroidRecord {
    package var tools: [DroidMcpToolInfo]

    package init(tools: [DroidMcpToolInfo]) {
        self.tools = tools
    }

    package init(blank: DroidBlank) { self.init(tools: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("tools", &tools)
    }
}

package struct DroidMcpToolInfo: DroidRecord {
    package var serverName: String
    package var name: String
    package var description: String?
    package var isEnabled: Bool
    package var isReadOnly: Bool?
    package var inputSchema: JSONObject?

    package init(
        serverName: String, name: String, description: String? = nil, isEnabled: Bool, isReadOnly: Bool? = nil,
        inputSchema: JSONObject? = nil
    ) {
        self.serverName = serverName
        self.name = name
        self.description = description
        self.isEnabled = isEnabled
        self.isReadOnly = isReadOnly
        self.inputSchema = inputSchema
    }

    package init(blank: DroidBlank) { self.init(serverName: "", name: "", isEnabled: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("name", &name)
        try members.optional("description", &description)
        try members.required("isEnabled", &isEnabled)
        try members.optional("isReadOnly", &isReadOnly)
        try members.optional("inputSchema", &inputSchema)
    }
}

package struct ToggleMcpToolParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.toggleMcpTool

    package var serverName: String
    package var toolName: String
    package var enabled: Bool

    package init(serverName: String, toolName: String, enabled: Bool) {
        self.serverName = serverName
        self.toolName = toolName
        self.enabled = enabled
    }

    package init(blank: DroidBlank) { self.init(serverName: "", toolName: "", enabled: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("serverName", &serverName)
        try members.required("toolName", &toolName)
        try members.required("enabled", &enabled)
    }
}

package struct ListMcpRegistryParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListMcpRegistryResult
    package static let method = DroidMethod.listMcpRegistry

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListMcpRegistryResult: DroidRecord {
    package var servers: [DroidMcpRegistryEntry]

    package init(servers: [DroidMcpRegistryEntry]) {
        self.servers = servers
    }

    package init(blank: DroidBlank) { self.init(servers: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("servers", &servers)
    }
}

package struct DroidMcpRegistryEntry: DroidRecord {
    package var name: String
    package var description: String
    package var type: McpServerType
    package var command: String?
    package var args: [String]?
    package var url: String?
    package var note: String?
    package var logoUrl: String?

    package init(name: String, description: String, type: McpServerType) {
        self.name = name
        self.description = description
        self.type = type
    }

    package init(blank: DroidBlank) { self.init(name: "", description: "", type: McpServerType(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("description", &description)
        try members.required("type", &type)
        try members.optional("command", &command)
        try members.optional("args", &args)
        try members.optional("url", &url)
        try members.optional("note", &note)
        try members.optional("logoUrl", &logoUrl)
    }
}
