extension CommandJudge {
    /// The command within a command.
    mutating func judge(_ inner: CommandRule.Inner, _ arguments: CommandArguments, _ use: Use, _ call: Call) {
        let operands = arguments.operands
        var isSure = true
        if let first = arguments.loose.first, operands.first == first || operands.isEmpty { isSure = false }
        switch inner {
        case .rest(let after):
            if use.program == "command" || use.program == "builtin",
                arguments.options.contains(where: { $0.name == "-v" || $0.name == "-V" })
            {
                return
            }
            var rest = operands.dropFirst(after)
            if ["sudo", "doas", "su", "runuser"].contains(use.program) {
                while let word = rest.first, let name = Self.assignedName(word) {
                    judgeVariable(name, nil, call, isPassedOn: true)
                    rest = rest.dropFirst()
                }
                for option in arguments.options where option.name == "-c" || option.name == "--command" {
                    judgeText(option.value, .sh, call)
                }
            }
            guard !rest.isEmpty else { return }
            if !isSure { add("program.unknown", call, program: use.program) }
            judge(rest, inner: call)
        case .environment: judgeEnvironment(arguments, call)
        case .shell: judgeShell(arguments, use, call)
        case .text(let after):
            let words = operands.dropFirst(after)
            guard !words.isEmpty else { return }
            let text = words.map(\.text)
            guard !text.contains(nil) else {
                return add("program.unknown", call, program: use.program, reason: "what \(use.program) runs is not known before running")
            }
            judgeText(KnownWord(text: text.compactMap(\.self).joined(separator: " ")), use.program == "eval" ? dialect : .sh, call)
        case .textOption(let names):
            let wanted = names.split(separator: " ").map(String.init)
            for option in arguments.options where wanted.contains(option.name) { judgeText(option.value, .sh, call) }
        case .input: judgeInput(arguments, use, call)
        case .actions: break
        case .textOrRest(let after):
            let rest = operands.dropFirst(after)
            if let option = rest.first?.text, option == "-c" || option == "--command" {
                return judgeText(rest.dropFirst().first, .sh, call)
            }
            if rest.count == 1, let text = rest.first?.text, text.contains(" ") { return judgeText(rest.first, .sh, call) }
            if !rest.isEmpty { judge(rest, inner: call) }
        case .interpreter(let code): judgeInterpreter(code, arguments, use, call)
        }
    }

    private mutating func judge(_ words: ArraySlice<KnownWord>, inner call: Call) {
        var call = call
        call.source = words.map(\.pattern).joined(separator: " ")
        call.invocation = nil
        judge(words, call)
    }

    /// - Parameter word: shell text, `nil` for none.
    private mutating func judgeText(_ word: KnownWord?, _ shell: ShellDialect, _ call: Call) {
        guard let word else { return }
        guard let text = word.text else {
            return add("program.unknown", call, program: nil, reason: "the text that a shell runs is not known before running")
        }
        judge(text: text, by: shell, call)
    }

    static func assignedName(_ word: KnownWord) -> String? {
        let prefix = word.prefix
        guard let equals = prefix.firstIndex(of: "="), equals != prefix.startIndex else { return nil }
        return String(prefix[..<equals])
    }

    private mutating func judgeEnvironment(_ arguments: CommandArguments, _ call: Call) {
        for option in arguments.options where option.name == "-S" || option.name == "--split-string" {
            guard let text = option.value?.text else {
                add("program.unknown", call, program: "env", reason: "the command within env -S is not known before running")
                continue
            }
            let rest = arguments.operands.map { $0.text ?? "\"$unknown\"" }
            judge(text: (["env", text] + rest).joined(separator: " "), by: .sh, call)
            return
        }
        for option in arguments.options where option.name == "-C" || option.name == "--chdir" { places.enter(option.value) }
        // A lone dash is `-i`.
        var rest = arguments.operands.drop { $0.text == "-" }
        while let word = rest.first, let name = Self.assignedName(word) {
            let value = word.dropping(name.utf8.count + 1)
            judgeVariable(name, value, Call(source: word.pattern), isPassedOn: true)
            rest = rest.dropFirst()
        }
        if !rest.isEmpty { judge(rest, inner: call) }
    }

    private mutating func judgeShell(_ arguments: CommandArguments, _ use: Use, _ call: Call) {
        let shell = ShellDialect(program: use.program) ?? .bash
        if !arguments.loose.isEmpty { add("program.unknown", call, program: use.program) }
        if let first = arguments.operands.first?.text, first.hasPrefix("+") {
            return add("program.unknown", call, program: use.program, reason: "options with + hide what the shell runs")
        }
        let hasText = arguments.options.contains { $0.name == "-c" || $0.name == "--command" }
        if hasText {
            let value = arguments.options.first { $0.name == "--command" }?.value ?? arguments.operands.first
            // fish has a grammar of its own; what bash would not read the same is refused.
            return judgeText(value, shell, call)
        }
        if let script = arguments.operands.first, !arguments.options.contains(where: { $0.name == "-s" }), script.text != "-",
            script.text != "/dev/stdin"
        {
            return judgeScript(script, use.program, call)
        }
        switch call.input {
        case .none: break
        case .pipe(let text):
            add("pipe.interpreter", call, program: use.program)
            if let text { judgeText(KnownWord(text: text), shell, withoutInput(call)) }
        case .text(let text):
            guard let text else {
                return add(
                    "pipe.interpreter", call, program: use.program, reason: "the text that a shell reads is not known before running")
            }
            judgeText(KnownWord(text: text), shell, withoutInput(call))
        case .file(let file): judgeScript(file, use.program, call)
        }
    }

