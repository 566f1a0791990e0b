import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// What a session may use: models, tools, skills, commands (`droid.md` §3.3). None of it needs a session; one that is there counts.
extension DroidConnection {
    func listModels(_ call: DroidCall<ListModelsParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListModelsResult {
        let offered = await services.catalogue.offered()
        let shown = call.params.includeDisabled == true ? offered : offered.filter { $0.obstacle == nil }
        return ListModelsResult(models: shown.map { DroidListedModel(DroidAvailableModel($0), disabledReason: $0.obstacle) })
    }

    func listTools(_ call: DroidCall<ListToolsParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListToolsResult {
        let params = call.params
        let session = named(call.sessionId)
        var settings = SessionSettings()
        if let session { settings = try await opened(session).settings }
        if let model = params.modelId { settings.model = model }
        var level = settings.autonomy
        if let wanted = params.autonomyLevel.map({ ApusCore.AutonomyLevel($0) }) ?? params.autonomyMode?.meaning.level { level = wanted }
        if params.skipPermissionsUnsafe == true { level = .unrestricted }
        let mode = params.interactionMode.map { InteractionMode($0) } ?? params.autonomyMode?.meaning.mode ?? settings.interaction
        var asked = settings.requestedTools
        if let ids = params.enabledToolIds { asked.enabled = ids }
        if let ids = params.disabledToolIds { asked.disabled = ids }
        if let ids = params.additionalToolIds { asked.additional = ids }
        if let ids = params.restrictToolIds { asked.restricted = ids }
        let selection = try DroidWish.selection(asked, services.toolCatalogue.every)
        let dialect: String
        do throws(ModelLookupError) {
            dialect = try await services.models.provider(for: settings.model).description.dialect
        } catch {
            throw DroidFailure(.invalidParams, error.description)
        }
        var definitions = services.toolCatalogue.catalogue(for: dialect, adding: selection.additional)
        if mode == .spec {
            level = .off
            definitions.removeAll { $0.name == Plan.tool }
            definitions += services.toolCatalogue.every.filter { $0.name == Plan.tool }
        }
        if let session { definitions += await serverTools(of: session) }
        if let ids = params.toolIds {
            let wanted = ToolIdentifiers(definitions).resolve(ids).names
            definitions.removeAll { !wanted.contains($0.name) && !ids.contains($0.id) }
        }
        let limit = min(level, services.maximumAutonomy)
        return ListToolsResult(
            tools: definitions.map { definition in
                var tool = DroidToolInfo(
                    id: definition.id, defaultAllowed: definition.leastLevel == .off,
                    currentlyAllowed: selection.allows(definition.name) && definition.leastLevel <= limit)
                tool.llmId = definition.name
                tool.displayName = definition.name
                tool.description = definition.summary
                tool.category = definition.category.wire
                tool.source = definition.name.contains("___") ? .mcp : .native
                if params.includeSchemas == true {
                    tool.schemas = DroidToolSchemas(input: definition.inputSchema.objectValue ?? ["type": "object"])
                }
                return tool
            })
    }

    private func serverTools(of session: SessionID) async -> [ToolDefinition] {
        await services.servers.tools(of: session).filter(\.isEnabled).map { tool in
            let name = "\(tool.server)___\(tool.name)"
            return ToolDefinition(
                id: name, name: name, summary: tool.summary ?? "", category: tool.isReadOnly == true ? .readOnly : .other,
                inputSchema: tool.inputSchema)
        }
    }

    func listSkills(_ call: DroidCall<ListSkillsParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListSkillsResult {
        var skills = await services.extensions.skills(for: try await directory(call.sessionId))
        if let session = named(call.sessionId), try await opened(session).settings.disablesBuiltinSkills {
            skills.removeAll { $0.location == .builtin }
        }
        return ListSkillsResult(
            skills: skills.map { skill in
                var info = DroidSkillInfo(name: skill.name, location: skill.location.wire, filePath: skill.path)
                info.description = skill.summary
                info.enabled = skill.isEnabled
                info.userInvocable = skill.isUserInvocable
                info.version = skill.version
                info.content = skill.content
                if !skill.resources.isEmpty {
                    info.resources = skill.resources.map {
                        DroidSkillResource(name: $0.name, path: $0.path, type: $0.isReference ? .reference : .asset)
                    }
                }
                return info
            }, projectAvailable: true)
    }

    func setSkillDisabled(_ call: DroidCall<SetSkillDisabledParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        let project = call.params.settingsLevel == .project ? try await directory(call.sessionId) : nil
        do throws(ExtensionError) {
            try await services.extensions.setSkill(call.params.skillName, isDisabled: call.params.disabled, inProject: project)
        } catch {
            throw DroidFailure(.invalidParams, error.description)
        }
        return DroidSuccess(success: true)
    }

    func listCommands(_ call: DroidCall<ListCommandsParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListCommandsResult {
        let commands = await services.extensions.commands(for: try await directory(call.sessionId))
        return ListCommandsResult(
            commands: commands.map {
                DroidCommandInfo(
                    name: $0.name, description: $0.summary, argumentHint: $0.argumentHint, isExecutable: $0.isExecutable ? true : nil)
            })
    }

    /// The session of a request that may do without.
    private func named(_ name: String?) -> SessionID? { name.map { SessionID($0) } ?? state.withLock { $0.current } }

    /// Of the session, or that of the process.
    private func directory(_ name: String?) async throws(DroidFailure) -> String {
        if let session = named(name) { return try await opened(session).directory }
        return services.directory(".") ?? "/"
    }
}

extension DroidAvailableModel {
    init(_ offered: OfferedModel) {
        let model = offered.model
        let efforts = model.efforts.isEmpty ? [ApusCore.ReasoningEffort.none] : model.efforts
        self.init(
            id: model.id, displayName: model.displayName, shortDisplayName: model.displayName,
            modelProvider: Self.provider(model.dialect), supportedReasoningEfforts: efforts.map(\.wire),
            defaultReasoningEffort: (efforts.contains(.medium) ? .medium : efforts.first ?? .none).wire)
        isCustom = offered.isCustom
        if !model.media.images { noImageSupport = true }
        supportsPDFs = model.media.documents
    }

    /// Clients check the word; what they do not know is said to be the vendor's own (§3.1).
    private static func provider(_ dialect: String) -> DroidModelProvider {
        let provider = DroidModelProvider(rawValue: dialect)
        return provider.isKnown ? provider : .factory
    }
}

extension ToolDefinition.Category {
    fileprivate var wire: DroidToolCategory {
        switch self {
        case .readOnly: .read
        case .edit: .edit
        case .execute: .execute
        case .web, .other: .other
        }
    }
}

extension ListedSkill.Location {
    fileprivate var wire: DroidSkillLocation {
        switch self {
        case .project: .project
        case .personal: .personal
        case .builtin: .builtin
        }
    }
}
