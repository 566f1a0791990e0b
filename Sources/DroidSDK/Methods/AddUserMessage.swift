import DroidWire

/// A prompt (§3.2). The answer is an acknowledgement only; the turn runs afterwards and ends with `messageId` as its `turnId`.
public struct AddUserMessageParams: Sendable, Hashable {
    public var text: String
    public var messageId: String?
    public var images: [Base64ImageSource]?
    public var files: [DocumentSource]?
    public var outputFormat: OutputFormat?
    public var userMessageSource: SessionOrigin?
    public var skipAgentLoop: Bool?
    public var queuePlacement: QueuePlacement?
    public var role: MessageRole?
    public var visibility: MessageVisibility?

    public init(text: String) {
        self.text = text
    }
}

extension AddUserMessageParams {
    init(_ wire: DroidWire.AddUserMessageParams) {
        self.init(text: wire.text)
        messageId = wire.messageId
        images = wire.images?.map(Base64ImageSource.init)
        files = wire.files?.map(DocumentSource.init)
        outputFormat = wire.outputFormat.map(OutputFormat.init)
        userMessageSource = wire.userMessageSource.map(SessionOrigin.init)
        skipAgentLoop = wire.skipAgentLoop
        queuePlacement = wire.queuePlacement.map(QueuePlacement.init)
        role = wire.role.map(MessageRole.init)
        visibility = wire.visibility.map(MessageVisibility.init)
    }

    var wire: DroidWire.AddUserMessageParams {
        var wire = DroidWire.AddUserMessageParams(text: text)
        wire.messageId = messageId
        wire.images = images?.map(\.wire)
        wire.files = files?.map(\.wire)
        wire.outputFormat = outputFormat.map(\.wire)
        wire.userMessageSource = userMessageSource.map(\.wire)
        wire.skipAgentLoop = skipAgentLoop
        wire.queuePlacement = queuePlacement.map(\.wire)
        wire.role = role.map(\.wire)
        wire.visibility = visibility.map(\.wire)
        return wire
    }
}

/// What becomes of a message that waits: it moves, or it is dropped.
public struct ResolveQueuedUserMessageParams: Sendable, Hashable {
    public var requestId: String
    public var action: QueueAction
    public var queuePlacement: QueuePlacement?

    public init(requestId: String, action: QueueAction, queuePlacement: QueuePlacement? = nil) {
        self.requestId = requestId
        self.action = action
        self.queuePlacement = queuePlacement
    }
}

extension ResolveQueuedUserMessageParams {
    var wire: DroidWire.ResolveQueuedUserMessageParams {
        DroidWire.ResolveQueuedUserMessageParams(requestId: requestId, action: action.wire, queuePlacement: queuePlacement.map(\.wire))
    }
}
