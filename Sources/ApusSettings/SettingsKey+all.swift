import ApusBase
import ApusCore

extension SettingsKey {
    private static let efforts = SettingsShape.choice(ReasoningEffort.allCases.map(\.rawValue))
    private static let autonomy = SettingsShape.choice(["off", "low", "medium", "high"])
    private static let milliseconds = SettingsShape.number(1...86_400_000, unit: "milliseconds")

    /// Every known key (`droid-exec.md` §5.3), the ones of daily use first. Reading, checking, `apus config` and the JSON schema all
    /// follow this table.
    package static let all: [SettingsKey] = models + commands + execution + agents + extensions + policies + ignored

    private static let models = [
        SettingsKey("model", .text, use: .used, "The default model: an id, custom:… or auto."),
        SettingsKey("reasoningEffort", efforts, use: .used, "How hard the model is asked to think."),
        SettingsKey("customModels", .list, .models, use: .used, "Models of your own."),
        SettingsKey("llmRequestTimeout", milliseconds, use: .used, "Bound of one request to a model."),
        SettingsKey("sessionDefaultSettings.model", .text, use: .used, "Stands in for model."),
        SettingsKey("sessionDefaultSettings.reasoningEffort", efforts, use: .used, "Stands in for reasoningEffort."),
        SettingsKey("sessionDefaultSettings.interactionMode", .text, "Mode in which sessions start."),
        SettingsKey("sessionDefaultSettings.autonomyLevel", autonomy, "Never used by exec, which is read-only without --auto."),
        SettingsKey("sessionDefaultSettings.autonomyMode", .text, "Old name of autonomyLevel."),
        SettingsKey("sessionDefaultSettings.specModeModel", .text, use: .used, "Model of the plan phase."),
        SettingsKey("sessionDefaultSettings.specModeReasoningEffort", efforts, use: .used, "Effort of the plan phase."),
        SettingsKey("modelFallbacks", .anything, "Models to try when one fails."),
        SettingsKey("apiKeyHelper", .text, "A command that prints a key."),
    ]

    private static let commands = [
        SettingsKey("commandAllowlist", .texts, .union, use: .used, "Commands that need no level."),
        SettingsKey("commandDenylist", .texts, .union, use: .used, "Commands that are asked about at every level."),
        SettingsKey("commandBlocklist", .texts, .union, use: .used, "Commands that never run, whatever the level."),
        SettingsKey("maxAutonomyLevel", autonomy, use: .used, fallback: "high", "The highest level a run may have."),
        SettingsKey("builtInToolAutonomyOverrides", .object, .members, "Level a built-in tool needs."),
        SettingsKey("mcpAutonomyOverrides", .object, .members, use: .used, "Level an MCP tool needs."),
        SettingsKey("mcpAutonomyUrlOverrides", .list, .union, use: .used, "Level of MCP servers by address."),
        SettingsKey("sandbox", .anything, .members, use: .used, "Narrows what commands may reach; \"required\" asks for every layer."),
        SettingsKey("enableDroidShield", .flag, "Looks for secrets before commits."),
        SettingsKey("includeCoAuthoredByDroid", .flag, fallback: true, "Whether commits name the agent as co-author."),
    ]

    private static let execution = [
        SettingsKey(
            "exec.requireTrust", .flag, use: .used, fallback: true,
            "Whether settings of a project count only when trusted. Read from system and user files only."),
        SettingsKey(
            "exec.streamJsonTerminal", .choice(["auto", "completion", "result", "both"]), use: .used, fallback: "auto",
            "The last line of stream-json."),
        SettingsKey(
            "compat.sessionFiles", .flag, use: .used,
            "Whether sessions are written below ~/.factory/sessions too. On when called as droid or through FACTORY_DROID_BINARY."),
        SettingsKey("exec.strictTaskGate", .flag, use: .used, fallback: true, "Whether Task needs the highest level."),
        SettingsKey(
            "compactionTokenLimit", .number(1...100_000_000, unit: "tokens"), use: .used,
            "Length at which a conversation is summarised."),
        SettingsKey("compactionTokenLimitPerModel", .object, .members, use: .used, "The same for single models."),
        SettingsKey("compactionModelMode", .text, use: .used, fallback: "same", "Which model summarises: same, or an id."),
        SettingsKey("compactionModel", .text, use: .used, "Which model summarises."),
        SettingsKey(
            "resumeTurns", .flag, use: .used, fallback: true, "Whether a daemon goes on with turns whose daemon was killed."),
        SettingsKey("specSaveDir", .text, use: .used, "Where approved plans are saved; without it they are not."),
        SettingsKey("worktreeDirectory", .text, use: .used, "Where the worktrees of exec -w are made; beside the repository without it."),
    ]

