import ApusBase
import ApusCore

/// Images and documents as blocks, in messages and inside of results.
extension MessagesHistory {
    /// Plain text where there is nothing else, which servers that imitate the API understand best.
    static func writeContent(of result: ModelToolResult, into writer: inout JSONWriter) {
        writer.key("content")
        if result.media.isEmpty { return writer.string(result.text) }
        writer.beginArray()
        // The API refuses blocks of white space only.
        if !result.text.allSatisfy(\.isWhitespace) { writer.object(["type": "text", "text": .string(result.text)]) }
        for media in result.media {
            writer.beginObject()
            writeMembers(of: media, into: &writer)
            writer.endObject()
        }
        writer.endArray()
    }

    static func writeMembers(of media: Media, into writer: inout JSONWriter) {
        writer.field("type", media.details.type.isImage ? "image" : "document")
        writer.key("source")
        writer.beginObject()
        writer.field("type", "base64")
        writer.field("media_type", media.details.type.rawValue)
        writer.key("data")
        writer.base64(media.bytes)
        writer.endObject()
        if !media.details.type.isImage, let name = media.details.name { writer.field("title", name) }
    }
}
