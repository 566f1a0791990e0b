import ApusBase
import ApusCore

/// A message of the user's role that is being gathered: plain text unless it has images, which not every server understands.
///
/// Documents have no form that servers agree on and are left out: the description of a model of this dialect keeps them from coming here.
struct ChatUserMessage {
    private enum Part {
        case text(String)
        case image(Media)
    }

    private var parts: [Part] = []

    mutating func add(_ texts: [String], _ media: [Media]) {
        parts += media.filter(\.details.type.isImage).map { .image($0) }
        parts += texts.filter { !$0.isEmpty }.map { .text($0) }
    }

    /// Each image behind a line that says which result it belongs to.
    mutating func add(mediaOf results: [ModelToolResult]) {
        for result in results {
            for media in result.media where media.details.type.isImage {
                let name = media.details.name.map { " \($0)" } ?? ""
                parts += [.text("[Image\(name) of the result of \(result.tool), call \(result.call)]"), .image(media)]
            }
        }
    }

    mutating func flush(into writer: inout JSONWriter) {
        if parts.isEmpty { return }
        writer.beginObject()
        writer.field("role", "user")
        writer.key("content")
        writeContent(into: &writer)
        writer.endObject()
        parts = []
    }

    private func writeContent(into writer: inout JSONWriter) {
        let texts = parts.compactMap { if case .text(let text) = $0 { text } else { nil } }
        if texts.count == parts.count { return writer.string(texts.joined(separator: "\n\n")) }
        writer.beginArray()
        for part in parts {
            writer.beginObject()
            switch part {
            case .text(let text):
                writer.field("type", "text")
                writer.field("text", text)
            case .image(let media):
                writer.field("type", "image_url")
                writer.key("image_url")
                writer.beginObject()
                writer.key("url")
                writer.base64(media.bytes, after: "data:\(media.details.type.rawValue);base64,")
                if let quality = media.details.quality { writer.field("detail", quality.detail) }
                writer.endObject()
            }
            writer.endObject()
        }
        writer.endArray()
    }
}
