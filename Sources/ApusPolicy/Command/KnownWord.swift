/// What is known before running of one word that a program would get.
struct KnownWord: Hashable, Sendable {
    enum Segment: Hashable, Sendable {
        case text(String)
        /// Matches within one component of a path.
        case glob(String)
        /// Anything, also nothing.
        case unknown
        /// A number.
        case number
    }

    var segments: [Segment]
    /// May become no word or several: an expansion outside of quotes.
    var splits: Bool
    /// Texts the word might have, when some are known although others are possible.
    var guesses: [String]

    init(_ segments: [Segment] = [], splits: Bool = false, guesses: [String] = []) {
        self.segments = segments
        self.splits = splits
        self.guesses = guesses
    }

    init(text: String) { self.init([.text(text)]) }

    static let anything = KnownWord([.unknown], splits: true)

    /// The whole word.
    var text: String? {
        if splits { return nil }
        if segments.count == 1, case .text(let text) = segments[0] { return text }
        var result = ""
        for segment in segments {
            guard case .text(let text) = segment else { return nil }
            result += text
        }
        return result
    }

    var isKnown: Bool { text != nil }

    /// What it begins with, as far as that is known.
    var prefix: String {
        var result = ""
        for segment in segments {
            guard case .text(let text) = segment else { break }
            result += text
        }
        return result
    }

    /// It matches files.
    var isGlob: Bool { segments.contains { if case .glob = $0 { true } else { false } } }
    var hasUnknown: Bool { segments.contains { $0 == .unknown || $0 == .number } }

    /// A file name could begin with a dash, a value with anything.
    var mayBeOption: Bool {
        if splits { return true }
        for segment in segments {
            switch segment {
            case .text(let text) where text.isEmpty: continue
            case .text, .number: return false
            case .glob, .unknown: return true
            }
        }
        return false
    }

    /// For people and for patterns: unknown parts as `*`.
    var pattern: String {
        var result = ""
        for segment in segments {
            switch segment {
            case .text(let text), .glob(let text): result += text
            case .unknown, .number: result += "*"
            }
        }
        return result
    }

    func dropping(_ count: Int) -> KnownWord {
        var left = count
        var rest: [Segment] = []
        for segment in segments {
            guard left > 0, case .text(let text) = segment else {
                rest.append(segment)
                continue
            }
            let dropped = min(left, text.utf8.count)
            left -= dropped
            rest.append(.text(String(decoding: text.utf8.dropFirst(dropped), as: UTF8.self)))
        }
        return KnownWord(rest, splits: splits, guesses: guesses.map { String(decoding: $0.utf8.dropFirst(count), as: UTF8.self) })
    }
}
