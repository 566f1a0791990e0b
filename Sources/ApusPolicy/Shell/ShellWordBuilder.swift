/// A word while it is read: text is gathered, and what only the end of the word decides (`{`, `,`, `}`, `[`, `]`) is marked.
struct ShellWordBuilder {
    enum Part {
        case piece(ShellWord.Piece)
        case text([UInt8])
        case mark(UInt8)
    }

    private enum Gathering { case nothing, text, quoted, glob }

    private var parts: [Part] = []
    private var gathered: [UInt8] = []
    private var gathering = Gathering.nothing

    /// Whether exactly one byte of text was read so far: `=` alone assigns nothing.
    var isFirstLetter: Bool { parts.isEmpty && gathered.count == 1 }

    mutating func literal(_ byte: UInt8) {
        gather(.text)
        gathered.append(byte)
    }

    mutating func literal(_ bytes: ArraySlice<UInt8>) {
        gather(.text)
        gathered.append(contentsOf: bytes)
    }

    mutating func quoted(_ bytes: some Sequence<UInt8>) {
        gather(.quoted)
        gathered.append(contentsOf: bytes)
    }

    mutating func glob(_ byte: UInt8) {
        gather(.glob)
        gathered.append(byte)
    }

    mutating func mark(_ byte: UInt8) {
        gather(.nothing)
        parts.append(.mark(byte))
    }

    mutating func piece(_ piece: ShellWord.Piece) {
        if case .quoted(let text) = piece { return quoted(text.utf8) }
        gather(.nothing)
        parts.append(.piece(piece))
    }

    private mutating func gather(_ new: Gathering) {
        if new == gathering { return }
        switch gathering {
        case .nothing: break
        case .text: parts.append(.text(gathered))
        case .quoted: parts.append(.piece(.quoted(String(decoding: gathered, as: UTF8.self))))
        case .glob: parts.append(.piece(.glob(String(decoding: gathered, as: UTF8.self))))
        }
        gathered = []
        gathering = new
    }

    mutating func finish() -> [Part] {
        gather(.nothing)
        return parts
    }
}

extension ShellParser {
    /// Decides what the marks were: braces first, as the shell does, then brackets.
    mutating func assemble(_ builder: ShellWordBuilder, _ range: Range<Int>) throws(ShellSyntaxError) -> [ShellWord.Piece] {
        var builder = builder
        let parts = builder.finish()
        var isPlain = true
        for part in parts { if case .mark = part { isPlain = false } }
        if isPlain { return Self.withBrackets(parts) }
        return Self.withBrackets(try withBraces(parts, range))
    }

    private struct OpenBrace {
        var alternatives: [[ShellWordBuilder.Part]] = []
        var last: [ShellWordBuilder.Part] = []
    }

    private mutating func withBraces(
        _ parts: [ShellWordBuilder.Part], _ range: Range<Int>
    ) throws(ShellSyntaxError) -> [ShellWordBuilder.Part] {
        // The first stands for the word itself.
        var open = [OpenBrace()]
        for part in parts {
            guard case .mark(let mark) = part else {
                open[open.count - 1].last.append(part)
                continue
            }
            switch mark {
            case UInt8(ascii: "{"):
                guard depth + open.count <= Self.maximumDepth else { throw fault("braces nested too deep", at: range.lowerBound) }
                open.append(OpenBrace())
            case UInt8(ascii: ",") where open.count > 1:
                let alternative = open[open.count - 1].last
                open[open.count - 1].alternatives.append(alternative)
                open[open.count - 1].last = []
            case UInt8(ascii: "}") where open.count > 1:
                let closed = open.removeLast()
                open[open.count - 1].last += try expanded(closed, range)
            case UInt8(ascii: "["), UInt8(ascii: "]"): open[open.count - 1].last.append(part)
            default: open[open.count - 1].last.append(.text([mark]))
            }
        }
        // What was not closed is text, with what is inside.
        while open.count > 1 {
            let unclosed = open.removeLast()
            var parts: [ShellWordBuilder.Part] = [.text([UInt8(ascii: "{")])]
            for alternative in unclosed.alternatives { parts += alternative + [.text([UInt8(ascii: ",")])] }
            open[open.count - 1].last += parts + unclosed.last
        }
        return open[0].last
    }

    private mutating func expanded(_ brace: OpenBrace, _ range: Range<Int>) throws(ShellSyntaxError) -> [ShellWordBuilder.Part] {
        if !brace.alternatives.isEmpty {
            try countAlternatives(brace.alternatives.count + 1, range)
            let words = (brace.alternatives + [brace.last]).map { ShellWord(pieces: Self.withBrackets($0), range: range) }
            return [.piece(.braces(words))]
        }
        if brace.last.count == 1, case .text(let text) = brace.last[0], let sequence = try BraceSequence(text) {
            try countAlternatives(sequence.count, range)
            return [.piece(.braces(sequence.words.map { ShellWord(pieces: [.literal($0)], range: range) }))]
        }
        return [.text([UInt8(ascii: "{")])] + brace.last + [.text([UInt8(ascii: "}")])]
    }

    private mutating func countAlternatives(_ number: Int, _ range: Range<Int>) throws(ShellSyntaxError) {
        alternatives += min(number, Self.maximumAlternatives + 1)
        if alternatives > Self.maximumAlternatives {
            throw fault("braces that stand for more than \(Self.maximumAlternatives) words", at: range.lowerBound)
        }
    }

    /// `[` is a pattern when something and a `]` follow; plain text between them is taken into it.
    private static func withBrackets(_ parts: [ShellWordBuilder.Part]) -> [ShellWord.Piece] {
        var lastClosing = -1
        for (index, part) in parts.enumerated() { if case .mark(UInt8(ascii: "]")) = part { lastClosing = index } }
        var pieces: [ShellWord.Piece] = []
        var text: [UInt8] = []
        func flush() {
            if !text.isEmpty { pieces.append(.literal(String(decoding: text, as: UTF8.self))) }
            text = []
        }
        var index = 0
        while index < parts.count {
            switch parts[index] {
            case .text(let bytes): text += bytes
            case .mark(UInt8(ascii: "[")) where lastClosing > index + 1:
                flush()
                let (pattern, end) = bracket(parts, index)
                pieces.append(.glob(pattern))
                index = end
            case .mark(let byte): text.append(byte)
            case .piece(let piece):
                flush()
                pieces.append(piece)
            }
            index += 1
        }
        flush()
        return pieces
    }

    /// The pattern at `start` and the last part of it; only the bracket when it has more than plain text in it.
    private static func bracket(_ parts: [ShellWordBuilder.Part], _ start: Int) -> (String, Int) {
        var text = [UInt8(ascii: "[")]
        var index = start + 1
        while index < parts.count {
            switch parts[index] {
            case .piece: return ("[", start)
            case .text(let bytes): text += bytes
            case .mark(let byte):
                text.append(byte)
                if byte == UInt8(ascii: "]"), index > start + 1 { return (String(decoding: text, as: UTF8.self), index) }
            }
            index += 1
        }
        return ("[", start)
    }
}
