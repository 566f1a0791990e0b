import ApusCore

extension CommandJudge {
    /// What a word becomes, as far as that is known: several words by braces, at most 64.
    func expand(_ word: ShellWord) -> [KnownWord] {
        if word.pieces.count == 1, case .literal(let text) = word.pieces[0] { return [KnownWord(text: text)] }
        var results = [Growing()]
        for piece in word.pieces {
            var next: [Growing] = []
            for result in results { next += grow(result, piece, isQuoted: false) }
            if next.count > 64 { return [.anything] }
            results = next
        }
        return results.map(\.word)
    }

    private struct Growing {
        var word = KnownWord()
        var hasGuesses = false

        mutating func append(_ segment: KnownWord.Segment) {
            if case .text(let more) = segment, case .text(let text)? = word.segments.last {
                word.segments[word.segments.count - 1] = .text(text + more)
            } else {
                word.segments.append(segment)
            }
        }
    }

    private func grow(_ start: Growing, _ piece: ShellWord.Piece, isQuoted: Bool) -> [Growing] {
        var result = start
        switch piece {
        case .literal(let text), .quoted(let text): appendText(text, &result)
        case .glob(let pattern): appendGlob(pattern, &result)
        case .tilde(let user): appendText(home(of: user), &result)
        case .inDoubleQuotes(let pieces):
            if pieces.isEmpty { result.append(.text("")) }
            var results = [result]
            for inner in pieces { results = results.flatMap { grow($0, inner, isQuoted: true) } }
            return results
        case .parameter(let name, let words): appendParameter(name, words, isQuoted, &result)
        case .command(let script): appendCommand(script, isQuoted, &result)
        case .arithmetic: result.append(.number)
        case .process:
            appendText("/dev/fd/", &result)
            result.append(.unknown)
        case .braces(let words):
            return words.flatMap { word -> [Growing] in
                var results = [start]
                for inner in word.pieces { results = results.flatMap { grow($0, inner, isQuoted: isQuoted) } }
                return results
            }
        }
        return [result]
    }

    private func appendText(_ text: String, _ result: inout Growing) {
        result.append(.text(text))
        result.word.guesses = result.word.guesses.map { $0 + text }
    }

    private func appendGlob(_ pattern: String, _ result: inout Growing) {
        result.append(.glob(pattern))
        result.word.guesses = result.word.guesses.map { $0 + pattern }
    }

    private func home(of user: String) -> String {
        switch user {
        case "": workspace.home
        case "+": places.directories.flatMap { $0.count == 1 ? $0[0] : nil } ?? "/~+"
        case "root": "/root"
        default: "/home/" + user
        }
    }

    private func appendParameter(_ name: String, _ words: [ShellWord], _ isQuoted: Bool, _ result: inout Growing) {
        if words.isEmpty, let value = value(of: name) {
            let text = value.text
            if isQuoted || text.map({ !$0.contains { " \t\n*?[".contains($0) } && !$0.isEmpty }) ?? false {
                for segment in value.segments {
                    if case .glob(let pattern) = segment { appendGlob(pattern, &result) } else { result.append(segment) }
                }
                if let text { result.word.guesses = result.word.guesses.map { $0 + text } }
                return
            }
        }
        let isNumber =
            ["?", "#", "$", "!"].contains(name) || name.hasPrefix("#")
            || ["RANDOM", "LINENO", "SECONDS", "UID", "EUID", "PPID"].contains(name) && !variables.isSet(name)
        if words.isEmpty, isNumber { return result.append(.number) }
        let prefix = result.word.segments.isEmpty ? "" : result.word.pattern
        result.append(.unknown)
        if !isQuoted || name == "@" || name.hasPrefix("@") || name.hasSuffix("@") || name.contains("[") { result.word.splits = true }
        let plain = String(name.drop { $0 == "!" || $0 == "#" }.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
        var possible = variables.guesses[plain] ?? []
        for word in words { possible += expand(word).prefix(4).map(\.pattern) }
        let before = result.word.guesses.isEmpty ? [prefix] : result.word.guesses
        var guesses: [String] = []
        for start in before { for text in possible where guesses.count < 16 { guesses.append(start + text) } }
        result.word.guesses = guesses
    }

    private func value(of name: String) -> KnownWord? {
        if let value = variables.values[name] { return value }
        guard !variables.isSet(name) else { return nil }
        switch name {
        case "HOME": return KnownWord(text: workspace.home)
        case "PWD": return places.directories.flatMap { $0.count == 1 ? KnownWord(text: $0[0]) : nil }
        case "TMPDIR": return workspace.temporaryDirectories.first.map { KnownWord(text: $0) }
        default: return nil
        }
    }

    /// Commands that give a number.
    private static let counting: Set<[String]> = [
        ["nproc"], ["nproc", "--all"], ["id", "-u"], ["id", "-g"], ["date", "+%s"], ["getconf", "_NPROCESSORS_ONLN"],
        ["sysctl", "-n", "hw.ncpu"], ["sysctl", "-n", "hw.logicalcpu"], ["sysctl", "-n", "hw.physicalcpu"],
    ]

    /// Some commands give a place that is known well enough.
    private func appendCommand(_ script: ShellScript, _ isQuoted: Bool, _ result: inout Growing) {
        if script.statements.count == 1, script.statements[0].rest.isEmpty, script.statements[0].first.commands.count == 1,
            case .simple(let simple) = script.statements[0].first.commands[0], simple.assignments.isEmpty, simple.redirections.isEmpty
        {
            let words = simple.words.map(\.text)
            if !functions.contains("pwd"), words == ["pwd"], let directories = places.directories, directories.count == 1 {
                return appendText(directories[0], &result)
            }
            if let name = words.first, let program = name, !functions.contains(program), Self.counting.contains(words.map { $0 ?? "" }) {
                return result.append(.number)
            }
            if !functions.contains("git"), words == ["git", "rev-parse", "--show-toplevel"] {
                return appendText(workspace.projectRoot, &result)
            }
            if !functions.contains("mktemp"), words == ["mktemp"] || words == ["mktemp", "-d"],
                let folder = workspace.temporaryDirectories.first
            {
                return appendText(folder + "/tmp.XXXXXXXXXX", &result)
            }
        }
        result.append(.unknown)
        if !isQuoted { result.word.splits = true }
        result.word.guesses = []
    }
}

extension ShellVariables {
    /// Known to be a number, so that arithmetic over it is only that.
    func isNumber(_ name: String) -> Bool {
        if let text = values[name]?.text { return !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        if let guesses = guesses[name], !guesses.isEmpty, isOnlyGuessed(name) {
            return guesses.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
        }
        return ["RANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID", "true", "false"].contains(name) && !isSet(name)
    }
}
