import ApusBase
import ApusCore
import DroidWire

/// What a client wants of a session's settings, however it says it: at init, at load or later.
struct DroidWish {
    var model: String?
    var effort: DroidWire.ReasoningEffort?
    var autonomyMode: DroidWire.AutonomyMode?
    var autonomy: DroidWire.AutonomyLevel?
    var interaction: DroidInteractionMode?
    var specModel: DroidNullable<String>?
    var specEffort: DroidNullable<DroidWire.ReasoningEffort>?
    var systemPrompt: DroidSystemPrompt?
    var enabled: [String]?
    var disabled: [String]?
    var additional: [String]?
    var restricted: [String]?
    var tags: [DroidSessionTag]?
    var skipsPermissions: Bool?
    var refusesApprovals: Bool?
    var checksThreshold: Bool?
    var compactionTokenLimit: Int?
    var disablesBuiltinSkills: Bool?

    init(_ params: InitializeSessionParams) {
        model = params.modelId
        effort = params.reasoningEffort
        autonomyMode = params.autonomyMode
        autonomy = params.autonomyLevel
        interaction = params.interactionMode
        specModel = params.specModeModelId.map { .value($0) }
        specEffort = params.specModeReasoningEffort.map { .value($0) }
        systemPrompt = params.systemPrompt
        enabled = params.enabledToolIds
        disabled = params.disabledToolIds
        additional = params.additionalToolIds
        restricted = params.restrictToolIds
        tags = params.tags
        skipsPermissions = params.skipPermissionsUnsafe
        refusesApprovals = params.autoRejectPermissionRequests
        checksThreshold = params.compactionThresholdCheckEnabled
        disablesBuiltinSkills = params.disableBuiltinSkills
    }

    init(_ params: LoadSessionParams) {
        enabled = params.enabledToolIds
        disabled = params.disabledToolIds
        additional = params.additionalToolIds
        restricted = params.restrictToolIds
        skipsPermissions = params.skipPermissionsUnsafe
        refusesApprovals = params.autoRejectPermissionRequests
        disablesBuiltinSkills = params.disableBuiltinSkills
    }

    init(_ params: UpdateSessionSettingsParams) {
        model = params.modelId
        effort = params.reasoningEffort
        autonomyMode = params.autonomyMode
        autonomy = params.autonomyLevel
        interaction = params.interactionMode
        specModel = params.specModeModelId
        specEffort = params.specModeReasoningEffort
        enabled = params.enabledToolIds
        disabled = params.disabledToolIds
        additional = params.additionalToolIds
        restricted = params.restrictToolIds
        tags = params.tags
        checksThreshold = params.compactionThresholdCheckEnabled
        compactionTokenLimit = params.compactionTokenLimit
    }

    /// Changes settings to what holds then: nobody gets more than the daemon allows, or than the key behind the connection may give.
    func apply(
        to settings: inout SessionSettings, _ services: ClientServices, _ client: ClientIdentity
    ) async throws(DroidFailure) {
        try checkBounds()
        for name in [model, specModelName] {
            guard let name else { continue }
            do throws(ModelLookupError) {
                _ = try await services.models.provider(for: name)
            } catch {
                throw DroidFailure(.invalidParams, error.description, data: ["modelId": .string(name)])
            }
        }
        if let model { settings.model = model }
        if let effort { settings.effort = ApusCore.ReasoningEffort(effort) }
        switch specModel {
        case .value(let name)?: settings.specModel = name
        case .null?: settings.specModel = nil
        case nil: break
        }
        switch specEffort {
        case .value(let effort)?: settings.specEffort = ApusCore.ReasoningEffort(effort)
        case .null?: settings.specEffort = nil
        case nil: break
        }
        if let mode = interaction.map({ InteractionMode($0) }) ?? autonomyMode?.meaning.mode {
            // The session may do more from then on, as with a higher level.
            if settings.isPlanning, mode != .spec, settings.autonomy > .off {
                try DroidConnection.demand(.approver, of: client, to: "end the planning of a session")
            }
            settings.interaction = mode
        }
        try setLevel(&settings, services, client)
        switch systemPrompt {
        case .text(let text)?: (settings.systemPrompt, settings.systemPromptAddition) = (text, nil)
        case .preset(let append)?: (settings.systemPrompt, settings.systemPromptAddition) = (nil, append)
        case nil: break
        }
        if let tags { settings.labels = tags.map(\.label) }
        if let disablesBuiltinSkills { settings.disablesBuiltinSkills = disablesBuiltinSkills }
        if let refusesApprovals { settings.refusesApprovals = refusesApprovals }
        if let checksThreshold { settings.compaction.checksThreshold = checksThreshold }
        if let compactionTokenLimit { settings.compaction.tokenLimit = compactionTokenLimit }
        try selectTools(&settings, services)
    }

