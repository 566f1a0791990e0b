import ApusBase

/// What a terminal shows after some bytes: as much of one as our programs use. It has as many rows as it needs and does not scroll.
/// A sequence that it does not know is kept, so that a test cannot mistake it for nothing.
struct Screen: Sendable {
    let columns: Int
    private var rows: [[String]] = [[]]
    private var row = 0
    private var column = 0
    /// Escape sequences and control characters of which the effect is not modelled.
    private(set) var surprises: [String] = []
    /// Parameters of all sequences that set colour or weight, in order.
    private(set) var styles: [String] = []

    init(columns: Int) { self.columns = columns }

    /// Rows from the top, without blanks at their ends and without empty rows at the bottom.
    var lines: [String] {
        var lines = rows.map { row in
            var text = row.joined()
            while text.hasSuffix(" ") { text.removeLast() }
            return text
        }
        while lines.last == "" { lines.removeLast() }
        return lines
    }

    mutating func write(_ bytes: [UInt8]) {
        var rest = String(decoding: bytes, as: UTF8.self).unicodeScalars[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\r": column = 0
            case "\n":
                row += 1
                if row == rows.count { rows.append([]) }
            case "\u{1B}":
                guard rest.first == "[" else {
                    surprises.append("ESC \(rest.first.map(String.init) ?? "")")
                    continue
                }
                rest.removeFirst()
                let parameters = rest.prefix { ("0"..."?").contains($0) }
                rest = rest[parameters.endIndex...]
                control(String(String.UnicodeScalarView(parameters)), rest.popFirst())
            default:
                if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
                    surprises.append("U+\(String(scalar.value, radix: 16))")
                } else {
                    put(String(scalar))
                }
            }
        }
    }

    private mutating func control(_ parameters: String, _ end: Unicode.Scalar?) {
        switch (parameters, end) {
        case ("", "J"), ("0", "J"):
            rows.removeSubrange((row + 1)...)
            rows[row] = Array(rows[row].prefix(column))
        case ("", "K"), ("0", "K"): rows[row] = Array(rows[row].prefix(column))
        case (_, "m"): styles.append(parameters)
        default: surprises.append("CSI \(parameters)\(end.map(String.init) ?? "")")
        }
    }

    private mutating func put(_ text: String) {
        let width = displayColumns(text)
        if width == 0 { return }
        if column + width > columns {
            row += 1
            column = 0
            if row == rows.count { rows.append([]) }
        }
        while rows[row].count < column + width { rows[row].append(" ") }
        rows[row][column] = text
        for place in 1..<max(width, 1) { rows[row][column + place] = "" }
        column += width
    }
}
