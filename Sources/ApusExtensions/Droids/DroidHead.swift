import ApusBase

/// The head of a custom droid's file, between two lines of `---`: names with a text or a list of texts each. That is all of YAML that droids
/// use, and all that is read: no anchors, no tags, no nesting, so that nothing in a file grows while it is read.
struct DroidHead: Hashable, Sendable {
    enum Value: Hashable, Sendable {
        case text(String)
        case list([String])
    }

    struct Fault: Error, Hashable, Sendable {
        var sentence: String
        init(_ sentence: String) { self.sentence = sentence }
    }

    /// More lines have no droid's head in them.
    static let maximumLines = 500

    private(set) var values: [String: Value] = [:]
    private(set) var body: String

    init(_ text: String) throws(Fault) {
        let lines = text.lines
        guard lines.first == "---" else { throw Fault("it does not begin with a head between two lines of \"---\"") }
        guard let end = lines.prefix(Self.maximumLines + 2).dropFirst().firstIndex(of: "---") else {
            throw Fault("its head has no end: a line of \"---\", within \(Self.maximumLines) lines")
        }
        body = lines[(end + 1)...].joined(separator: "\n")
        var reader = Reader()
        for line in lines[1..<end] { try reader.take(line) }
        reader.close()
        values = reader.values
    }

    /// A text that is not empty.
    func text(_ name: String) throws(Fault) -> String? {
        switch values[name.lowercased()] {
        case .text(let text): return text.isEmpty || text == "null" || text == "~" ? nil : text
        case .list: throw Fault("\"\(name)\" has to be a text, not a list")
        case nil: return nil
        }
    }

    /// A list; one text alone counts as texts with commas between them.
    func list(_ name: String) -> [String]? {
        switch values[name.lowercased()] {
        case .list(let list): list
        case .text(let text) where text.isEmpty || text == "null" || text == "~": nil
        case .text(let text): Self.parts(text[...])
        case nil: nil
        }
    }

    private struct Reader {
        var values: [String: Value] = [:]
        private var name: String?
        private var text = ""
        private var items: [String]?

        mutating func take(_ line: Substring) throws(Fault) {
            let content = line.droidTrimmed
            if content.isEmpty || content.hasPrefix("#") { return }
            let isItem = content == "-" || content.hasPrefix("- ")
            if isItem || line.first?.isWhitespace == true {
                guard name != nil else { throw Fault("the line \"\(content.prefix(80))\" of its head belongs to nothing") }
                if isItem, text.isEmpty {
                    items = (items ?? []) + [DroidHead.scalar(content.dropFirst().droidTrimmed)]
                } else {
                    text += (text.isEmpty ? "" : " ") + content
                }
                return
            }
            guard let colon = content.firstIndex(of: ":") else {
                throw Fault("the line \"\(content.prefix(80))\" of its head is no \"name: value\"")
            }
            close()
            let key = content[..<colon].droidTrimmed.lowercased()
            if values[key] != nil { throw Fault("its head has \"\(key.prefix(80))\" twice") }
            name = key
            let value = content[content.index(after: colon)...].droidTrimmed
            if value.hasPrefix("[") {
                let bare = DroidHead.withoutComment(value)
                guard bare.hasSuffix("]") else { throw Fault("the list \"\(key.prefix(80))\" of its head is not closed on its line") }
                items = DroidHead.parts(bare.dropFirst().dropLast())
            } else {
                text = [">", "|", ">-", "|-", ">+", "|+"].contains(value) ? "" : DroidHead.scalar(value)
            }
        }

        mutating func close() {
            if let name { values[name] = items.map { .list($0) } ?? .text(text) }
            (name, text, items) = (nil, "", nil)
        }
    }

    private static func parts(_ text: Substring) -> [String] {
        text.split(separator: ",").map { scalar($0.droidTrimmed) }.filter { !$0.isEmpty }
    }

    private static func scalar(_ text: Substring) -> String {
        for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) {
            if let end = text.dropFirst().firstIndex(of: Character(quote)) { return String(text[text.index(after: text.startIndex)..<end]) }
        }
        return String(withoutComment(text))
    }

    private static func withoutComment(_ text: Substring) -> Substring {
        guard let mark = text.firstRange(of: " #") else { return text }
        return text[..<mark.lowerBound].droidTrimmed
    }
}

extension Substring {
    fileprivate var droidTrimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
