import ApusBase
import ApusCore

/// The bounds of what tools give back.
package enum OutputLimit {
    /// Room that notices at the end of a result may take.
    static let noticeRoom = 600
    /// Entries of LS and paths of Glob.
    static let maximumEntries = 1_000
    /// One line of a Grep result; generated code has lines of megabytes.
    static let lineCharacters = 2_000
    /// What is kept of a command's output on disk.
    static let spoolBytes = 64 << 20
    /// The largest file that is marked as seen, and so the largest that can be edited.
    static let markedFileBytes = 64 << 20
    /// The largest file that a search across lines looks at.
    static let multilineBytes = 4 << 20

    /// Within the limit for tool output, cut in the middle if need be.
    static func bounded(_ text: String) -> String {
        guard text.utf8.count > ByteLimit.maximumToolOutputCharacters else { return text }
        var bounded = BoundedText(limit: ByteLimit.maximumToolOutputCharacters - noticeRoom)
        bounded.append(text)
        return bounded.rendered()
    }

    /// One line, cut at its end if need be.
    static func line(_ bytes: ArraySlice<UInt8>) -> String {
        // Four bytes a character at most: the rest need not be decoded.
        let head = String(decoding: bytes.prefix(lineCharacters * 4 + 4), as: UTF8.self)
        guard bytes.count > lineCharacters, head.unicodeScalars.count > lineCharacters else { return head }
        return String(String.UnicodeScalarView(head.unicodeScalars.prefix(lineCharacters))) + "[… line cut, it has \(bytes.count) bytes …]"
    }
}

extension ToolResult {
    /// Did not work; the model is told why.
    static func failed(_ sentence: String) -> ToolResult { ToolResult(.failed, OutputLimit.bounded(sentence)) }

    static func failed(_ error: any Error & CustomStringConvertible) -> ToolResult { failed(error.description) }
}
