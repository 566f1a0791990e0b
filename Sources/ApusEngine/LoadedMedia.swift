import ApusBase
package import ApusCore

/// The images and documents of a conversation as one request carries them: bytes where the model takes them and they fit, else a
/// sentence or the text that stands for them.
///
/// The newest go first: at most ``ByteLimit/maximumRequestMedia`` of at most ``ByteLimit/requestMediaBytes`` together, and documents of at
/// most ``ByteLimit/maximumDocumentPages`` pages together, which is what providers take of one request.
package struct LoadedMedia: Sendable {
    package enum Form: Hashable, Sendable {
        case media(Media)
        case text(String)
    }

    /// Whose media: a prompt's, or those of one call of a response.
    struct Owner: Hashable {
        var message: MessageID
        var call: CallID?
    }

    private var forms: [Owner: [Form]] = [:]

    package static let none = LoadedMedia()

    /// Loads what the transcript refers to. Never fails: what cannot be had becomes a sentence.
    package static func load(
        for transcript: [TranscriptEntry], model: ModelDescription, from blobs: any BlobStore
    ) async -> LoadedMedia {
        var loaded = LoadedMedia()
        var room = Room()
        for (owner, references) in holdings(of: transcript).reversed() {
            var forms: [Form] = []
            for reference in references.reversed() {
                if let obstacle = model.media.obstacle(to: reference, model: model.id) ?? room.obstacle(to: reference) {
                    forms.append(.text(omission(of: reference, obstacle)))
                } else if let bytes = await bytes(of: reference, in: blobs) {
                    room.take(reference)
                    forms.append(.media(Media(reference.details, bytes: bytes)))
                } else {
                    forms.append(.text(omission(of: reference, "its bytes are not stored any more")))
                }
            }
            loaded.forms[owner] = forms.reversed()
        }
        return loaded
    }

    /// A text with what stands for media behind it, and the media themselves.
    func parts(_ text: String, of owner: Owner, _ references: [MediaReference]) -> (text: String, media: [Media]) {
        var texts = text.isEmpty ? [] : [text]
        var media: [Media] = []
        for form in forms[owner] ?? references.map({ .text(Self.omission(of: $0, "it was not loaded")) }) {
            switch form {
            case .media(let loaded): media.append(loaded)
            case .text(let instead): texts.append(instead)
            }
        }
        return (texts.joined(separator: "\n\n"), media)
    }

    /// What is left of a request's room.
    private struct Room {
        private var count = 0
        private var bytes = 0
        private var pages = 0

        func obstacle(to reference: MediaReference) -> String? {
            let fits =
                count < ByteLimit.maximumRequestMedia && bytes + reference.byteCount <= ByteLimit.requestMediaBytes
                && pages + (reference.details.pages ?? 0) <= ByteLimit.maximumDocumentPages
            return fits ? nil : "newer images and documents fill the request; read it again to see it"
        }

        mutating func take(_ reference: MediaReference) {
            count += 1
            bytes += reference.byteCount
            pages += reference.details.pages ?? 0
        }
    }

    /// In the order in which the model reads them.
    private static func holdings(of transcript: [TranscriptEntry]) -> [(owner: Owner, references: [MediaReference])] {
        transcript.flatMap { entry -> [(owner: Owner, references: [MediaReference])] in
            switch entry {
            case .user(let message, _, _, let media): [(Owner(message: message), media)]
            case .context: []
            case .response(let response):
                response.calls.map { (Owner(message: response.message, call: $0.id), response.outcome(of: $0.id)?.media ?? []) }
            }
        }.filter { !$0.references.isEmpty }
    }

    private static func bytes(of reference: MediaReference, in blobs: any BlobStore) async -> [UInt8]? {
        // A damaged file is as good as none: the sentence says that the bytes are missing, and the conversation goes on.
        guard let bytes = try? await blobs.get(reference.hash), bytes.count == reference.byteCount else { return nil }
        return bytes
    }

    private static func omission(of reference: MediaReference, _ reason: String) -> String {
        let noun = reference.details.type.isImage ? "image" : "document"
        let name = reference.details.name.map { " \($0)" } ?? ""
        guard let text = reference.details.text else { return "[\(noun)\(name) omitted: \(reason)]" }
        return "[\(noun)\(name) as text: \(reason)]\n\(text)"
    }
}
