import DroidWire

/// One answer that is offered. Only such as every client knows, unless this one is known to be new (§0, 15).
public struct ConfirmationOption: Sendable, Hashable {
    public var label: String
    public var value: ToolConfirmationOutcome

    public init(label: String, value: ToolConfirmationOutcome) {
        self.label = label
        self.value = value
    }
}

extension ConfirmationOption {
    init(_ wire: DroidWire.DroidConfirmationOption) {
        self.init(label: wire.label, value: ToolConfirmationOutcome(wire.value))
    }
}

/// A server asks whether tools may run (§4.1). The session is named in the daemon family, and may be in the other.
public struct RequestPermissionParams: Sendable, Hashable {
    public var sessionId: String?
    public var toolUses: [ToolConfirmation]
    public var options: [ConfirmationOption]
    public var associatedSessionIds: [String]?

    public init(
        toolUses: [ToolConfirmation], options: [ConfirmationOption], sessionId: String? = nil, associatedSessionIds: [String]? = nil
    ) {
        self.toolUses = toolUses
        self.options = options
        self.sessionId = sessionId
        self.associatedSessionIds = associatedSessionIds
    }
}

extension RequestPermissionParams {
    init(_ wire: DroidWire.RequestPermissionParams) {
        self.init(
            toolUses: wire.toolUses.map(ToolConfirmation.init), options: wire.options.map(ConfirmationOption.init),
            sessionId: wire.sessionId, associatedSessionIds: wire.associatedSessionIds)
    }
}

/// The answer; without a session, it is matched by its id. What is no answer (an error, a lost connection, no reply in time) is `cancel`.
public struct RequestPermissionResult: Sendable, Hashable {
    public var selectedOption: ToolConfirmationOutcome
    public var comment: String?
    /// With `proceed_edit`, and needed there.
    public var editedSpecContent: String?

    public init(selectedOption: ToolConfirmationOutcome, comment: String? = nil, editedSpecContent: String? = nil) {
        self.selectedOption = selectedOption
        self.comment = comment
        self.editedSpecContent = editedSpecContent
    }
}

extension RequestPermissionResult {
    var wire: DroidWire.RequestPermissionResult {
        DroidWire.RequestPermissionResult(selectedOption: selectedOption.wire, comment: comment, editedSpecContent: editedSpecContent)
    }
}
