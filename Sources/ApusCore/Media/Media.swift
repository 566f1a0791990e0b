/// What is known of an image or a document without its bytes.
package struct MediaDetails: Hashable, Sendable {
    package var type: MediaType
    /// For people and models: the last name of a path.
    package var name: String?
    /// Of an image.
    package var size: ImageSize?
    package var quality: ImageQuality?
    /// Of a document, where it is known.
    package var pages: Int?
    /// What a model reads that cannot be given the bytes: extracted text, or why there is none. Bounded like a tool's output.
    package var text: String?

    package init(
        _ type: MediaType, name: String? = nil, size: ImageSize? = nil, quality: ImageQuality? = nil, pages: Int? = nil,
        text: String? = nil
    ) {
        self.type = type
        self.name = name
        self.size = size
        self.quality = quality
        self.pages = pages
        self.text = text
    }
}

/// An image or a document with its bytes: on its way from a tool or a client to the log, and from the log to a model.
package struct Media: Hashable, Sendable {
    package var details: MediaDetails
    package var bytes: [UInt8]

    package init(_ details: MediaDetails, bytes: [UInt8]) {
        self.details = details
        self.bytes = bytes
    }
}

/// What a fact keeps of an image or a document; the bytes are in the blob store.
package struct MediaReference: Hashable, Sendable {
    package var details: MediaDetails
    /// SHA-256 of the bytes in hex: their name in the blob store.
    package var hash: String
    package var byteCount: Int

    package init(_ details: MediaDetails, hash: String, byteCount: Int) {
        self.details = details
        self.hash = hash
        self.byteCount = byteCount
    }
}

extension EventKind {
    /// The media this fact keeps alive, one use of its blob each. The prompt's media count once, with the fact that accepted it.
    package var keptMedia: [MediaReference] {
        switch self {
        case .turnQueued(let input): input.media
        case .toolFinished(let outcome): outcome.media
        case .sessionCreated, .sessionForked, .settingsChanged, .titleChanged, .turnStarted, .contextAdded, .userMessage,
            .responseStarted, .delta, .itemFinished, .itemInterrupted, .responseFinished, .retrying, .toolIntended, .processStarted,
            .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked, .questionAnswered, .filesSaved, .contextCompacted,
            .sessionArchived, .todosChanged, .turnFinished, .noticed:
            []
        }
    }

    /// The hashes of all blobs this fact keeps alive, once for each use.
    package var keptBlobs: [String] {
        if case .filesSaved(let files) = self { files.compactMap(\.content) } else { keptMedia.map(\.hash) }
    }
}
