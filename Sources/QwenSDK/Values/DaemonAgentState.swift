/// Models, modes and options of a session, as far as the agent tells them (`qwen-serve.md` §6.1).
public struct DaemonAgentState: Sendable, Hashable {
    /// Something to choose: a model or a mode.
    public struct Choice: Sendable, Hashable {
        /// What it is chosen by.
        public let id: String
        /// For people.
        public let name: String
        /// For people.
        public let description: String?
    }

    /// The model in use.
    public let currentModelId: String?
    /// The models to choose from.
    public let availableModels: [Choice]
    /// `plan`, `default`, `auto-edit` or `yolo`.
    public let currentModeId: String?
    /// The modes to choose from.
    public let availableModes: [Choice]
    /// As it came.
    public let json: JSON

    init(_ json: JSON) {
        self.json = json
        currentModelId = json["models"]?["currentModelId"]?.stringValue
        availableModels = Self.choices(json["models"]?["availableModels"], "modelId")
        currentModeId = json["modes"]?["currentModeId"]?.stringValue
        availableModes = Self.choices(json["modes"]?["availableModes"], "id")
    }

    private static func choices(_ list: JSON?, _ id: String) -> [Choice] {
        (list?.arrayValue ?? []).compactMap { choice in
            guard let id = choice[id]?.stringValue else { return nil }
            return Choice(id: id, name: choice["name"]?.stringValue ?? id, description: choice["description"]?.stringValue)
        }
    }
}

/// What ``DaemonClient/context(_:clientId:)`` answers.
public struct DaemonSessionContext: Sendable, Hashable {
    /// As far as the agent tells it.
    public let state: DaemonAgentState
    /// The whole answer.
    public let json: JSON

    init(_ json: JSON) {
        self.json = json
        state = DaemonAgentState(json["state"] ?? json)
    }
}

/// What ``DaemonClient/supportedCommands(_:clientId:)`` answers.
public struct DaemonSupportedCommands: Sendable, Hashable {
    /// Slash commands.
    public let availableCommands: [AvailableCommand]
    /// Names of skills.
    public let availableSkills: [String]
    /// The whole answer.
    public let json: JSON

    init(_ json: JSON) {
        self.json = json
        availableCommands = AvailableCommand.list(json["availableCommands"])
        availableSkills = (json["availableSkills"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}

/// A slash command of the agent.
public struct AvailableCommand: Sendable, Hashable {
    /// Without the slash.
    public let name: String
    /// For people.
    public let description: String
    /// What to type behind it.
    public let hint: String?

    static func list(_ json: JSON?) -> [AvailableCommand] {
        (json?.arrayValue ?? []).compactMap { command in
            guard let name = command["name"]?.stringValue else { return nil }
            return AvailableCommand(
                name: name, description: command["description"]?.stringValue ?? "", hint: command["input"]?["hint"]?.stringValue)
        }
    }
}
