import ApusBase
import ApusCore

/// Makes what the model reads from what `tools/call` gave.
enum MCPCallResult {
    static func result(_ value: JSONValue, _ limits: MCPLimits) -> ToolResult {
        var parts = MCPResultParts(maximumImages: limits.images)
        let content = value["content"]?.arrayValue ?? []
        for part in content {
            switch part["type"]?.stringValue {
            case "text": parts.line(part["text"]?.stringValue ?? "")
            case "image": parts.image(part["data"]?.stringValue, saidToBe: part["mimeType"]?.stringValue)
            case "resource": parts.resource(part["resource"] ?? .null)
            case "resource_link": parts.line("[resource \(MCPFault.shown(part["uri"]?.stringValue ?? "without an address"))]")
            case let type: parts.line("[content of type \(MCPFault.shown(type ?? "unknown", limit: 60)), which models are not given]")
            }
        }
        // Servers should repeat it as text for clients that read no more than that.
        let hasText = content.contains { $0["type"] == "text" }
        if let structured = value["structuredContent"], !structured.isNull, !hasText { parts.line(structured.serialized()) }
        if value["content"] == nil, value["structuredContent"] == nil { parts.line(value.serialized()) }
        let shown = parts.text.rendered()
        let isError = value["isError"]?.boolValue ?? false
        return ToolResult(
            isError ? .failed : .succeeded, isError && shown.isEmpty ? "Error: the tool failed and said nothing." : shown,
            media: parts.media)
    }
}
