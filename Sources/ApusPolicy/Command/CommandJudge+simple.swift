extension CommandJudge {
    mutating func run(_ command: ShellSimpleCommand, _ input: Input, isLast: Bool) {
        for assignment in command.assignments { look(into: assignment) }
        command.words.forEach { look(into: $0) }
        var input = input
        for redirection in command.redirections {
            look(into: redirection.target)
            judgeDescriptor(redirection)
            if let other = judge(redirection) { input = other }
        }
        let isPassedOn = !command.words.isEmpty
        for assignment in command.assignments { judge(assignment, isPassedOn: isPassedOn) }
        if !isPassedOn { return }
        let words = command.words.flatMap { expand($0) }
        var call = Call(source: source(of: command.words), input: input, isLast: isLast && nesting == 0)
        // A program that only a variable, a pattern or a folder of the user names is not known, whatever we think it is.
        if let first = command.words.first, first.text == nil { add("program.unknown", call, program: nil) }
        call.source = call.source.isEmpty ? "''" : call.source
        judge(words[...], call)
    }

    private mutating func look(into assignment: ShellAssignment) {
        if let index = assignment.index { arithmetic(index) }
        switch assignment.value {
        case .word(let word): look(into: word)
        case .array(let words): words.forEach { look(into: $0) }
        }
    }

    // MARK: Assignments

    private mutating func judge(_ assignment: ShellAssignment, isPassedOn: Bool) {
        let words: [ShellWord] =
            switch assignment.value {
            case .word(let word): [word]
            case .array(let words): words
            }
        let values = words.flatMap { expand($0) }
        let shown = "\(assignment.name)=" + source(of: words)
        let value: KnownWord? = if case .word = assignment.value, values.count == 1, !assignment.isAppending { values[0] } else { nil }
        judgeVariable(assignment.name, value, Call(source: shown), isPassedOn: isPassedOn)
        for other in values where value == nil { judgeValue(other, Call(source: shown)) }
        if let value {
            if let text = value.text { variables.guess(assignment.name, text) }
            if !isPassedOn { variables.set(assignment.name, isStraight ? value.withoutSplitting : nil) }
        }
    }

    /// - Parameter value: what it is set to; `nil` when that is not one word.
    mutating func judgeVariable(_ name: String, _ value: KnownWord?, _ call: Call, isPassedOn: Bool) {
        if let value { judgeValue(value, call) }
        switch EnvironmentNames.danger(name, value: value?.text, isPassedOn: isPassedOn) {
        case .none: add("assignment.plain", call, program: nil)
        case .unknown:
            add("assignment.plain", call, program: nil, tier: .medium, reason: "a variable that may mean something to the program")
        case .build:
            add("assignment.plain", call, program: nil, tier: .medium, reason: "decides what a build starts")
            judgeBuild(name, value?.text, call)
        case .high:
            // Tests of a project need its own sources to be found.
            if ["PYTHONPATH", "NODE_PATH", "RUBYLIB", "PERL5LIB", "CLASSPATH", "GOPATH", "CARGO_HOME"].contains(name),
                let text = value?.text,
                text.split(separator: ":").allSatisfy({ places.reach(forWriting: KnownWord(text: String($0))) == .inside })
            {
                return add("assignment.plain", call, program: nil, tier: .medium, reason: "loads code of the project")
            }
            add("assignment.dangerous", call, program: nil)
        }
    }

    /// Options of a build may name programs, and some variables are the program.
    private mutating func judgeBuild(_ name: String, _ value: String?, _ call: Call) {
        guard let value else { return }
        if name.hasSuffix("FLAGS"), ["exec", "eval", "SHELL", "linker", "-f", "-plugin"].contains(where: { value.contains($0) }) {
            return add("assignment.dangerous", call, program: nil, reason: "options that start a program")
        }
        if ["CC", "CXX", "AR", "LD", "AS", "CPP", "RUSTC", "RUSTC_WRAPPER"].contains(name) || name.hasSuffix("_RUNNER") {
            judge(text: value, by: .sh, call)
        }
    }

    private mutating func judgeValue(_ value: KnownWord, _ call: Call) {
        if places.isSecret(value) { add("path.secret", call, program: nil) }
        guard let text = value.text else { return }
        if text.contains("$(") || text.contains("`") { add("assignment.code", call, program: nil) }
    }

    // MARK: Redirections

    /// `{NAME}<file` sets NAME.
    private mutating func judgeDescriptor(_ redirection: ShellRedirection) {
        guard let descriptor = redirection.descriptor, descriptor.hasPrefix("{") else { return }
        let name = String(descriptor.dropFirst().dropLast())
        let call = Call(source: descriptor + redirection.operation.rawValue + " " + source(of: [redirection.target]))
        if name.contains("[") { add("shell.builtin-code", call, program: nil) }
        if EnvironmentNames.danger(name, value: nil, isPassedOn: false) == .high { add("assignment.dangerous", call, program: nil) }
    }

    /// - Returns: what the command reads, when the redirection says so.
    mutating func judge(_ redirection: ShellRedirection) -> Input? {
        let operation = redirection.operation
        switch operation {
        case .hereString, .hereDocument, .strippedHereDocument:
            let words = expand(redirection.target)
            return .text(words.count == 1 ? words[0].text : nil)
        case .duplicateInput, .duplicateOutput:
            if let text = redirection.target.text, text == "-" || text.dropLast(text.hasSuffix("-") ? 1 : 0).allSatisfy(\.isNumber) {
                return nil
            }
        default: break
        }
        let words = expand(redirection.target)
        let shown = operation.rawValue + " " + source(of: [redirection.target])
        let call = Call(source: shown)
        let isReading = operation == .input || operation == .duplicateInput
        // A name that a pattern found is one of a file.
        guard words.count == 1, let word = words.first, !word.isGlob || word.text != nil || isReading else {
            add("redirect.unknown", call, program: nil)
            return nil
        }
        if let prefix = word.prefix.hasPrefix("/dev/") ? word.prefix : nil, prefix.hasPrefix("/dev/tcp/") || prefix.hasPrefix("/dev/udp/") {
            add("redirect.network", call, program: nil)
            return .pipe(nil)
        }
        if places.isSecret(word) { add("path.secret", call, program: nil) }
        if isReading {
            if Self.mayBeNetwork(word) { add("redirect.source", call, program: nil) }
            return .file(word)
        }
        judgeWrite(word, call)
        return operation == .readWrite ? .file(word) : nil
    }

    /// What is not known of the word could make it one of bash's names for connections.
    private static func mayBeNetwork(_ word: KnownWord) -> Bool {
        guard !word.isKnown else { return false }
        if case .glob = word.segments.first { return false }
        return ["/dev/tcp/", "/dev/udp/"].contains { $0.hasPrefix(word.prefix) }
    }

    private mutating func judgeWrite(_ word: KnownWord, _ call: Call) {
        if let text = word.text {
            if ["/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/dev/zero"].contains(text) {
                return add("redirect.free", call, program: nil)
            }
        }
        // `>(…)`: the command behind it is judged by itself.
        if word.prefix == "/dev/fd/" { return add("redirect.free", call, program: nil) }
        switch places.reach(forWriting: word) {
        case .inside: add("redirect.project", call, program: nil)
        case .outside: add("redirect.outside", call, program: nil)
        case .unknown: add("redirect.unknown", call, program: nil)
        }
    }

    /// Every word that names a secret makes the command one that handles secrets.
    mutating func secrets(_ words: ArraySlice<KnownWord>, _ call: Call, program: String) {
        // What is printed for a person or appended to a list is only a name.
        if program == "echo" || program == "printf", call.isLast { return }
        var isMessage = false
        for word in words {
            if isMessage {
                isMessage = false
                continue
            }
            if program == "git" || program == "gh", let text = word.text,
                text == "-m" || text == "--message" || text == "--title" || text == "--body" || text == "-am"
            {
                isMessage = true
                continue
            }
            if places.isSecret(word) {
                return add("path.secret", call, program: program, reason: "\(word.pattern) may hold secrets, or decides what runs later")
            }
        }
    }
}

extension KnownWord {
    /// The value of an assignment is never split.
    var withoutSplitting: KnownWord {
        KnownWord(segments.map { if case .glob(let text) = $0 { .text(text) } else { $0 } }, splits: false, guesses: guesses)
    }
}
