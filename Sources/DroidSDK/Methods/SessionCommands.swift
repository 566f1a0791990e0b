import DroidWire

public struct CloseSessionParams: Sendable, Hashable {
    public var reason: CloseReason?

    public init(reason: CloseReason? = nil) {
        self.reason = reason
    }
}

extension CloseSessionParams {
    var wire: DroidWire.CloseSessionParams {
        DroidWire.CloseSessionParams(reason: reason.map(\.wire))
    }
}

public struct CompactSessionParams: Sendable, Hashable {
    public var customInstructions: String?

    public init(customInstructions: String? = nil) {
        self.customInstructions = customInstructions
    }
}

extension CompactSessionParams {
    var wire: DroidWire.CompactSessionParams {
        DroidWire.CompactSessionParams(customInstructions: customInstructions)
    }
}

public struct CompactSessionResult: Sendable, Hashable {
    public var newSessionId: String
    public var removedCount: Int

    public init(newSessionId: String, removedCount: Int) {
        self.newSessionId = newSessionId
        self.removedCount = removedCount
    }
}

extension CompactSessionResult {
    init(_ wire: DroidWire.CompactSessionResult) {
        self.init(newSessionId: wire.newSessionId, removedCount: wire.removedCount)
    }
}

public struct ForkSessionParams: Sendable, Hashable {
    public var title: String?
    public var tags: [SessionTag]?

    public init(title: String? = nil, tags: [SessionTag]? = nil) {
        self.title = title
        self.tags = tags
    }
}

extension ForkSessionParams {
    var wire: DroidWire.ForkSessionParams {
        DroidWire.ForkSessionParams(title: title, tags: tags?.map(\.wire))
    }
}

/// Ends the running turn with `cancelled`; without one nothing happens, which is no error.
public struct InterruptSessionParams: Sendable, Hashable {

    public init() {}
}

extension InterruptSessionParams {
    var wire: DroidWire.InterruptSessionParams {
        DroidWire.InterruptSessionParams()
    }
}

public struct KillWorkerSessionParams: Sendable, Hashable {
    public var workerSessionId: String

    public init(workerSessionId: String) {
        self.workerSessionId = workerSessionId
    }
}

extension KillWorkerSessionParams {
    var wire: DroidWire.KillWorkerSessionParams {
        DroidWire.KillWorkerSessionParams(workerSessionId: workerSessionId)
    }
}

public struct RenameSessionParams: Sendable, Hashable {
    public var title: String

    public init(title: String) {
        self.title = title
    }
}

extension RenameSessionParams {
    var wire: DroidWire.RenameSessionParams {
        DroidWire.RenameSessionParams(title: title)
    }
}

public struct SubmitBugReportParams: Sendable, Hashable {
    public var userComment: String
    public var clientLogs: JSON?

    public init(userComment: String, clientLogs: JSON? = nil) {
        self.userComment = userComment
        self.clientLogs = clientLogs
    }
}

extension SubmitBugReportParams {
    var wire: DroidWire.SubmitBugReportParams {
        DroidWire.SubmitBugReportParams(userComment: userComment, clientLogs: clientLogs.map(\.value))
    }
}

public struct SubmitBugReportResult: Sendable, Hashable {
    public var bugReportId: String

    public init(bugReportId: String) {
        self.bugReportId = bugReportId
    }
}

extension SubmitBugReportResult {
    init(_ wire: DroidWire.SubmitBugReportResult) {
        self.init(bugReportId: wire.bugReportId)
    }
}

/// Any part of the settings. Specification mode begins with an `interactionMode` of `spec`.
public struct UpdateSessionSettingsParams: Sendable, Hashable {
    public var modelId: String?
    public var reasoningEffort: ReasoningEffort?
    public var autonomyMode: AutonomyMode?
    public var interactionMode: DroidInteractionMode?
    public var autonomyLevel: AutonomyLevel?
    public var specModeModelId: Nullable<String>?
    public var specModeReasoningEffort: Nullable<ReasoningEffort>?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    public var additionalToolIds: [String]?
    public var restrictToolIds: [String]?
    public var tags: [SessionTag]?
    public var compactionTokenLimit: Int?
    public var compactionThresholdCheckEnabled: Bool?

    public init() {}
}

extension UpdateSessionSettingsParams {
    var wire: DroidWire.UpdateSessionSettingsParams {
        var wire = DroidWire.UpdateSessionSettingsParams()
        wire.modelId = modelId
        wire.reasoningEffort = reasoningEffort.map(\.wire)
        wire.autonomyMode = autonomyMode.map(\.wire)
        wire.interactionMode = interactionMode.map(\.wire)
        wire.autonomyLevel = autonomyLevel.map(\.wire)
        wire.specModeModelId = specModeModelId.map(\.wire)
        wire.specModeReasoningEffort = specModeReasoningEffort.map(\.wire)
        wire.enabledToolIds = enabledToolIds
        wire.disabledToolIds = disabledToolIds
        wire.additionalToolIds = additionalToolIds
        wire.restrictToolIds = restrictToolIds
        wire.tags = tags?.map(\.wire)
        wire.compactionTokenLimit = compactionTokenLimit
        wire.compactionThresholdCheckEnabled = compactionThresholdCheckEnabled
        return wire
    }
}

public struct WarmupCacheParams: Sendable, Hashable {

    public init() {}
}

extension WarmupCacheParams {
    var wire: DroidWire.WarmupCacheParams {
        DroidWire.WarmupCacheParams()
    }
}
