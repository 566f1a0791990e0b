import ApusBase
import ApusCore

/// A piece of a session that can be found.
struct SearchDocument: Hashable, Sendable {
    /// The message or the call.
    var name: String
    var kind: SessionQuery.Kind
    var role: SessionMatch.Hit.Role
    /// Of a result it is that of its call, which was stored before.
    var tool: String?
    var body: String

    /// `nil` for facts in which nothing is said or done.
    init?(_ fact: EventKind) {
        switch fact {
        case .userMessage(let message, _, let text, _):
            self.init(message.rawValue, .message, .user, text)
        case .itemFinished(let item), .itemInterrupted(let item):
            switch item.content {
            case .text(let text): self.init(item.message.rawValue, .message, .assistant, text)
            case .toolCall(let call):
                self.init(call.id.rawValue, .toolUse, .assistant, Self.text(of: call.input), tool: call.name)
            case .reasoning: return nil
            }
        case .toolFinished(let outcome): self.init(outcome.call.rawValue, .toolResult, .tool, outcome.text)
        case .sessionCreated, .sessionForked, .settingsChanged, .titleChanged, .turnQueued, .turnStarted, .contextAdded, .responseStarted,
            .delta, .responseFinished, .retrying, .toolIntended, .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked,
            .questionAnswered, .filesSaved, .contextCompacted, .sessionArchived, .todosChanged, .processStarted, .turnFinished,
            .noticed:
            return nil
        }
    }

    private init?(_ name: String, _ kind: SessionQuery.Kind, _ role: SessionMatch.Hit.Role, _ text: String, tool: String? = nil) {
        let kept = text.unicodeScalars.prefix(StoreLimit.searchDocumentCharacters)
        // A column's text ends at NUL.
        let body = String(String.UnicodeScalarView(kept.map { $0 == "\0" ? " " : $0 }))
        if body.allSatisfy(\.isWhitespace), tool == nil { return nil }
        self.name = name
        self.kind = kind
        self.role = role
        self.tool = tool
        self.body = tool.map { $0 + "\n" + body } ?? body
    }

    /// Names and texts of an input, without the marks of JSON.
    private static func text(of value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let values): values.map { text(of: $0) }.joined(separator: "\n")
        case .object(let members): members.map { "\($0.0): \(text(of: $0.1))" }.joined(separator: "\n")
        default: value.serialized()
        }
    }
}

/// The words of a search as SQLite's full-text index takes them.
enum SearchWords {
    private static let maximumWords = 32
    private static let maximumCharacters = 1_000

    /// All words, each in quotes, so that no character of theirs means anything; `nil` when there are none.
    static func match(_ text: String) -> String? {
        let words = text.prefix(maximumCharacters).split { $0.isWhitespace || $0 == "\0" }
            .filter { $0.contains { $0.isLetter || $0.isNumber } }
            .prefix(maximumWords)
        if words.isEmpty { return nil }
        return words.map { "\"" + $0.replacing("\"", with: "\"\"").replacing("\0", with: "") + "\"" }.joined(separator: " ")
    }
}

/// A hit with something around it, of bounded length.
enum SearchSnippet {
    /// Private-use characters, which texts do not have.
    static let start = "\u{E000}"
    static let end = "\u{E001}"

    /// - Parameter marked: with `start` and `end` around every hit.
    static func cut(_ marked: String, around characters: Int) -> String {
        let scalars = Array(marked.unicodeScalars)
        let marks: Set<Unicode.Scalar> = ["\u{E000}", "\u{E001}"]
        let place = scalars.firstIndex { marks.contains($0) } ?? 0
        let first = max(0, place - characters)
        let last = min(scalars.count, place + 2 * characters)
        var text = String(String.UnicodeScalarView(scalars[first..<last].filter { !marks.contains($0) }))
        text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return (first > 0 ? "…" : "") + text + (last < scalars.count ? "…" : "")
    }
}
