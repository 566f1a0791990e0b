/// The bound of every queue, text and body, in one place. Values are bytes unless the name says otherwise.
package enum ByteLimit {
    /// What a model and the clients see of one tool result, in Unicode scalars; the middle is left out.
    package static let maximumToolOutputCharacters = 40_000
    /// One prompt with everything attached to it as text.
    package static let promptBytes = 10 << 20
    /// One event of a server-sent-event stream; a provider's largest is a whole tool input.
    package static let sseEventBytes = 16 << 20
    /// What one response of a model may hold in all: texts, reasoning, inputs of calls, and what must be given back with them. More
    /// than any model's context takes, so that what is cut off there could not be sent back anyway.
    package static let responseBytes = 8 << 20
    /// What a model sees again of one text that was cut off, in Unicode scalars; the middle is left out.
    package static let maximumCutTextCharacters = 256_000
    /// Text of deltas that is kept in memory for the readers of one session; who is further behind reads the store.
    package static let recentDeltaBytes = 1 << 20
    /// One line of a line-framed stream (stdio protocols, MCP servers).
    package static let lineBytes = 32 << 20
    /// One JSON document.
    package static let jsonBytes = 64 << 20
    /// Bytes in the tail journal after which it is folded into text runs without waiting for the clock.
    package static let journalFoldBytes = 64 << 10
    /// One text run, the row that many deltas share.
    package static let textRunBytes = 64 << 10
    /// One blob: an image, a document, a whole tool output.
    package static let blobBytes = 32 << 20
    /// Files that one session keeps as they were before it changed them.
    package static let sessionSnapshotBytes = 512 << 20
    /// One image for a model.
    package static let imageBytes = 5 << 20
    /// One PDF document for a model.
    package static let documentBytes = 3 << 20
    /// Pages of all documents in one request to a model, and of one document.
    package static let maximumDocumentPages = 100
    /// All images and documents of one request to a model, before they are encoded for the wire (which adds a third).
    package static let requestMediaBytes = 16 << 20
    /// How many of them one request has.
    package static let maximumRequestMedia = 20
    /// One request body of an HTTP listener.
    package static let requestBodyBytes = 32 << 20
    /// One settings, hook or MCP configuration file.
    package static let configurationFileBytes = 4 << 20
    /// All instruction files that the model of one session sees.
    package static let instructionBytes = 128 << 10
    /// The text of one skill, and of one command.
    package static let skillBytes = 256 << 10
    /// What a command that is a program may write for the model; the rest is left out.
    package static let commandOutputBytes = 64 << 10
    /// One instruction file (`AGENTS.md`) that goes into the context.
    package static let instructionFileBytes = 256 << 10
    /// The comment of one answer to a permission request.
    package static let approvalCommentBytes = 16 << 10
    /// One plan that is handed in for approval, and one that comes with the approval.
    package static let planBytes = 256 << 10
    /// The question of one permission request, in Unicode scalars.
    package static let maximumQuestionCharacters = 8_000
    /// The title of one session, in Unicode scalars.
    package static let maximumTitleCharacters = 400
    /// Open permission requests of one session.
    package static let maximumOpenApprovals = 64
    /// What is kept of a provider's error body for the message.
    package static let errorBodyBytes = 64 << 10
    /// What is held in memory of one child's standard error.
    package static let standardErrorBytes = 256 << 10
    /// What is kept of each stream of one hook's command, and what it may answer.
    package static let hookOutputBytes = 1 << 20
    /// What clients are shown of it, and the log keeps.
    package static let hookShownBytes = 16 << 10
    /// One command line of a hook.
    package static let hookCommandBytes = 64 << 10
    /// Commands of all hooks of one session.
    package static let maximumHooks = 256
    /// A name that a client chooses for itself, its writers or its turns, and that every event of a turn repeats.
    package static let clientNameBytes = 256
    /// What a client may say once about a session that every list tells again: one tag with its facts, a place, a source.
    package static let sessionLabelBytes = 4 << 10
    /// Tags of one session.
    package static let maximumSessionLabels = 64
    /// A system prompt of a client's, or what it adds to ours.
    package static let systemPromptBytes = 1 << 20
    /// Tool ids in one list of a client's.
    package static let maximumToolIds = 1_024
}
