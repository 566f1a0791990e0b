/// Which options a program takes, written as words: `-ab` flags, `-n:` with a value, `-i?` with one only when attached, `-#` a
/// number, `--name`, `--name=` with a value, `--name?` with one only behind `=`, `-name` (more than one letter behind `'`) as in
/// `'-name` for find, go and java, and `*` when other options are no surprise.
struct OptionGrammar {
    enum Arity { case none, required, attached }

    private var shorts: [UInt8: Arity] = [:]
    private var longs: [(name: String, arity: Arity)] = []
    private(set) var isOpen = false
    private(set) var takesNumbers = false
    private(set) var hasSingleDash = false

    init(_ specs: [String]) {
        for spec in specs { for word in spec.utf8.split(separator: UInt8(ascii: " ")) { read(Substring(word)) } }
    }

    private mutating func read(_ word: Substring) {
        let bytes = word.utf8
        let isSingle = bytes.first == UInt8(ascii: "'")
        if bytes.elementsEqual("*".utf8) {
            isOpen = true
        } else if bytes.elementsEqual("-#".utf8) {
            takesNumbers = true
        } else if isSingle || bytes.starts(with: "--".utf8) {
            if isSingle { hasSingleDash = true }
            let name = isSingle ? word.dropFirst() : word
            switch name.utf8.last {
            case UInt8(ascii: "="): longs.append((String(name.dropLast()), .required))
            case UInt8(ascii: "?"): longs.append((String(name.dropLast()), .attached))
            default: longs.append((String(name), .none))
            }
        } else {
            let letters = Array(word.utf8.dropFirst())
            for (index, letter) in letters.enumerated() where letter != UInt8(ascii: ":") && letter != UInt8(ascii: "?") {
                let next = index + 1 < letters.count ? letters[index + 1] : 0
                shorts[letter] = next == UInt8(ascii: ":") ? .required : next == UInt8(ascii: "?") ? .attached : Arity.none
            }
            // "-?" itself.
            if letters.first == UInt8(ascii: "?") { shorts[UInt8(ascii: "?")] = Arity.none }
        }
    }

    func short(_ letter: UInt8) -> Arity? { shorts[letter] }

    /// All names that `written` may stand for: GNU programs take any beginning that only one has.
    func matches(_ written: String) -> [(name: String, arity: Arity)] {
        if let exact = longs.first(where: { $0.name == written }) { return [exact] }
        guard written.utf8.count > 2 else { return [] }
        return longs.filter { $0.name.hasPrefix(written) && $0.name.hasPrefix("--") }
    }

    /// A word such as `-delete` that is no cluster of letters.
    func single(_ written: String) -> Arity? {
        guard hasSingleDash else { return nil }
        return longs.first { $0.name == written }?.arity
    }

    /// Every option, as it would be written.
    var names: [(name: String, takesValue: Bool)] {
        shorts.map { ("-" + String(UnicodeScalar($0.key)), $0.value != Arity.none) } + longs.map { ($0.name, $0.arity != Arity.none) }
    }
}

/// The words behind a program, read by a grammar.
struct CommandArguments {
    struct Option {
        /// As the grammar spells it; as written when it is unknown.
        var name: String
        var value: KnownWord?
        var isKnown: Bool
        /// The first word behind the option.
        var next: Int
    }

    private(set) var options: [Option] = []
    private(set) var operands: [KnownWord] = []
    /// Where each operand stands among the words.
    private(set) var places: [Int] = []
    /// Words that could turn out to be options.
    private(set) var loose: [KnownWord] = []

    /// - Parameter stopsAtOperand: what follows the first operand belongs to that.
    init(_ words: ArraySlice<KnownWord>, _ grammar: OptionGrammar, stopsAtOperand: Bool = false) {
        var index = words.startIndex
        var optionsEnded = false
        while index < words.endIndex {
            let word = words[index]
            index += 1
            let prefix = word.prefix
            if optionsEnded || !prefix.hasPrefix("-") || prefix == "-" && word.isKnown {
                if word.mayBeOption && !optionsEnded { loose.append(word) }
                operands.append(word)
                places.append(index - 1)
                if stopsAtOperand {
                    for later in words[index...] {
                        operands.append(later)
                        places.append(index)
                        index += 1
                    }
                    return
                }
                continue
            }
            if word.isKnown, prefix == "--" {
                optionsEnded = true
                continue
            }
            if word.splits { loose.append(word) }
            if prefix.hasPrefix("--") {
                readLong(word, prefix, grammar, words, &index)
            } else {
                readShort(word, prefix, grammar, words, &index)
            }
        }
    }

