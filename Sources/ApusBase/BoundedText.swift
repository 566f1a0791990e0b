/// Keeps the head and the tail of a growing output within a limit and counts what fell out between them.
///
/// Used for tool output, where the first lines say what happened and the last ones how it ended. The limit counts Unicode
/// scalars ("characters" in the text shown), so a scalar is never cut; a grapheme of several scalars may be. Bytes that are not
/// UTF-8 become U+FFFD. Memory stays below about eight bytes per character of the limit, however much is appended, and appending
/// is linear in the bytes appended. The notice in the middle is not counted against the limit.
package struct BoundedText: Sendable {
    private let headLimit: Int
    private let tailLimit: Int
    private var decoder = UTF8StreamDecoder()
    private var head: [UInt8] = []
    private var headCount = 0
    private var tail: [UInt8] = []
    private var tailCount = 0
    private var dropped = 0

    package init(limit: Int = ByteLimit.maximumToolOutputCharacters) {
        headLimit = max(limit, 0) / 2
        tailLimit = max(limit, 0) - headLimit
    }

    /// How many characters were appended so far, kept or not. A scalar still incomplete at the end is not counted.
    package var characterCount: Int { headCount + tailCount + dropped }

    /// How many characters ``rendered()`` leaves out.
    package var omittedCount: Int { dropped + max(tailCount - tailLimit, 0) }

    package mutating func append(_ bytes: [UInt8]) {
        append(text: decoder.push(bytes))
    }

    package mutating func append(_ bytes: ArraySlice<UInt8>) {
        append(text: decoder.push(bytes))
    }

    package mutating func append(_ text: String) {
        append(Array(text.utf8))
    }

    /// The whole text, or head, `[… N characters omitted …]` on a line of its own, and tail.
    package func rendered() -> String {
        var copy = self
        copy.append(text: copy.decoder.finish())
        copy.trimTail()
        if copy.dropped == 0 { return String(decoding: copy.head + copy.tail, as: UTF8.self) }
        let notice = "[… \(copy.dropped) characters omitted …]"
        let top = String(decoding: copy.head, as: UTF8.self)
        let bottom = String(decoding: copy.tail, as: UTF8.self)
        return top + (copy.head.last == 0x0A || copy.head.isEmpty ? "" : "\n") + notice
            + (copy.tail.first == 0x0A || copy.tail.isEmpty ? "" : "\n")
            + bottom
    }

    private mutating func append(text: String) {
        var bytes = Array(text.utf8)[...]
        if headCount < headLimit {
            let cut = BoundedText.cut(of: bytes, after: headLimit - headCount)
            head.append(contentsOf: bytes[..<cut.index])
            headCount += cut.characters
            bytes = bytes[cut.index...]
        }
        guard !bytes.isEmpty else { return }
        tail.append(contentsOf: bytes)
        tailCount += BoundedText.characters(in: bytes)
        // Trimming only at twice the limit makes the copies amount to constant work per byte.
        if tailCount > 2 * tailLimit + 256 { trimTail() }
    }

    private mutating func trimTail() {
        let excess = tailCount - tailLimit
        guard excess > 0 else { return }
        let cut = BoundedText.cut(of: tail[...], after: excess)
        tail.removeSubrange(..<cut.index)
        tailCount -= excess
        dropped += excess
    }

    private static func characters(in bytes: ArraySlice<UInt8>) -> Int {
        bytes.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    }

    private static func cut(of bytes: ArraySlice<UInt8>, after limit: Int) -> (index: Int, characters: Int) {
        var characters = 0
        for index in bytes.indices where bytes[index] & 0xC0 != 0x80 {
            if characters == limit { return (index, characters) }
            characters += 1
        }
        return (bytes.endIndex, characters)
    }
}
