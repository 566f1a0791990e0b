import ApusBase

/// Collects what a search found, within the bounds of a result.
struct GrepOutput {
    private let request: GrepRequest
    private var text = BoundedText(limit: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
    private(set) var lines = 0
    private var isEmpty = true
    /// The limit was reached and something more was found.
    private(set) var isCut = false
    private(set) var notices: [String] = []

    init(_ request: GrepRequest) { self.request = request }

    /// False when nothing more is wanted.
    mutating func addPath(_ path: String) -> Bool { append(path) }

    mutating func addSeparator() { if request.limit.map({ lines < $0 }) ?? true { write("--") } }

    mutating func addLine(_ path: String, number: Int, _ bytes: ArraySlice<UInt8>, isMatch: Bool) -> Bool {
        let mark = isMatch ? ":" : "-"
        let place = request.showsNumbers ? "\(mark)\(number)" : ""
        return append("\(path)\(place)\(mark)\(OutputLimit.line(bytes))")
    }

    mutating func note(_ sentence: String) { notices.append("[\(sentence)]") }

    func rendered() -> String {
        var parts = [isEmpty ? "No matches found" : text.rendered()]
        if isCut, let limit = request.limit { parts.append("[The first \(limit) lines are shown.]") }
        return (parts + notices).joined(separator: "\n\n")
    }

    private mutating func append(_ line: String) -> Bool {
        if let limit = request.limit, lines >= limit {
            isCut = true
            return false
        }
        lines += 1
        write(line)
        return true
    }

    private mutating func write(_ line: String) {
        text.append(isEmpty ? line : "\n" + line)
        isEmpty = false
    }
}
