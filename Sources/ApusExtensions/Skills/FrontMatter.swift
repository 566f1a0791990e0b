import ApusBase

/// The head of a Markdown file between two lines of `---`: names with one value each, which is all that skills and commands use of YAML.
///
/// Quotes around a value are taken away, a value over several lines (`>`, `|`, or indented below its name) is joined; lists and nested
/// names are passed over. A file without a head has no values and is all body. It is no YAML: anchors, aliases and tags are text, so that
/// nothing in it multiplies; values and their number are bounded, the rest of them is dropped.
struct FrontMatter: Hashable, Sendable {
    static let maximumValues = 64
    /// Of one value, in bytes, but for the line that passes it.
    static let maximumValueBytes = 8 << 10

    private(set) var values: [String: String] = [:]
    private(set) var body: String

    init(_ text: String) {
        var lines = text.lines
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else {
            body = text
            return
        }
        body = lines[(end + 1)...].joined(separator: "\n")
        lines = Array(lines[1..<end])
        var name: String?
        for line in lines {
            if line.first?.isWhitespace == true {
                // A line of the value before it.
                guard let name, let value = values[name] else { continue }
                if value.utf8.count > Self.maximumValueBytes { continue }
                let more = line.prefix(Self.maximumValueBytes).trimmed
                if more.hasPrefix("- ") || more.isEmpty { continue }
                values[name] = value.isEmpty ? String(more) : value + " " + more
                continue
            }
            guard let colon = line.firstIndex(of: ":"), !line.hasPrefix("#") else {
                name = nil
                continue
            }
            let key = line[..<colon].trimmed.lowercased()
            if values[key] == nil, values.count >= Self.maximumValues {
                name = nil
                continue
            }
            name = key
            values[key] = FrontMatter.value(line[line.index(after: colon)...].prefix(Self.maximumValueBytes).trimmed)
        }
    }

    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    func flag(_ name: String) -> Bool? {
        switch values[name]?.lowercased() {
        case "true", "yes", "on": true
        case "false", "no", "off": false
        default: nil
        }
    }

    private static func value(_ text: Substring) -> String {
        if [">", "|", ">-", "|-", ">+", "|+"].contains(text) { return "" }
        for quote in ["\"", "'"] where text.count >= 2 && text.hasPrefix(quote) && text.hasSuffix(quote) {
            return String(text.dropFirst().dropLast())
        }
        return String(text)
    }

    /// The first paragraph that is no heading.
    var firstParagraph: String? {
        var lines: [Substring] = []
        for line in body.lines.map(\.trimmed) {
            if line.isEmpty || line.hasPrefix("#") {
                if lines.isEmpty { continue }
                break
            }
            lines.append(line)
        }
        return lines.isEmpty ? nil : String(lines.joined(separator: " ").prefix(1_000))
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
