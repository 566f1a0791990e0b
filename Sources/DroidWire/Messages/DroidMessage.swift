package import ApusBase

/// A message of a session (§5.6). Times are numbers, milliseconds since 1970: with texts one client drops it and the other ends the turn.
package struct DroidMessage: DroidRecord {
    package var id: String
    package var role: DroidMessageRole
    package var content: [DroidContentBlock]
    package var createdAt: Double
    package var updatedAt: Double
    package var parentId: String?
    package var visibility: DroidVisibility?
    package var isUserVisible: Bool?
    package var isError: Bool?
    package var userMessageSource: SessionOrigin?
    package var interactionMode: DroidInteractionMode?
    package var modelId: String?
    package var routerId: String?
    package var reasoningEffort: ReasoningEffort?
    package var hookEventName: HookEventName?
    package var hookMatcher: String?
    package var hookCommands: [DroidHookCommand]?
    package var hookStatus: HookMessageStatus?
    package var hookResults: [DroidHookResult]?
    package var hookToolCallId: String?
    package var hookParentId: String?
    package var hookOrder: Int?
    package var hookPreventedAction: Bool?
    package var hiddenFromUserViews: Bool?
    package var hookStartTime: Double?
    package var hookEndTime: Double?
    package var isParallelExecution: Bool?
    package var parallelGroupId: String?
    /// What providers keep with a message (`openaiMessageId`, `geminiThoughtSignature`, …) and what newer peers add.
    package var extra = JSONObject()

    package init(id: String, role: DroidMessageRole, content: [DroidContentBlock], createdAt: Double, updatedAt: Double) {
        self.id = id
        self.role = role
        self.content = content
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    package init(blank: DroidBlank) {
        self.init(id: "", role: DroidMessageRole(blank: blank), content: [], createdAt: 0, updatedAt: 0)
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.required("role", &role)
        try members.required("content", &content)
        try members.required("createdAt", &createdAt)
        try members.required("updatedAt", &updatedAt)
        try members.optional("parentId", &parentId)
        try members.optional("visibility", &visibility)
        try members.optional("isUserVisible", &isUserVisible)
        try members.optional("isError", &isError)
        try members.optional("userMessageSource", &userMessageSource)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("modelId", &modelId)
        try members.optional("routerId", &routerId)
        try members.optional("reasoningEffort", &reasoningEffort)
        try members.optional("hookEventName", &hookEventName)
        try members.optional("hookMatcher", &hookMatcher)
        try members.optional("hookCommands", &hookCommands)
        try members.optional("hookStatus", &hookStatus)
        try members.optional("hookResults", &hookResults)
        try members.optional("hookToolCallId", &hookToolCallId)
        try members.optional("hookParentId", &hookParentId)
        try members.optional("hookOrder", &hookOrder)
        try members.optional("hookPreventedAction", &hookPreventedAction)
        try members.optional("hiddenFromUserViews", &hiddenFromUserViews)
        try members.optional("hookStartTime", &hookStartTime)
        try members.optional("hookEndTime", &hookEndTime)
        try members.optional("isParallelExecution", &isParallelExecution)
        try members.optional("parallelGroupId", &parallelGroupId)
        try members.others(&extra)
    }

    /// The text blocks of it, joined.
    package var text: String {
        content.reduce(into: "") { text, block in
            if case .text(let part) = block { text += part.text }
        }
    }
}