    /// Every list and every change of settings tells these again.
    private func checkBounds() throws(DroidFailure) {
        switch systemPrompt {
        case .text(let text)?, .preset(let text)?: try Self.check(text, "systemPrompt", atMost: ByteLimit.systemPromptBytes)
        case nil: break
        }
        if let tags { try Self.check(tags) }
        if let compactionTokenLimit, compactionTokenLimit < 1 {
            throw DroidFailure(.invalidParams, "compactionTokenLimit is \(compactionTokenLimit): it is a number of tokens, at least 1")
        }
        for ids in [enabled, disabled, additional, restricted].compactMap({ $0 }) where ids.count > ByteLimit.maximumToolIds {
            throw Self.tooLong("A list of tool ids", "\(ByteLimit.maximumToolIds) of them")
        }
    }

    static func check(_ text: String, _ name: String, atMost bytes: Int) throws(DroidFailure) {
        if text.utf8.count > bytes { throw tooLong(name, "\(bytes) bytes") }
    }

    static func check(_ tags: [DroidSessionTag]) throws(DroidFailure) {
        if tags.count > ByteLimit.maximumSessionLabels { throw tooLong("tags", "\(ByteLimit.maximumSessionLabels) of them") }
        for tag in tags where tag.label.byteCount > ByteLimit.sessionLabelBytes {
            throw tooLong("A tag", "\(ByteLimit.sessionLabelBytes) bytes with its metadata")
        }
    }

    private static func tooLong(_ what: String, _ limit: String) -> DroidFailure {
        DroidFailure(.invalidParams, "\(what) is too long: at most \(limit)")
    }

    private var specModelName: String? {
        if case .value(let name)? = specModel { name } else { nil }
    }

    /// A higher level is as much as answering every question it answers, so it takes the scope for that.
    private func setLevel(
        _ settings: inout SessionSettings, _ services: ClientServices, _ client: ClientIdentity
    ) throws(DroidFailure) {
        var level = autonomy.map { ApusCore.AutonomyLevel($0) } ?? autonomyMode?.meaning.level
        if skipsPermissions == true {
            try DroidConnection.demand(.admin, of: client, to: "switch permission checks off")
            level = .unrestricted
        }
        guard let level = level.map({ min($0, services.maximumAutonomy) }) else { return }
        if level > settings.autonomy { try DroidConnection.demand(.approver, of: client, to: "raise the autonomy of a session") }
        settings.autonomy = level
    }

    private func selectTools(_ settings: inout SessionSettings, _ services: ClientServices) throws(DroidFailure) {
        if enabled == nil, disabled == nil, additional == nil, restricted == nil { return }
        var asked = settings.requestedTools
        if let enabled { asked.enabled = enabled }
        if let disabled { asked.disabled = disabled }
        if let additional { asked.additional = additional }
        if let restricted { asked.restricted = restricted }
        settings.tools = try Self.selection(asked, services.toolCatalogue.every)
        settings.requestedTools = asked
    }

    /// Ids of the command line and names that models see are both taken; what nobody knows is refused, as it is there.
    static func selection(_ asked: RequestedTools, _ definitions: [ToolDefinition]) throws(DroidFailure) -> ToolSelection {
        let identifiers = ToolIdentifiers(definitions)
        let only = identifiers.resolve(asked.restricted ?? [])
        let additional = identifiers.resolve((asked.additional ?? []) + (asked.enabled ?? []))
        let disabled = identifiers.resolve(asked.disabled ?? [])
        let unknown = only.unknown + additional.unknown + disabled.unknown
        if !unknown.isEmpty {
            throw DroidFailure(
                .invalidParams, "Unknown tool identifier(s): \(unknown.map { String($0.prefix(80)) }.joined(separator: ", "))")
        }
        return ToolSelection(
            only: asked.restricted == nil ? nil : only.names, additional: additional.names, disabled: disabled.names)
    }
}

extension SessionLabel {
    fileprivate var byteCount: Int { metadata.reduce(name.utf8.count) { $0 + $1.key.utf8.count + $1.value.utf8.count } }
}
