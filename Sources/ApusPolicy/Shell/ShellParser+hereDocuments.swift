/// A here-document whose operator was read and whose text was not.
struct PendingHereDocument {
    var origin: Int
    var delimiter: [UInt8]
    var isQuoted: Bool
    var isStripped: Bool
}

/// One that was read: its text, and where the lines go on behind it.
struct FoundHereDocument {
    var text: ShellWord
    var end: Int
}

extension ShellParser {
    /// Behind the operator. The text is known only in the second reading.
    mutating func hereDocument(_ operation: ShellRedirection.Operation, at start: Int) throws(ShellSyntaxError) -> ShellWord {
        let begin = offset
        var document = PendingHereDocument(
            origin: start, delimiter: [], isQuoted: false, isStripped: operation == .strippedHereDocument)
        while !current.isShellMeta {
            switch current {
            case UInt8(ascii: "'"):
                document.isQuoted = true
                document.delimiter += try singleQuoted()
            case UInt8(ascii: "\""):
                document.isQuoted = true
                guard case .quoted(let text) = try doubleQuoted(.double) else {
                    throw fault("an expansion in a here-document's delimiter", at: begin)
                }
                document.delimiter += text.utf8
            case UInt8(ascii: "\\"):
                document.isQuoted = true
                document.delimiter += try escaped()
            case UInt8(ascii: "$"), UInt8(ascii: "`"): throw fault("an expansion in a here-document's delimiter")
            default:
                document.delimiter.append(current)
                try advance()
            }
        }
        if document.delimiter.isEmpty { throw fault("a here-document without a delimiter", at: begin) }
        if document.delimiter.contains(UInt8(ascii: "\n")) || document.delimiter.contains(UInt8(ascii: "\t")) {
            throw fault("a here-document's delimiter with a line break or tab", at: begin)
        }
        pending.append(document)
        return hereDocuments[start]?.text ?? ShellWord(pieces: [], range: begin..<offset)
    }

    /// At the beginning of the line behind theirs.
    mutating func readHereDocuments() throws(ShellSyntaxError) {
        let documents = pending
        pending = []
        for document in documents {
            if let found = hereDocuments[document.origin] {
                try count(found.end - position)
                position = found.end
                continue
            }
            let start = offset
            let text = try hereDocumentText(document)
            let range = start..<(text.origins.last ?? start)
            let word: ShellWord
            if document.isQuoted {
                word = ShellWord(pieces: [.quoted(String(decoding: text.bytes, as: UTF8.self))], range: range)
            } else {
                word = ShellWord(pieces: try hereDocumentPieces(text), range: range)
            }
            hereDocuments[document.origin] = FoundHereDocument(text: word, end: position)
        }
        skipContinuations()
    }

    /// Read once more when there are here-documents in substitutions in it.
    private mutating func hereDocumentPieces(_ text: UnescapedText) throws(ShellSyntaxError) -> [ShellWord.Piece] {
        try nested { (parser) throws(ShellSyntaxError) in
            let known = parser.hereDocuments.count
            let read = { (parser: inout ShellParser) throws(ShellSyntaxError) in
                try parser.reading(text) { (parser) throws(ShellSyntaxError) in [Self.quoted(try parser.quotedPieces(0, .document))] }
            }
            let pieces = try read(&parser)
            return parser.hereDocuments.count == known ? pieces : try read(&parser)
        }
    }

    /// All lines up to the delimiter, which is read too.
    private mutating func hereDocumentText(_ document: PendingHereDocument) throws(ShellSyntaxError) -> UnescapedText {
        var text = UnescapedText()
        while true {
            if isAtEnd { throw ShellSyntaxError(offset: document.origin, reason: "a here-document that does not end") }
            if document.isStripped { while current == UInt8(ascii: "\t") { try advanceRaw() } }
            var start = position
            let beginning = text.bytes.count
            let origin = offset
            var isContinued = false
            while current != UInt8(ascii: "\n"), !isAtEnd {
                if !document.isQuoted, current == UInt8(ascii: "\\"), bytes[position + 1] != 0 {
                    text.append(current, offset)
                    try advanceRaw()
                    if current == UInt8(ascii: "\n") {
                        isContinued = true
                        start = position + 1
                    }
                }
                text.append(current, offset)
                try advanceRaw()
            }
            // Without a line break in it, unless the line went on behind a backslash.
            let line = bytes[start..<position]
            if isContinued {
                let whole = text.bytes[beginning...]
                guard !Self.isDelimiter(line, document), !Self.isDelimiter(Self.joined(whole), document) else {
                    throw fault("a here-document's delimiter in a line that is continued")
                }
            } else if line.elementsEqual(document.delimiter) {
                text.bytes.removeSubrange(beginning...)
                text.origins.removeSubrange(beginning...)
                text.origins.append(origin)
                if !isAtEnd { try advanceRaw() }
                return text
            } else if substitutions > 0, line.starts(with: document.delimiter), line.contains(UInt8(ascii: ")")) {
                // bash ends the here-document here, when it reads a substitution.
                throw fault("a here-document's delimiter with more on its line")
            }
            if isAtEnd { throw ShellSyntaxError(offset: document.origin, reason: "a here-document that does not end") }
            text.append(current, offset)
            try advanceRaw()
        }
    }

    private static func isDelimiter(_ line: some Sequence<UInt8>, _ document: PendingHereDocument) -> Bool {
        let line = Array(line)
        return (document.isStripped ? line.drop { $0 == UInt8(ascii: "\t") } : line[...]).elementsEqual(document.delimiter)
    }

    private static func joined(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\\"), index + 1 < line.endIndex {
                if line[index + 1] != UInt8(ascii: "\n") { result += line[index...(index + 1)] }
                index += 2
            } else {
                result.append(line[index])
                index += 1
            }
        }
        return result
    }
}
