import ApusBase
import Foundation

/// What a tool's handler may give back: a text, a JSON value, or a ``ToolResponse``.
public protocol ToolOutput: Sendable {
    var response: ToolResponse { get }
}

/// What the model is given as the result of a call.
public struct ToolResponse: ToolOutput, Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case text(String)
        /// Bytes of a PNG, JPEG, GIF or WebP image.
        case image([UInt8], mimeType: String)
    }

    public var content: [Content]
    /// For programs; models are given it as text too when there is no other text.
    public var structured: JSON?
    /// The model is told that the call failed.
    public var isError: Bool

    public init(content: [Content] = [], structured: JSON? = nil, isError: Bool = false) {
        self.content = content
        self.structured = structured
        self.isError = isError
    }

    public static func text(_ text: String) -> ToolResponse { ToolResponse(content: [.text(text)]) }
    public static func error(_ text: String) -> ToolResponse { ToolResponse(content: [.text(text)], isError: true) }
    public static func image(_ bytes: [UInt8], mimeType: String) -> ToolResponse {
        ToolResponse(content: [.image(bytes, mimeType: mimeType)])
    }
    /// An object, which is also given as text for clients that read no more than that.
    public static func structured(_ object: JSONMembers) -> ToolResponse {
        ToolResponse(content: [.text(JSON.object(object).text)], structured: .object(object))
    }

    public var response: ToolResponse { self }

    var json: JSONValue {
        let parts = content.map { part -> JSONValue in
            switch part {
            case .text(let text): ["type": "text", "text": .string(text)]
            case .image(let bytes, let type):
                ["type": "image", "data": .string(Data(bytes).base64EncodedString()), "mimeType": .string(type)]
            }
        }
        var object: JSONObject = ["content": .array(parts)]
        // Nothing but objects may be there (revision 2025-06-18).
        if let structured, structured.objectValue != nil { object["structuredContent"] = structured.value }
        object["isError"] = .bool(isError)
        return .object(object)
    }
}

extension String: ToolOutput {
    public var response: ToolResponse { .text(self) }
}

extension JSON: ToolOutput {
    public var response: ToolResponse {
        if let members = objectValue { return .structured(members) }
        return .text(text)
    }
}