    private static let agents = [
        SettingsKey(
            "subagentAutonomyLevel", .choice(["inherit", "off", "low", "medium", "high"]), use: .used, fallback: "inherit",
            "Level of subagents; never above that of the session they work for."),
        SettingsKey("subagentModelSettings", .object, .members, use: .used, "Models of subagents."),
        SettingsKey(
            "subagentInactivityTimeout", milliseconds, use: .used, fallback: 600_000,
            "A subagent from which nothing is heard for so long is ended."),
        SettingsKey("missionModelSettings", .object, .members, "Models of missions."),
        SettingsKey("missionOrchestratorModel", .text, "Model that leads a mission."),
        SettingsKey("missionOrchestratorReasoningEffort", efforts, "Its effort."),
        SettingsKey("keepSystemAwakeDuringMissions", .flag, "Whether missions keep the machine awake."),
    ]

    private static let extensions = [
        SettingsKey("hooks", .object, .members, use: .used, "Commands run around turns and tools."),
        SettingsKey("hooksDisabled", .flag, use: .used, fallback: false, "Runs no hooks but the machine's."),
        SettingsKey("showHookOutput", .flag, use: .used, "Shows what hooks print."),
        SettingsKey("allowManagedHooksOnly", .flag, use: .used, "Runs the machine's hooks only."),
        SettingsKey("mcp.callTimeoutMs", milliseconds, use: .used, "Bound of one MCP call."),
        SettingsKey("blockOnMcpLoad", .flag, fallback: false, "Waits for MCP servers before the first turn."),
        SettingsKey("mcpPolicy", .object, .members, use: .used, "Which MCP servers are allowed."),
        SettingsKey("enabledPlugins", .object, .members, "Plugins that are on."),
        SettingsKey("extraKnownMarketplaces", .object, .members, "Further sources of plugins."),
        SettingsKey("strictKnownMarketplaces", .anything, "The only sources of plugins."),
        SettingsKey("disabledSkills", .texts, .union, use: .used, "Skills that are off."),
        SettingsKey("webSearch", .object, use: .used, "The search engine that WebSearch asks: provider, url, apiKey, allowPrivateNetwork."),
    ]

    private static let policies = [
        SettingsKey("modelPolicy", .object, .members, "Which models are allowed."),
        SettingsKey("userModelPolicies", .anything, "The same for single users."),
        SettingsKey("missionPolicy", .object, .members, "Who may start missions."),
        SettingsKey("networkPolicy", .object, .members, "From where one may connect."),
    ]

    /// Of screens and hosted services.
    private static let ignored = [
        "diffMode", "completionSound", "awaitingInputSound", "soundFocusMode", "subagentSounds", "ideAutoConnect", "showThinkingInMainView",
        "toolResultDisplay", "showTokenUsageIndicator", "logoAnimation", "theme", "overrideTerminalColors", "nerdFont", "statusLine",
        "restrictMemberVisibility", "restrictApiKeyCreationToManagers", "sessionRetentionDays", "wikiCloudSync", "managedComputersEnabled",
        "byomComputersEnabled", "disableWeeklyUsageSummary", "cloudSessionSync", "remoteAccessEnabled", "disableAutoUpdate",
    ].map { SettingsKey($0, .anything, use: .ignored, "Accepted and without effect.") }
}
