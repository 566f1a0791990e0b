/// The result text of a `Read` call: the lines of the file and what the tool says about those it left out.
struct ReadText: Hashable, Sendable {
    private(set) var lines: [Substring]
    /// The tool did not show all lines, or not all of a line.
    private(set) var isPart = false
    /// Lines of the whole file; `nil` when the tool does not know.
    private(set) var total: Int?

    init(_ result: String) {
        lines = result.utf8Lines
        if lines == ["[The file is empty.]"] { lines = [] }
        total = lines.count
        guard let last = lines.last, ReadText.isNotice(last) else { return }
        lines.removeLast()
        // The tool sets its notice apart by an empty line.
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        isPart = last.contains(" shown.") || last.contains("left out")
        total = last.contains(" shown.") ? ToolNotice.number(before: "are", in: last) : lines.count
    }

    private static func isNotice(_ line: Substring) -> Bool {
        guard ToolNotice.isBracketed(line) else { return false }
        return line.hasPrefix("[Lines ") || line.hasPrefix("[Line ") || line.hasPrefix("[The file is over ")
    }

    var text: String { lines.joined(separator: "\n") }
}
