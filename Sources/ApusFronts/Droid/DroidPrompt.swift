import ApusBase
import ApusCore
import DroidWire
import FoundationEssentials

/// A prompt with what was attached to it, checked. Every refusal names what came, and the limit.
struct DroidPrompt {
    let text: String
    let media: [Media]
    let schema: JSONSchema?

    /// More than any client needs that names its messages.
    private static let maximumIDBytes = 256

    init(_ params: AddUserMessageParams) throws(DroidFailure) {
        if params.skipAgentLoop == true { throw Self.refusal("\"skipAgentLoop\" is not available in this version of Apus") }
        if let role = params.role, role != .user { throw Self.refusal("\"role\" must be user, not \(role.rawValue)") }
        if let id = params.messageId, !(1...Self.maximumIDBytes).contains(id.utf8.count) {
            throw Self.refusal("\"messageId\" must have 1 to \(Self.maximumIDBytes) bytes")
        }
        var text = params.text
        var media: [Media] = []
        for (index, image) in (params.images ?? []).enumerated() {
            media.append(try Self.image(image, at: "images[\(index)]"))
        }
        for (index, file) in (params.files ?? []).enumerated() {
            switch file {
            case .pdf(let document): media.append(try Self.document(document, at: "files[\(index)]"))
            case .text(let document):
                let name = document.name.map { " \"\($0)\"" } ?? ""
                text += "\n\nAttached file\(name):\n\(document.data)"
            }
        }
        if text.utf8.count > ByteLimit.promptBytes {
            throw Self.refusal("The prompt has \(text.utf8.count) bytes with its files; \(ByteLimit.promptBytes) are the most")
        }
        if text.isEmpty && media.isEmpty { throw Self.refusal("\"text\" must not be empty") }
        if media.count > ByteLimit.maximumRequestMedia {
            throw Self.refusal("\(media.count) images and documents; \(ByteLimit.maximumRequestMedia) are the most")
        }
        let bytes = media.reduce(0) { $0 + $1.bytes.count }
        if bytes > ByteLimit.requestMediaBytes {
            throw Self.refusal("The attachments have \(bytes) bytes; \(ByteLimit.requestMediaBytes) are the most")
        }
        self.text = text
        self.media = media
        guard let format = params.outputFormat else {
            schema = nil
            return
        }
        do throws(JSONSchema.Fault) {
            schema = try JSONSchema(.object(format.schema))
        } catch {
            throw Self.refusal("\"outputFormat.schema\" cannot be used. \(error)")
        }
    }

    private static func image(_ image: DroidImage, at place: String) throws(DroidFailure) -> Media {
        let bytes = try decoded(image.data, at: place)
        guard let type = type(of: bytes), type.isImage else { throw refusal("\"\(place)\" is no PNG, JPEG, GIF or WebP image") }
        if type.rawValue != image.mediaType.rawValue {
            throw refusal("\"\(place)\" is \(type.phrase), not \(image.mediaType.rawValue)")
        }
        if bytes.count > ByteLimit.imageBytes {
            throw refusal("\"\(place)\" has \(bytes.count) bytes; \(ByteLimit.imageBytes) are the most for an image")
        }
        return Media(MediaDetails(type), bytes: bytes)
    }

    private static func document(_ document: DroidPDFDocument, at place: String) throws(DroidFailure) -> Media {
        let bytes = try decoded(document.data, at: place)
        guard type(of: bytes) == .pdf else { throw refusal("\"\(place)\" is no PDF document") }
        if bytes.count > ByteLimit.documentBytes {
            throw refusal("\"\(place)\" has \(bytes.count) bytes; \(ByteLimit.documentBytes) are the most for a document")
        }
        let text = document.parsedData.map { String($0.unicodeScalars.prefix(ByteLimit.maximumToolOutputCharacters)) }
        return Media(
            MediaDetails(.pdf, name: document.name ?? document.path?.lastPathComponent, text: text), bytes: bytes)
    }

    private static func decoded(_ text: String, at place: String) throws(DroidFailure) -> [UInt8] {
        guard let data = Data(base64Encoded: text), !data.isEmpty else { throw refusal("\"\(place).data\" is not base64") }
        return Array(data)
    }

    /// By the first bytes, whatever the client calls it.
    static func type(of bytes: [UInt8]) -> MediaType? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) { return .gif }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return .webp }
        if bytes.starts(with: "%PDF-".utf8) { return .pdf }
        return nil
    }

    private static func refusal(_ sentence: String) -> DroidFailure { DroidFailure(.invalidParams, sentence) }
}

extension String {
    fileprivate init(_ scalars: Substring.UnicodeScalarView) { self = String(String.UnicodeScalarView(scalars)) }
}
