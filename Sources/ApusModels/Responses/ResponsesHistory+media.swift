import ApusBase
import ApusCore

/// Images and documents as parts of messages and of outputs.
extension ResponsesHistory {
    /// Plain text where there is nothing else, which servers that imitate the API understand best.
    func writeOutput(of result: ModelToolResult, into writer: inout JSONWriter) {
        writer.key("output")
        if result.media.isEmpty { return writer.string(result.text) }
        writer.beginArray()
        if !result.text.isEmpty { Self.write("input_text", result.text, into: &writer) }
        for media in result.media { Self.write(media, into: &writer) }
        writer.endArray()
    }

    static func write(_ media: Media, into writer: inout JSONWriter) {
        let details = media.details
        let prefix = "data:\(details.type.rawValue);base64,"
        writer.beginObject()
        if details.type.isImage {
            writer.field("type", "input_image")
            if let quality = details.quality { writer.field("detail", quality.detail) }
            writer.key("image_url")
        } else {
            writer.field("type", "input_file")
            writer.field("filename", details.name ?? "document.pdf")
            writer.key("file_data")
        }
        writer.base64(media.bytes, after: prefix)
        writer.endObject()
    }
}

extension ImageQuality {
    /// OpenAI's word, which has no middle: there it decides by itself.
    var detail: String {
        switch self {
        case .low: "low"
        case .medium: "auto"
        case .high: "high"
        }
    }
}
