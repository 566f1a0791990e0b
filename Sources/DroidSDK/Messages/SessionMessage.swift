import DroidWire

/// A message of a session (§5.6). Times are numbers, milliseconds since 1970: with texts one client drops it and the other ends the turn.
public struct SessionMessage: Sendable, Hashable {
    public var id: String
    public var role: MessageRole
    public var content: [ContentBlock]
    public var createdAt: Double
    public var updatedAt: Double
    public var parentId: String?
    public var visibility: MessageVisibility?
    public var isUserVisible: Bool?
    public var isError: Bool?
    public var userMessageSource: SessionOrigin?
    public var interactionMode: DroidInteractionMode?
    public var modelId: String?
    public var routerId: String?
    public var reasoningEffort: ReasoningEffort?
    public var hookEventName: HookEventName?
    public var hookMatcher: String?
    public var hookCommands: [HookCommand]?
    public var hookStatus: HookMessageStatus?
    public var hookResults: [HookResult]?
    public var hookToolCallId: String?
    public var hookParentId: String?
    public var hookOrder: Int?
    public var hookPreventedAction: Bool?
    public var hiddenFromUserViews: Bool?
    public var hookStartTime: Double?
    public var hookEndTime: Double?
    public var isParallelExecution: Bool?
    public var parallelGroupId: String?

    public init(id: String, role: MessageRole, content: [ContentBlock], createdAt: Double, updatedAt: Double) {
        self.id = id
        self.role = role
        self.content = content
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

extension SessionMessage {
    init(_ wire: DroidWire.DroidMessage) {
        self.init(
            id: wire.id, role: MessageRole(wire.role), content: wire.content.map(ContentBlock.init), createdAt: wire.createdAt,
            updatedAt: wire.updatedAt)
        parentId = wire.parentId
        visibility = wire.visibility.map(MessageVisibility.init)
        isUserVisible = wire.isUserVisible
        isError = wire.isError
        userMessageSource = wire.userMessageSource.map(SessionOrigin.init)
        interactionMode = wire.interactionMode.map(DroidInteractionMode.init)
        modelId = wire.modelId
        routerId = wire.routerId
        reasoningEffort = wire.reasoningEffort.map(ReasoningEffort.init)
        hookEventName = wire.hookEventName.map(HookEventName.init)
        hookMatcher = wire.hookMatcher
        hookCommands = wire.hookCommands?.map(HookCommand.init)
        hookStatus = wire.hookStatus.map(HookMessageStatus.init)
        hookResults = wire.hookResults?.map(HookResult.init)
        hookToolCallId = wire.hookToolCallId
        hookParentId = wire.hookParentId
        hookOrder = wire.hookOrder
        hookPreventedAction = wire.hookPreventedAction
        hiddenFromUserViews = wire.hiddenFromUserViews
        hookStartTime = wire.hookStartTime
        hookEndTime = wire.hookEndTime
        isParallelExecution = wire.isParallelExecution
        parallelGroupId = wire.parallelGroupId
    }
}
