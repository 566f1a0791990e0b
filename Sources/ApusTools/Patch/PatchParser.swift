/// Reads the text of a patch in one pass.
///
/// Lenient where nothing can be misread: blank lines around the patch and between sections, an empty line for an empty context line,
/// CRLF line ends, and the numbers of a unified diff after `@@`, which are ignored. A patch without its last line is refused, since it
/// was probably cut off.
struct PatchParser {
    private let lines: [[UInt8]]
    private var next = 0

    private init(_ text: String) {
        var lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
        let usesReturns = lines.dropLast().allSatisfy { $0.last == 0x0D } && lines.count > 1
        if usesReturns { lines = lines.map { $0.last == 0x0D ? Array($0.dropLast()) : $0 } }
        self.lines = lines
    }

    static func parse(_ text: String) throws(PatchFault) -> Patch {
        if text.utf8.count > Patch.maximumBytes {
            throw PatchFault("The patch has \(text.utf8.count) bytes, over the limit of \(Patch.maximumBytes). Send it in parts.")
        }
        var parser = PatchParser(text)
        return try parser.patch()
    }

    private mutating func patch() throws(PatchFault) -> Patch {
        skipBlank()
        guard isMarker("*** Begin Patch") else { throw fault("a patch begins with \"*** Begin Patch\"") }
        next += 1
        var sections: [Patch.Section] = []
        while true {
            skipBlank()
            if isMarker("*** End Patch") { break }
            if next >= lines.count { throw fault("the last line has to be \"*** End Patch\"; the patch may have been cut off") }
            sections.append(try section())
            if sections.count > Patch.maximumSections {
                throw PatchFault("The patch changes over \(Patch.maximumSections) files. Send it in parts.")
            }
        }
        next += 1
        skipBlank()
        if next < lines.count { throw fault("nothing may follow \"*** End Patch\"") }
        if sections.isEmpty { throw PatchFault("The patch changes no file: between its first and last line there is nothing.") }
        return Patch(sections: sections)
    }

    private mutating func section() throws(PatchFault) -> Patch.Section {
        if let path = try name(after: "*** Add File:") {
            return Patch.Section(path: path, change: .add(try newContent()))
        }
        if let path = try name(after: "*** Delete File:") {
            skipBlank()
            if next < lines.count, !isMarker { throw fault("nothing belongs below \"*** Delete File:\"") }
            return Patch.Section(path: path, change: .delete)
        }
        if let path = try name(after: "*** Update File:") {
            let destination = next < lines.count ? try name(after: "*** Move to:") : nil
            let hunks = try hunks()
            if hunks.isEmpty, destination == nil { throw fault("the update of \(path) has no hunk and no \"*** Move to:\"") }
            return Patch.Section(path: path, change: .update(hunks, destination: destination))
        }
        throw fault("a section begins with \"*** Add File: \", \"*** Delete File: \" or \"*** Update File: \" and a path")
    }

    private mutating func newContent() throws(PatchFault) -> [UInt8] {
        var content: [UInt8] = []
        while next < lines.count, !isMarker {
            let line = lines[next]
            if line.isEmpty {
                skipBlank()
                if next < lines.count, !isMarker { throw fault("every line of a new file begins with \"+\", empty ones too") }
                break
            }
            guard line.first == Sign.plus else { throw fault("every line of a new file begins with \"+\"") }
            content += line.dropFirst()
            content.append(0x0A)
            next += 1
        }
        return content
    }

    private mutating func hunks() throws(PatchFault) -> [PatchHunk] {
        var hunks: [PatchHunk] = []
        while true {
            let start = next
            skipBlank()
            if next >= lines.count || isMarker && !isMarker("*** End of File") { return hunks }
            // Blank lines right below the header of a section are only space.
            if !hunks.isEmpty, !starts(with: "@@") { next = start }
            hunks.append(try hunk())
        }
    }

    private mutating func hunk() throws(PatchFault) -> PatchHunk {
        var hunk = PatchHunk(anchors: [], lines: [], isAtEnd: false, patchLine: next + 1)
        while next < lines.count, starts(with: "@@") {
            if let anchor = anchor(lines[next].dropFirst(2)) { hunk.anchors.append(anchor) }
            next += 1
        }
        while next < lines.count, !isMarker, !starts(with: "@@") {
            hunk.lines.append(try line())
            next += 1
        }
        if next < lines.count, isMarker("*** End of File") {
            hunk.isAtEnd = true
            next += 1
        } else {
            var end = next
            while end > 0, lines[end - 1].isEmpty, hunk.lines.last == .context([]) {
                hunk.lines.removeLast()
                end -= 1
            }
        }
        let changes = hunk.lines.contains { line in if case .context = line { false } else { true } }
        if !changes { throw fault("this hunk changes nothing: it has no line that begins with \"+\" or \"-\"", at: hunk.patchLine) }
        return hunk
    }

    private func line() throws(PatchFault) -> PatchHunk.Line {
        let line = lines[next]
        let rest = Array(line.dropFirst())
        switch line.first {
        case nil: return .context([])
        case Sign.space: return .context(rest)
        case Sign.plus: return .added(rest)
        case Sign.minus: return .removed(rest)
        default: throw fault("a line of a hunk begins with a space, \"+\" or \"-\"")
        }
    }

    /// `nil` when there is none, or only numbers.
    private func anchor(_ tail: ArraySlice<UInt8>) -> [UInt8]? {
        let text = tail.first == Sign.space ? tail.dropFirst() : tail
        if text.allSatisfy({ $0 <= Sign.space }) { return nil }
        if text.first == Sign.minus, let close = text.dropFirst().firstIndex(of: Sign.at), text[..<close].allSatisfy(Sign.isOfRange) {
            return nil
        }
        return Array(text)
    }

    private var isMarker: Bool { starts(with: "*** ") }

    private func isMarker(_ text: String) -> Bool {
        guard next < lines.count, starts(with: text) else { return false }
        return lines[next].dropFirst(text.utf8.count).allSatisfy { $0 <= Sign.space }
    }

    private func starts(with text: String) -> Bool { lines[next].starts(with: text.utf8) }

    private mutating func name(after header: String) throws(PatchFault) -> String? {
        guard starts(with: header) else { return nil }
        let bytes = lines[next].dropFirst(header.utf8.count)
        let name = bytes.drop { $0 <= Sign.space }.reversed().drop { $0 <= Sign.space }.reversed()
        if name.isEmpty { throw fault("a path is missing after \"\(header)\"") }
        next += 1
        return String(decoding: Array(name), as: UTF8.self)
    }

    private mutating func skipBlank() {
        while next < lines.count, lines[next].allSatisfy({ $0 <= Sign.space }) { next += 1 }
    }

    private func fault(_ rule: String, at line: Int? = nil) -> PatchFault {
        let number = line ?? next + 1
        guard number <= lines.count else { return PatchFault("The patch cannot be read at its end: \(rule).") }
        let bytes = lines[number - 1]
        let shown = String(decoding: bytes.prefix(80), as: UTF8.self) + (bytes.count > 80 ? "…" : "")
        return PatchFault("The patch cannot be read at its line \(number), \"\(shown)\": \(rule).")
    }
}

private enum Sign {
    static let space = UInt8(ascii: " ")
    static let plus = UInt8(ascii: "+")
    static let minus = UInt8(ascii: "-")
    static let at = UInt8(ascii: "@")

    /// A byte of `-12,3 +14,5 `.
    static func isOfRange(_ byte: UInt8) -> Bool {
        byte == space || byte == plus || byte == minus || byte == UInt8(ascii: ",") || (0x30...0x39).contains(byte)
    }
}
