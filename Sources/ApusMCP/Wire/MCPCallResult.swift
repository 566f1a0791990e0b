import ApusBase
import ApusCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes what the model reads from what `tools/call` gave.
enum MCPCallResult {
    static func result(_ value: JSONValue, _ limits: MCPLimits) -> ToolResult {
        var text = BoundedText()
        var media: [Media] = []
        var isFirst = true
        func line(_ words: String) {
            if !isFirst { text.append("\n") }
            isFirst = false
            text.append(words)
        }
        let content = value["content"]?.arrayValue ?? []
        for part in content {
            switch part["type"]?.stringValue {
            case "text": line(part["text"]?.stringValue ?? "")
            case "image":
                if media.count == limits.images {
                    line("[an image more than \(limits.images), left out]")
                } else if let image = image(part) {
                    media.append(image)
                } else {
                    line("[an image that cannot be shown: \(MCPFault.shown(part["mimeType"]?.stringValue ?? "of no type", limit: 60))]")
                }
            case "resource": line(resource(part["resource"]))
            case "resource_link": line("[resource \(MCPFault.shown(part["uri"]?.stringValue ?? "without an address"))]")
            case let type: line("[content of type \(MCPFault.shown(type ?? "unknown", limit: 60)), which models are not given]")
            }
        }
        // Servers should repeat it as text for clients that read no more than that.
        let hasText = content.contains { $0["type"] == "text" }
        if let structured = value["structuredContent"], !structured.isNull, !hasText { line(structured.serialized()) }
        if value["content"] == nil, value["structuredContent"] == nil { line(value.serialized()) }
        let shown = text.rendered()
        let isError = value["isError"]?.boolValue ?? false
        return ToolResult(
            isError ? .failed : .succeeded, isError && shown.isEmpty ? "Error: the tool failed and said nothing." : shown, media: media)
    }

    private static func resource(_ value: JSONValue?) -> String {
        if let text = value?["text"]?.stringValue { return text }
        return "[resource \(MCPFault.shown(value?["uri"]?.stringValue ?? "without an address")), not text]"
    }

    private static func image(_ part: JSONValue) -> Media? {
        guard let data = part["data"]?.stringValue, data.utf8.count <= ByteLimit.imageBytes / 3 * 4 + 4,
            let bytes = Data(base64Encoded: data).map(Array.init), bytes.count <= ByteLimit.imageBytes, let type = type(of: bytes)
        else { return nil }
        return Media(MediaDetails(type), bytes: bytes)
    }

    /// By the bytes: what a server says of them is a claim.
    private static func type(of bytes: [UInt8]) -> MediaType? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: Array("GIF8".utf8)) { return .gif }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) { return .webp }
        return nil
    }
}
