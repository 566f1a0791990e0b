/// What goes along with a prompt (`droid.md` §3.2).
public struct SendOptions: Sendable {
    /// Images, base64-encoded; ``Base64ImageSource/init(contentsOf:)`` reads a file.
    public var images: [Base64ImageSource]
    /// PDF and text files; ``DocumentSource/init(contentsOf:)`` reads one.
    public var files: [DocumentSource]
    /// The JSON schema that the answer must fit.
    public var outputFormat: OutputFormat?

    public init(images: [Base64ImageSource] = [], files: [DocumentSource] = [], outputFormat: OutputFormat? = nil) {
        self.images = images
        self.files = files
        self.outputFormat = outputFormat
    }
}

/// What goes along with a prompt whose turn is followed.
public struct StreamOptions: Sendable {
    public var images: [Base64ImageSource]
    public var files: [DocumentSource]
    public var outputFormat: OutputFormat?
    /// Deltas, progress and states too, not only complete messages.
    public var includePartialMessages: Bool
    /// Gives the turn up from elsewhere.
    public var abortSignal: DroidAbortSignal?
    /// The id of the prompt's message; a UUID of ours when there is none.
    public var messageId: String?

    public init(
        images: [Base64ImageSource] = [], files: [DocumentSource] = [], outputFormat: OutputFormat? = nil,
        includePartialMessages: Bool = false, abortSignal: DroidAbortSignal? = nil, messageId: String? = nil
    ) {
        self.images = images
        self.files = files
        self.outputFormat = outputFormat
        self.includePartialMessages = includePartialMessages
        self.abortSignal = abortSignal
        self.messageId = messageId
    }
}