    private mutating func readLong(
        _ word: KnownWord, _ prefix: String, _ grammar: OptionGrammar, _ words: ArraySlice<KnownWord>, _ index: inout Int
    ) {
        let name = String(prefix.prefix { $0 != "=" })
        let hasValue = name.utf8.count < prefix.utf8.count
        if !hasValue && !word.isKnown { loose.append(word) }
        let attached = hasValue ? word.dropping(name.utf8.count + 1) : nil
        let matches = grammar.matches(name)
        if matches.isEmpty {
            options.append(Option(name: name, value: attached, isKnown: false, next: index))
            return
        }
        var value = attached
        if value == nil, matches[0].arity == .required, index < words.endIndex {
            value = words[index]
            index += 1
        }
        for match in matches { options.append(Option(name: match.name, value: value, isKnown: true, next: index)) }
    }

    private mutating func readShort(
        _ word: KnownWord, _ prefix: String, _ grammar: OptionGrammar, _ words: ArraySlice<KnownWord>, _ index: inout Int
    ) {
        let single = String(prefix.prefix { $0 != "=" })
        if let arity = grammar.single(single) {
            var value: KnownWord?
            if single.utf8.count < prefix.utf8.count {
                value = word.dropping(single.utf8.count + 1)
            } else if arity == .required, index < words.endIndex {
                value = words[index]
                index += 1
            }
            options.append(Option(name: single, value: value, isKnown: true, next: index))
            return
        }
        let letters = Array(prefix.utf8)
        if grammar.takesNumbers, letters.count > 1, letters.dropFirst().allSatisfy({ (0x30...0x39).contains($0) }), word.isKnown {
            options.append(Option(name: "-#", value: nil, isKnown: true, next: index))
            return
        }
        var position = 1
        while position < letters.count {
            let letter = letters[position]
            position += 1
            let name = "-" + String(UnicodeScalar(letter))
            if takesDigit(letter, grammar) { continue }
            guard let arity = grammar.short(letter) else {
                let value = word.dropping(position)
                options.append(Option(name: single, value: value.segments.isEmpty ? nil : value, isKnown: false, next: index))
                // Words such as `-Wall` are no clusters.
                if grammar.hasSingleDash { return }
                if word.segments.contains(.unknown) || word.isGlob { loose.append(word) }
                // The rest is its value, or more flags: `-rf` is as bad as `-f` where only that is known.
                let rest = letters[position...]
                guard word.isKnown, rest.allSatisfy({ ($0 | 0x20) &- 0x61 < 26 }) else { return }
                for (place, later) in zip(rest.indices, rest) {
                    guard let arity = grammar.short(later) else { continue }
                    let attached = place + 1 < letters.count ? word.dropping(place + 1) : nil
                    let following = arity == .required && index < words.endIndex ? words[index] : nil
                    options.append(
                        Option(
                            name: "-" + String(UnicodeScalar(later)), value: arity == .none ? nil : attached ?? following, isKnown: true,
                            next: index))
                }
                return
            }
            switch arity {
            case .none: options.append(Option(name: name, value: nil, isKnown: true, next: index))
            case .attached:
                options.append(Option(name: name, value: word.dropping(position), isKnown: true, next: index))
                return
            case .required:
                var value: KnownWord? = word.dropping(position)
                if position == letters.count && word.isKnown {
                    value = index < words.endIndex ? words[index] : nil
                    index += 1
                }
                options.append(Option(name: name, value: value, isKnown: true, next: min(index, words.endIndex)))
                return
            }
        }
        if word.segments.contains(.unknown) || word.isGlob { loose.append(word) }
    }

    /// A number may stand before other letters.
    private func takesDigit(_ letter: UInt8, _ grammar: OptionGrammar) -> Bool {
        grammar.takesNumbers && (0x30...0x39).contains(letter) && grammar.short(letter) == nil
    }
}
