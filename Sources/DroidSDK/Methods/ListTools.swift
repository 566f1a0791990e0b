import DroidWire

/// A tool of a session. TypeScript 1.51 wants the first seven, so a server gives them all.
public struct ToolInfo: Sendable, Hashable {
    public var id: String
    public var llmId: String?
    public var displayName: String?
    public var description: String?
    public var category: ToolCategory?
    public var defaultAllowed: Bool
    public var currentlyAllowed: Bool
    public var source: ToolSource?
    public var schemas: ToolSchemas?

    public init(id: String, defaultAllowed: Bool, currentlyAllowed: Bool) {
        self.id = id
        self.defaultAllowed = defaultAllowed
        self.currentlyAllowed = currentlyAllowed
    }
}

extension ToolInfo {
    init(_ wire: DroidWire.DroidToolInfo) {
        self.init(id: wire.id, defaultAllowed: wire.defaultAllowed, currentlyAllowed: wire.currentlyAllowed)
        llmId = wire.llmId
        displayName = wire.displayName
        description = wire.description
        category = wire.category.map(ToolCategory.init)
        source = wire.source.map(ToolSource.init)
        schemas = wire.schemas.map(ToolSchemas.init)
    }
}

public struct ToolResultSchemas: Sendable, Hashable {
    public var content: JSONMembers
    public var parsedContent: JSONMembers?

    public init(content: JSONMembers, parsedContent: JSONMembers? = nil) {
        self.content = content
        self.parsedContent = parsedContent
    }
}

extension ToolResultSchemas {
    init(_ wire: DroidWire.DroidToolResultSchemas) {
        self.init(content: JSONMembers(wire.content), parsedContent: wire.parsedContent.map(JSONMembers.init))
    }
}

public struct ToolSchemas: Sendable, Hashable {
    public var input: JSONMembers
    public var result: ToolResultSchemas?
    public var progress: JSONMembers?

    public init(input: JSONMembers, result: ToolResultSchemas? = nil, progress: JSONMembers? = nil) {
        self.input = input
        self.result = result
        self.progress = progress
    }
}

extension ToolSchemas {
    init(_ wire: DroidWire.DroidToolSchemas) {
        self.init(
            input: JSONMembers(wire.input), result: wire.result.map(ToolResultSchemas.init), progress: wire.progress.map(JSONMembers.init))
    }
}

public struct ListToolsParams: Sendable, Hashable {
    public var modelId: String?
    public var autonomyMode: AutonomyMode?
    public var interactionMode: DroidInteractionMode?
    public var autonomyLevel: AutonomyLevel?
    public var specModeModelId: String?
    public var skipPermissionsUnsafe: Bool?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    public var additionalToolIds: [String]?
    public var restrictToolIds: [String]?
    public var includeSchemas: Bool?
    public var toolIds: [String]?
    public var depth: JSON?

    public init() {}
}

extension ListToolsParams {
    var wire: DroidWire.ListToolsParams {
        var wire = DroidWire.ListToolsParams()
        wire.modelId = modelId
        wire.autonomyMode = autonomyMode.map(\.wire)
        wire.interactionMode = interactionMode.map(\.wire)
        wire.autonomyLevel = autonomyLevel.map(\.wire)
        wire.specModeModelId = specModeModelId
        wire.skipPermissionsUnsafe = skipPermissionsUnsafe
        wire.enabledToolIds = enabledToolIds
        wire.disabledToolIds = disabledToolIds
        wire.additionalToolIds = additionalToolIds
        wire.restrictToolIds = restrictToolIds
        wire.includeSchemas = includeSchemas
        wire.toolIds = toolIds
        wire.depth = depth.map(\.value)
        return wire
    }
}

public struct ListToolsResult: Sendable, Hashable {
    public var tools: [ToolInfo]

    public init(tools: [ToolInfo]) {
        self.tools = tools
    }
}

extension ListToolsResult {
    init(_ wire: DroidWire.ListToolsResult) {
        self.init(tools: wire.tools.map(ToolInfo.init))
    }
}
