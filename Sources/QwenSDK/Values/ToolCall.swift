/// A tool call, new or changed (`qwen-serve.md` §6.3). In a change what is `nil` stays as it was.
public struct ToolCall: Sendable, Hashable {
    /// What a call shows.
    public enum Content: Sendable, Hashable {
        /// A text, or another block.
        case content(ContentBlock)
        /// - oldText: `nil` for a new file.
        case diff(path: String, oldText: String?, newText: String)
        /// The output of a terminal.
        case terminal(id: String)
        /// Something else, as it came.
        case other(JSON)

        init(_ json: JSON) {
            switch json["type"] {
            case "content":
                if let block = json["content"] {
                    self = .content(ContentBlock(block))
                    return
                }
            case "diff":
                if let path = json["path"]?.stringValue, let new = json["newText"]?.stringValue {
                    self = .diff(path: path, oldText: json["oldText"]?.stringValue, newText: new)
                    return
                }
            case "terminal":
                if let id = json["terminalId"]?.stringValue {
                    self = .terminal(id: id)
                    return
                }
            default: break
            }
            self = .other(json)
        }
    }

    /// A place in a file that a call touches.
    public struct Location: Sendable, Hashable {
        /// Absolute.
        public let path: String
        /// Counted from 1.
        public let line: Int?
    }

    /// The same in a call, its changes and the request about it.
    public let toolCallId: String
    /// For people.
    public let title: String?
    /// What it means, if that is told.
    public let kind: ToolKind?
    /// How far it is.
    public let status: ToolCallStatus?
    /// What is to be done.
    public let content: [Content]?
    /// The places it touches.
    public let locations: [Location]?
    /// What the tool gets.
    public let rawInput: JSON?
    /// What the tool gave.
    public let rawOutput: JSON?
    /// As it came.
    public let json: JSON

    init(_ json: JSON) {
        self.json = json
        toolCallId = json["toolCallId"]?.stringValue ?? ""
        title = json["title"]?.stringValue
        kind = json["kind"]?.stringValue.map(ToolKind.init(rawValue:))
        status = json["status"]?.stringValue.map(ToolCallStatus.init(rawValue:))
        content = json["content"]?.arrayValue?.map(Content.init)
        locations = json["locations"]?.arrayValue?.compactMap { place in
            place["path"]?.stringValue.map { Location(path: $0, line: place["line"]?.intValue) }
        }
        rawInput = json["rawInput"]
        rawOutput = json["rawOutput"]
    }
}