    private func withoutInput(_ call: Call) -> Call {
        var call = call
        call.input = .none
        return call
    }

    /// A file that is run by a shell or a language.
    mutating func judgeScript(_ word: KnownWord, _ program: String, _ call: Call) {
        switch places.reach(forWriting: word) {
        case .inside: add("program.local", call, program: program)
        case .outside, .unknown: add("program.elsewhere", call, program: program, reason: "\(word.pattern) is no script of the project")
        }
    }

    private mutating func judgeInput(_ arguments: CommandArguments, _ use: Use, _ call: Call) {
        var words = arguments.operands
        if use.program == "parallel" {
            if let split = words.firstIndex(where: { $0.text.map { $0.hasPrefix(":::") } ?? false }) { words = Array(words[..<split]) }
            if words.isEmpty { return add("program.unknown", call, program: "parallel", reason: "the commands stand in the input") }
            if words.count == 1, let text = words[0].text, text.contains(" ") { return judgeText(words[0], .bash, call) }
        }
        if words.isEmpty { return }
        var mark = use.program == "parallel" ? "{}" : nil
        for option in arguments.options {
            switch option.name {
            case "-I", "-J": mark = option.value?.text ?? "{}"
            case "-i", "--replace": mark = option.value?.text.flatMap { $0.isEmpty ? nil : $0 } ?? "{}"
            default: break
            }
        }
        var replaced = words
        if let mark, !mark.isEmpty {
            replaced = words.map { word in
                guard word.pattern.contains(mark) else { return word }
                return KnownWord([
                    .text(String(word.pattern[..<(word.pattern.firstRange(of: mark)?.lowerBound ?? word.pattern.startIndex)])), .unknown,
                ])
            }
        }
        if replaced == words { replaced.append(.anything) }
        var inner = call
        inner.input = .none
        judge(replaced[...], inner: inner)
    }

    /// `find … -exec … ;`: gives back the words of find alone.
    mutating func judgeActions(
        _ program: String, _ words: ArraySlice<KnownWord>, _ rules: [CommandRule], _ call: Call
    ) -> ArraySlice<KnownWord> {
        var rest: [KnownWord] = []
        var index = words.startIndex
        while index < words.endIndex {
            let word = words[index]
            index += 1
            guard let text = word.text,
                let rule = rules.first(where: { if case .actions(let names) = $0.inner { names.contains(text) } else { false } })
            else {
                rest.append(word)
                continue
            }
            add(rule.id, call, program: program)
            var inner: [KnownWord] = []
            while index < words.endIndex, words[index].text != ";" {
                let isEnd = words[index].text == "+" && inner.last?.text == "{}"
                if isEnd { break }
                inner.append(words[index])
                index += 1
            }
            index += 1
            let isFound: Bool = inner.contains { $0.pattern.contains("{") }
            var known = inner.map { $0.pattern.contains("{") ? Self.found(rule) : $0 }
            if !isFound, program != "find" { known.append(Self.found(rule)) }
            if let first = inner.first, first.pattern.contains("{") { known[0] = KnownWord([.unknown]) }
            judge(known[...], inner: call)
            if let name = inner.first?.text.map({ String($0.split(separator: "/").last ?? "") }),
                ["rm", "unlink", "rmdir", "shred"].contains(name)
            {
                add("search.find-delete", call, program: program, reason: "deletes what it finds")
            }
        }
        return rest[...]
    }

    /// What find gives begins with the folder it searches; fd puts `./` before names.
    private static func found(_ rule: CommandRule) -> KnownWord { KnownWord([.text("./"), .unknown]) }

    private mutating func judgeInterpreter(_ code: [String], _ arguments: CommandArguments, _ use: Use, _ call: Call) {
        if let module = arguments.options.first(where: { $0.name == "-m" && use.program.hasPrefix("py") }) {
            let rest = use.words.dropFirst(module.next - use.words.startIndex)
            return judgeModule(module.value, rest, call)
        }
        let texts = arguments.options.filter { code.contains($0.name) }
        if texts.contains(where: { !($0.value?.isKnown ?? true) }) {
            add("program.unknown", call, program: use.program, reason: "the code that \(use.program) runs is not known before running")
        }
        if !texts.isEmpty { return }
        if let script = arguments.operands.first, script.text != "-", script.text != "/dev/stdin" {
            return judgeScript(script, use.program, call)
        }
        switch call.input {
        case .none: break
        case .pipe: add("pipe.interpreter", call, program: use.program)
        case .text(let text): add(text == nil ? "pipe.interpreter" : "input.interpreter", call, program: use.program)
        case .file(let file): judgeScript(file, use.program, call)
        }
    }

    /// `python -m pip …` is pip.
    private mutating func judgeModule(_ module: KnownWord?, _ rest: ArraySlice<KnownWord>, _ call: Call) {
        guard let name = module?.text else { return add("program.unknown", call, program: "python") }
        if name == "http.server" || name == "SimpleHTTPServer" {
            let texts = rest.map { $0.text ?? "*" }
            let isLocal = texts.contains {
                ["127.0.0.1", "localhost", "::1", "--bind=127.0.0.1", "--bind=localhost", "-b127.0.0.1"].contains($0)
            }
            if !isLocal { add("server.open", call, program: "python", reason: "serves to everyone; bind it to 127.0.0.1") }
            return
        }
        if catalog.knows(name) { judge([KnownWord(text: name)] + rest, inner: call) }
    }
}
