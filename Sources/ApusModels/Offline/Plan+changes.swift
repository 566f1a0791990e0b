import ApusBase
import ApusCore

/// Steps that run or change something.
extension Plan {
    mutating func run(_ command: String) throws(Halt) -> Outcome {
        let output = CommandOutput(try text(of: .asked(command)))
        let text = Answer.bounded(output.text)
        if output.hasFailed {
            throw .failure(
                "`\(Answer.shortened(command))` failed with exit code \(output.exitCode ?? 1)"
                    + (text.isEmpty ? " and printed nothing." : ":\n\(text)")
            )
        }
        return Outcome(
            text: text.isEmpty
                ? "`\(Answer.shortened(command))` succeeded and printed nothing." : "`\(Answer.shortened(command))` printed:\n\(text)")
    }

    mutating func create(_ path: String, _ content: String) throws(Halt) -> Outcome {
        _ = try text(of: .create(path, content: content))
        let size = content.isEmpty ? "empty" : Answer.count(content.utf8.count, "byte")
        return Outcome(text: "Created \(shown(path)) (\(size)).", files: [path])
    }

    /// Reads first: only a file that was seen whole may be edited, and counting beforehand gives a better answer than a failed edit.
    mutating func replace(_ replacement: Replacement) throws(Halt) -> Outcome {
        let path = try path(of: replacement.file)
        let text = try text(of: .read(path))
        let old = "“\(Answer.shortened(replacement.old))”"
        let count = Plan.occurrences(of: replacement.old, in: text)
        // Of a file that was shown in part only the edit itself can tell.
        let isWhole = !ReadText(text).isPart
        if isWhole, count == 0 { throw .failure("\(old) does not occur in \(shown(path)). Nothing was changed.") }
        if count > 1, !replacement.isEverywhere {
            throw .failure(
                "\(old) occurs \(isWhole ? "" : "at least ")\(count) times in \(shown(path)). Nothing was changed. "
                    + "Add “everywhere” to replace all of them, "
                    + "or quote more of the text around the one that is meant.")
        }
        let diff = try self.text(of: .edit(path, old: replacement.old, new: replacement.new, isEverywhere: replacement.isEverywhere))
        let amount = isWhole ? Answer.count(count, "occurrence") : "the text"
        return Outcome(
            text: "Replaced \(amount) of \(old) with “\(Answer.shortened(replacement.new))” in \(shown(path)).\n\n"
                + Answer.bounded(diff),
            files: [path])
    }

    /// Without overlaps, byte for byte.
    static func occurrences(of needle: String, in text: String) -> Int {
        let needle = Array(needle.utf8)
        guard let first = needle.first else { return 0 }
        let bytes = Array(text.utf8)
        var count = 0
        var position = 0
        while position + needle.count <= bytes.count {
            if bytes[position] == first, bytes[position..<(position + needle.count)].elementsEqual(needle) {
                count += 1
                position += needle.count
            } else {
                position += 1
            }
        }
        return count
    }
}
