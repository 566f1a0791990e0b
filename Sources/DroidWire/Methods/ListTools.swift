package import ApusBase

package struct ListToolsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListToolsResult
    package static let method = DroidMethod.listTools

    package var modelId: String?
    package var autonomyMode: AutonomyMode?
    package var interactionMode: DroidInteractionMode?
    package var autonomyLevel: AutonomyLevel?
    package var specModeModelId: String?
    package var skipPermissionsUnsafe: Bool?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    package var additionalToolIds: [String]?
    package var restrictToolIds: [String]?
    package var includeSchemas: Bool?
    package var toolIds: [String]?
    package var depth: JSONValue?

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("modelId", &modelId)
        try members.optional("autonomyMode", &autonomyMode)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("autonomyLevel", &autonomyLevel)
        try members.optional("specModeModelId", &specModeModelId)
        try members.optional("skipPermissionsUnsafe", &skipPermissionsUnsafe)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("includeSchemas", &includeSchemas)
        try members.optional("toolIds", &toolIds)
        try members.optional("depth", &depth)
    }
}

package struct ListToolsResult: DroidRecord {
    package var tools: [DroidToolInfo]

    package init(tools: [DroidToolInfo]) {
        self.tools = tools
    }

    package init(blank: DroidBlank) { self.init(tools: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("tools", &tools)
    }
}

/// A tool of a session. TypeScript 1.51 wants the first seven, so a server gives them all.
package struct DroidToolInfo: DroidRecord {
    package var id: String
    package var llmId: String?
    package var displayName: String?
    package var description: String?
    package var category: DroidToolCategory?
    package var defaultAllowed: Bool
    package var currentlyAllowed: Bool
    package var source: DroidToolSource?
    package var schemas: DroidToolSchemas?

    package init(
        id: String, llmId: String? = nil, displayName: String? = nil, description: String? = nil,
        category: DroidToolCategory? = nil, defaultAllowed: Bool, currentlyAllowed: Bool, source: DroidToolSource? = nil,
        schemas: DroidToolSchemas? = nil
    ) {
        self.id = id
        self.llmId = llmId
        self.displayName = displayName
        self.description = description
        self.category = category
        self.defaultAllowed = defaultAllowed
        self.currentlyAllowed = currentlyAllowed
        self.source = source
        self.schemas = schemas
    }

    package init(blank: DroidBlank) { self.init(id: "", defaultAllowed: false, currentlyAllowed: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.optional("llmId", &llmId)
        try members.optional("displayName", &displayName)
        try members.optional("description", &description)
        try members.optional("category", &category)
        try members.required("defaultAllowed", &defaultAllowed)
        try members.required("currentlyAllowed", &currentlyAllowed)
        try members.optional("source", &source)
        try members.optional("schemas", &schemas)
    }
}

package struct DroidToolSchemas: DroidRecord {
    package var input: JSONObject
    package var result: DroidToolResultSchemas?
    package var progress: JSONObject?

    package init(input: JSONObject, result: DroidToolResultSchemas? = nil, progress: JSONObject? = nil) {
        self.input = input
        self.result = result
        self.progress = progress
    }

    package init(blank: DroidBlank) { self.init(input: [:]) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("input", &input)
        try members.optional("result", &result)
        try members.optional("progress", &progress)
    }
}

package struct DroidToolResultSchemas: DroidRecord {
    package var content: JSONObject
    package var parsedContent: JSONObject?

    package init(content: JSONObject, parsedContent: JSONObject? = nil) {
        self.content = content
        self.parsedContent = parsedContent
    }

    package init(blank: DroidBlank) { self.init(content: [:]) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("content", &content)
        try members.optional("parsedContent", &parsedContent)
    }
}
