/// Splits a command line into words as people write them for a program alone: no variables, globs, pipes or redirections, all of which stay
/// the characters they are.
///
/// Blanks separate words. `'…'` keeps everything in it; `"…"` too, but for `\"` and `\\`; outside of quotes a backslash keeps the next
/// character. Quotes may stand inside a word, and an empty pair is an empty word.
package enum CommandWords {
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String
    }

    /// At least one word.
    package static func split(_ line: String) throws(Fault) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                // In double quotes a backslash before anything else is itself.
                if quote != nil, character != "\"", character != "\\" { word = (word ?? "") + "\\" }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if let open = quote {
                if character == open {
                    quote = nil
                } else if character == "\\", open == "\"" {
                    isEscaped = true
                } else {
                    word = (word ?? "") + String(character)
                }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "\\" {
                isEscaped = true
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let quote { throw Fault(description: "The command has a \(quote) without its end.") }
        if isEscaped { throw Fault(description: "The command ends with a backslash that stands for nothing.") }
        if let word { words.append(word) }
        guard let program = words.first, !program.isEmpty else { throw Fault(description: "The command names no program.") }
        return words
    }

    /// The words as a shell would have to be told them, each kept from it.
    package static func quoted(_ words: [String]) -> String {
        words.map { word in
            let isPlain = !word.isEmpty && word.utf8.allSatisfy { plain.contains($0) }
            return isPlain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }.joined(separator: " ")
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:,@%+".utf8)
}
