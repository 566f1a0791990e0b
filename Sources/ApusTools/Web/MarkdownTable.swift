/// One table of a page, cell by cell.
struct MarkdownTable {
    static let maximumDepth = 8
    private static let maximumColumns = 64

    let isInner: Bool
    private var rows: [[[UInt8]]] = []

    init(isInner: Bool) { self.isInner = isInner }

    mutating func beginRow() {
        if rows.last?.isEmpty != true { rows.append([]) }
    }

    mutating func beginCell() {
        if rows.isEmpty { rows.append([]) }
        let row = rows.count - 1
        if rows[row].count < Self.maximumColumns { rows[row].append([]) }
    }

    /// Adds to the current cell.
    mutating func append(_ text: [UInt8]) {
        if rows.last?.isEmpty != false { beginCell() }
        let row = rows.count - 1
        let cell = rows[row].count - 1
        if !rows[row][cell].isEmpty { rows[row][cell].append(0x20) }
        rows[row][cell] += text
    }

    /// Everything in one line, for a table inside a cell.
    var flat: [UInt8] { Array(rows.flatMap(\.self).filter { !$0.isEmpty }.joined(separator: [0x20])) }

    /// A table of Markdown; one with a single column only arranges text, and is given as paragraphs.
    var blocks: [String] {
        var filled = rows.filter { row in row.contains { !$0.isEmpty } }[...]
        let width = filled.map(\.count).max() ?? 0
        guard width > 1 else { return filled.flatMap(\.self).filter { !$0.isEmpty }.map { String(decoding: $0, as: UTF8.self) } }
        // A caption, or a heading over all columns.
        var before: [String] = []
        while let first = filled.first, first.count == 1 {
            before += first.map { String(decoding: $0, as: UTF8.self) }
            filled = filled.dropFirst()
        }
        var lines: [String] = []
        for (index, row) in filled.enumerated() {
            let cells = row.map { String(decoding: $0, as: UTF8.self).replacing("|", with: "\\|") }
            lines.append("| " + cells.joined(separator: " | ") + " |")
            if index == 0 { lines.append("|" + String(repeating: " --- |", count: width)) }
        }
        return before + [lines.joined(separator: "\n")]
    }
}
