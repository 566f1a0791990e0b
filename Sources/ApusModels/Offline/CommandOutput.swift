/// The result text of an `Execute` call, taken apart.
struct CommandOutput: Hashable, Sendable {
    /// What the command printed.
    var text: String
    /// `nil` when the result does not tell.
    var exitCode: Int?
    /// The middle of a long output was left out by the tool.
    var isCut: Bool

    init(_ result: String) {
        var body = result[...]
        exitCode = nil
        let marker = "[Process exited with code "
        if let last = body.utf8.split(separator: 10, omittingEmptySubsequences: true).last.map({ Substring($0) }), last.hasPrefix(marker) {
            exitCode = Int(last.dropFirst(marker.count).prefix { $0 != "]" })
            body = body[..<last.startIndex]
        }
        let failure = "Error: Command failed (exit code: "
        if body.hasPrefix(failure) {
            let line = Substring(body.utf8.prefix { $0 != 10 })
            if exitCode == nil { exitCode = Int(line.dropFirst(failure.count).prefix { $0 != ")" }) }
            body = Substring(body.utf8.dropFirst(line.utf8.count))
        }
        while let last = body.utf8.last, last == 10 || last == 13 { body = Substring(body.utf8.dropLast()) }
        while let first = body.utf8.first, first == 10 { body = Substring(body.utf8.dropFirst()) }
        text = body == "Command completed successfully" ? "" : String(body)
        isCut = ToolNotice.isCut(result)
    }

    var hasFailed: Bool { exitCode.map { $0 != 0 } ?? false }
}

/// Lines that tools add to their results to say what is missing.
enum ToolNotice {
    /// Whether the middle of a long result was left out.
    static func isCut(_ text: String) -> Bool { text.utf8Lines.contains(where: isOmission) }

    /// `[… 120 characters omitted …]`; the lines before and behind it may be incomplete.
    static func isOmission(_ line: Substring) -> Bool { line.hasPrefix("[…") && line.hasSuffix("omitted …]") }

    /// A line in brackets; only to be asked about results whose own lines never look so.
    static func isBracketed(_ line: Substring) -> Bool {
        line.utf8.first == UInt8(ascii: "[") && line.utf8.last == UInt8(ascii: "]") && line.utf8.count < 2_000
    }

    /// The number in front of a word: 2345 in "of 2345 files".
    static func number(before word: String, in line: some StringProtocol) -> Int? {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(where: { $0 == word }), position > 0 else { return nil }
        return Int(words[position - 1])
    }
}
