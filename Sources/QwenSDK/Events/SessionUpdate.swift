/// What an agent says and does, by the `sessionUpdate` of an update (`qwen-serve.md` §6.3).
public enum SessionUpdate: Sendable, Hashable {
    /// A piece of a prompt, as it is shown to the other clients.
    case userMessageChunk(ContentBlock)
    /// A piece of the answer. Some agents send an empty text to tell of their usage: skip it.
    case agentMessageChunk(ContentBlock)
    /// A piece of what the agent thinks.
    case agentThoughtChunk(ContentBlock)
    /// A tool call begins.
    case toolCall(ToolCall)
    /// A tool call changed: what is not `nil` is new.
    case toolCallUpdate(ToolCall)
    /// The whole plan each time.
    case plan([PlanEntry])
    /// The slash commands that there are now.
    case availableCommands([AvailableCommand])
    /// The mode that holds now.
    case currentMode(id: String)
    /// The options that there are now, as they came.
    case configOptions(JSON)
    /// The title of the session, and when it was used last in ISO 8601.
    case sessionInfo(title: String?, updatedAt: String?)
    /// Tokens of the context that are used, of how many.
    case usage(used: Int, size: Int)
    /// One that this library does not know, or that is not as it should be.
    case other(sessionUpdate: String, JSON)

    /// Reads an update: the object that holds `sessionUpdate`.
    public init(_ json: JSON) {
        let name = json["sessionUpdate"]?.stringValue ?? ""
        self = Self.known(name, json) ?? .other(sessionUpdate: name, json)
    }

    private static func known(_ name: String, _ json: JSON) -> Self? {
        switch name {
        case "user_message_chunk": json["content"].map { .userMessageChunk(ContentBlock($0)) }
        case "agent_message_chunk": json["content"].map { .agentMessageChunk(ContentBlock($0)) }
        case "agent_thought_chunk": json["content"].map { .agentThoughtChunk(ContentBlock($0)) }
        case "tool_call": json.name("toolCallId").map { _ in .toolCall(ToolCall(json)) }
        case "tool_call_update": json.name("toolCallId").map { _ in .toolCallUpdate(ToolCall(json)) }
        case "plan": json["entries"]?.arrayValue.map { .plan($0.compactMap(PlanEntry.init)) }
        case "available_commands_update":
            json["availableCommands"]?.arrayValue.map { _ in .availableCommands(AvailableCommand.list(json["availableCommands"])) }
        case "current_mode_update": json["currentModeId"]?.stringValue.map(Self.currentMode)
        case "config_option_update": json["configOptions"].map(Self.configOptions)
        case "session_info_update": .sessionInfo(title: json["title"]?.stringValue, updatedAt: json["updatedAt"]?.stringValue)
        case "usage_update":
            if let used = json["used"]?.intValue, let size = json["size"]?.intValue { .usage(used: used, size: size) } else { nil }
        default: nil
        }
    }
}

/// A step of a plan.
public struct PlanEntry: Sendable, Hashable {
    /// What is to be done.
    public let content: String
    /// `high`, `medium` or `low`.
    public let priority: String
    /// `pending`, `in_progress` or `completed`.
    public let status: ToolCallStatus

    init?(_ json: JSON) {
        guard let content = json["content"]?.stringValue else { return nil }
        self.content = content
        priority = json["priority"]?.stringValue ?? "medium"
        status = ToolCallStatus(rawValue: json["status"]?.stringValue ?? "pending")
    }
}
