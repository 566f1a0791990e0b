/// A piece of a prompt or of an answer (`qwen-serve.md` §6.3). A text may be written as it is: `["What is this?"]`.
public enum ContentBlock: Sendable, Hashable, ExpressibleByStringInterpolation {
    /// Plain text or Markdown.
    case text(String)
    /// - data: In base64.
    case image(data: String, mimeType: String)
    /// - data: In base64.
    case audio(data: String, mimeType: String)
    /// Something the agent may read by itself.
    case resourceLink(uri: String, name: String, mimeType: String? = nil)
    /// A text that is carried along.
    case textResource(uri: String, text: String, mimeType: String? = nil)
    /// Bytes that are carried along, in base64.
    case blobResource(uri: String, blob: String, mimeType: String? = nil)
    /// A block of another kind, or with more to it, as it is on the wire.
    case other(JSON)

    /// As a literal.
    public init(stringLiteral value: String) { self = .text(value) }

    /// The text of a text block.
    public var text: String? { if case .text(let text) = self { text } else { nil } }

    /// As on the wire.
    public var json: JSON {
        switch self {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let data, let mimeType): ["type": "image", "data": .string(data), "mimeType": .string(mimeType)]
        case .audio(let data, let mimeType): ["type": "audio", "data": .string(data), "mimeType": .string(mimeType)]
        case .resourceLink(let uri, let name, let mimeType):
            Self.object(["type": "resource_link", "uri": .string(uri), "name": .string(name)], mimeType)
        case .textResource(let uri, let text, let mimeType):
            ["type": "resource", "resource": Self.object(["uri": .string(uri), "text": .string(text)], mimeType)]
        case .blobResource(let uri, let blob, let mimeType):
            ["type": "resource", "resource": Self.object(["uri": .string(uri), "blob": .string(blob)], mimeType)]
        case .other(let json): json
        }
    }

    private static func object(_ members: JSONMembers, _ mimeType: String?) -> JSON {
        var members = members
        members["mimeType"] = mimeType.map(JSON.string)
        return .object(members)
    }

    /// Reads a block; what is none of the kinds above is ``other(_:)``.
    public init(_ json: JSON) {
        let type = json["type"]?.stringValue
        if type == "text", let text = json["text"]?.stringValue {
            self = .text(text)
        } else if type == "image" || type == "audio", let data = json["data"]?.stringValue, let mimeType = json["mimeType"]?.stringValue {
            self = type == "image" ? .image(data: data, mimeType: mimeType) : .audio(data: data, mimeType: mimeType)
        } else if type == "resource_link", let uri = json["uri"]?.stringValue, let name = json["name"]?.stringValue {
            self = .resourceLink(uri: uri, name: name, mimeType: json["mimeType"]?.stringValue)
        } else if type == "resource", let uri = json["resource"]?["uri"]?.stringValue, let text = json["resource"]?["text"]?.stringValue {
            self = .textResource(uri: uri, text: text, mimeType: json["resource"]?["mimeType"]?.stringValue)
        } else if type == "resource", let uri = json["resource"]?["uri"]?.stringValue, let blob = json["resource"]?["blob"]?.stringValue {
            self = .blobResource(uri: uri, blob: blob, mimeType: json["resource"]?["mimeType"]?.stringValue)
        } else {
            self = .other(json)
        }
    }
}
