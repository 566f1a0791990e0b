import ApusCore

extension CommandJudge {
    private static let standardFolders: Set<Substring> = [
        "/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/bin", "/run/current-system/sw/bin",
    ]
    private static let toolFolders = [
        ".cargo/bin", ".local/bin", "go/bin", ".nvm", ".pyenv", ".rbenv", ".swiftly", ".bun/bin", ".deno/bin", ".volta/bin", ".rustup",
        ".npm-global/bin", ".asdf", ".sdkman", ".dotnet", ".composer/vendor/bin", ".ghcup/bin", ".local/share/mise",
    ]

    /// A program with its words.
    mutating func judge(_ words: ArraySlice<KnownWord>, _ call: Call) {
        guard let first = words.first else { return }
        guard depth < 24 else { return add("shell.nested", call, program: nil) }
        depth += 1
        defer { depth -= 1 }
        guard let path = first.text else {
            add("program.unknown", call, program: nil)
            // What it might be counts for the lists.
            for guess in first.guesses { record(guess, words.dropFirst()) }
            secrets(words, call, program: "")
            return
        }
        if path.isEmpty { return add("program.unlisted", call, program: "", reason: "an empty name of a program") }
        let name = String(path.split(separator: "/").last ?? "/")
        var call = call
        call.invocation = record(path, words.dropFirst())
        if path.contains("/") { judgePlace(path, call, name) }
        secrets(words.dropFirst(), call, program: name)
        if !path.contains("/"), functions.contains(path) {
            add("function.call", call, program: name)
            if !catalog.knows(name) { return judgeFunctionWords(words.dropFirst(), call) }
        }
        if judgeBuiltin(name, words.dropFirst(), call) { return }
        if catalog.knows(name) { return apply(name, words.dropFirst(), call) }
        // Where file systems do not tell letters apart, `GIT` is git; elsewhere it is anything.
        let lower = name.lowercased()
        if lower != name, catalog.knows(lower) { add("program.unlisted", call, program: name) }
        apply(lower, words.dropFirst(), call)
    }

    /// A function may run its words.
    private mutating func judgeFunctionWords(_ words: ArraySlice<KnownWord>, _ call: Call) {
        for start in words.indices.prefix(4) {
            if let text = words[start].text, catalog.knows(text) { judge(words[start...], call) }
        }
    }

    @discardableResult
    private mutating func record(_ program: String, _ words: ArraySlice<KnownWord>) -> Int {
        let home = workspace.home
        invocations.append(
            SimpleInvocation(
                program: String(program.split(separator: "/").last ?? ""), words: words.map { ListPattern.place($0.pattern, home: home) }))
        return invocations.count - 1
    }

    private mutating func judgePlace(_ path: String, _ call: Call, _ name: String) {
        let known = CommandPlaces.normalised(path, in: "/")
        let folder = known.dropLast(name.utf8.count + 1)
        if path.hasPrefix("/"), Self.standardFolders.contains(folder) { return }
        guard let paths = places.paths(KnownWord(text: path)) else { return add("program.elsewhere", call, program: name) }
        let isLocal = paths.allSatisfy { path in
            PathScope.isInside(path, workspace.projectRoot) || PathScope.isInside(path, workspace.workingDirectory)
                || Self.toolFolders.contains { PathScope.isInside(path, workspace.home + "/" + $0) }
        }
        add(isLocal ? "program.local" : "program.elsewhere", call, program: name)
    }

    // MARK: The table

    /// Judges the words of a program by its rules.
    mutating func apply(_ program: String, _ words: ArraySlice<KnownWord>, _ call: Call) {
        let rules = catalog.rules(for: program)
        guard !rules.isEmpty else {
            add("program.unlisted", call, program: program, reason: "\(program) is not a program of the table")
            // It may be a wrapper.
            return judgeFunctionWords(words, call)
        }
        if words.count == 1, let text = words.first?.text, isVersion(text, program) { return add("version", call, program: program) }
        var words = ["tar", "bsdtar", "gtar"].contains(program) ? Self.unbundledTar(words) : words
        if rules.contains(where: { if case .actions = $0.inner { true } else { false } }) {
            words = judgeActions(program, words, rules, call)
        }
        var path: [String] = []
        if rules.contains(where: { !$0.subcommands.isEmpty }) {
            guard let rest = enterSubcommand(program, words, rules, &path, call) else { return }
            words = rest
        }
        let use = Use(program: program, path: path, words: words, rules: rules)
        judge(use, call)
    }

    private func isVersion(_ word: String, _ program: String) -> Bool {
        if word == "--version" { return program != "echo" && program != "printf" && program != "eval" }
        if word == "--help" { return program != "git" && program != "eval" }
        if word == "-V" {
            return ["python", "python2", "python3", "perl", "ssh", "patch", "zip", "xz", "gzip", "rustc", "make"].contains(program)
        }
        if word == "-v" { return ["node", "npm", "pnpm", "yarn", "ruby", "php", "gem", "deno", "bun"].contains(program) }
        return word == "version"
            && ["go", "docker", "podman", "helm", "terraform", "cargo", "npm", "gh", "kubectl", "dart"].contains(program)
    }

    /// The rules that may speak for one call of a program.
    struct Use {
        var program: String
        var path: [String]
        var words: ArraySlice<KnownWord>
        /// Ways to call it, the most exact first.
        var bases: [CommandRule] = []
        var raises: [(rule: CommandRule, grammar: OptionGrammar)] = []
        var operandRules: [CommandRule] = []

        init(program: String, path: [String], words: ArraySlice<KnownWord>, rules: [CommandRule], isGlobal: Bool = false) {
            self.program = program
            self.path = path
            self.words = words
            var best = -1
            for rule in rules {
                guard let length = Use.length(rule, path) else { continue }
                switch rule.match {
                case .use:
                    if length > best {
                        best = length
                        bases = []
                    }
                    if length == best { bases.append(rule) }
                case .option(let spec): raises.append((rule, OptionGrammar([spec])))
                case .globalOption(let spec): if isGlobal { raises.append((rule, OptionGrammar([spec]))) }
                case .operand: operandRules.append(rule)
                case .globals, .structure: break
                }
            }
        }

        /// How many words of the path the rule names; `nil` when it speaks of others.
        private static func length(_ rule: CommandRule, _ path: [String]) -> Int? {
            if rule.subcommands.isEmpty { return 0 }
            return rule.subcommands.filter { path.starts(with: $0) }.map(\.count).max()
        }

        func specs(with base: CommandRule?) -> [String] {
            var specs: [String] = []
            if let base, case .use(let options, _) = base.match { specs.append(options ?? "*") }
            for (rule, _) in raises {
                switch rule.match {
                case .option(let spec), .globalOption(let spec): specs.append(spec)
                case .use, .operand, .globals, .structure: break
                }
            }
            return specs
        }
    }

    /// Reads the options before the subcommand, and finds it.
    /// - Returns: the words behind it, or `nil` when the judgement is done.
    private mutating func enterSubcommand(
        _ program: String, _ words: ArraySlice<KnownWord>, _ rules: [CommandRule], _ path: inout [String], _ call: Call
    ) -> ArraySlice<KnownWord>? {
        func isFirst(_ text: String) -> Bool { rules.contains { $0.subcommands.contains { $0.first == text } } }
        var start = words.startIndex
        if let text = words.first?.text, isFirst(text) {
        } else {
            let top = Use(program: program, path: [], words: words, rules: rules, isGlobal: true)
            var specs = top.specs(with: nil)
            let globals = rules.compactMap { if case .globals(let spec) = $0.match { spec } else { nil } }
            specs += globals
            let arguments = CommandArguments(words, OptionGrammar(specs), stopsAtOperand: true)
            let globalGrammar = OptionGrammar(globals)
            for option in arguments.options {
                if !option.isKnown {
                    add(
                        globals.isEmpty ? "option.unknown" : "option.unknown-global", call, program: program,
                        reason: "\(option.name) is not known to be harmless")
                } else if globalGrammar.contains(option.name) {
                    for rule in rules { if case .globals = rule.match { add(rule.id, call, program: program) } }
                }
            }
            raise(top, arguments, call)
            if let place = arguments.places.first { start = place } else { start = words.endIndex }
            if !arguments.loose.isEmpty { add("argument.unknown-high", call, program: program) }
        }
        var rest = words[start...]
        var candidates: [String] = []
        for word in rest.prefix(3) {
            guard let text = word.text else { break }
            candidates.append(text)
        }
        guard !rest.isEmpty else { return rest }
        if candidates.isEmpty {
            add("argument.unknown-high", call, program: program, reason: "the subcommand is not known before running")
            return nil
        }
        let longest = rules.flatMap(\.subcommands).filter { candidates.starts(with: $0) }.map(\.count).max() ?? 0
        if longest == 0, program == "git" {
            add("git.unlisted", call, program: program)
            return nil
        }
        path = Array(candidates.prefix(longest))
        rest = rest.dropFirst(longest)
        return rest
    }
}

extension OptionGrammar {
    func contains(_ name: String) -> Bool {
        if name.utf8.count == 2, name.hasPrefix("-"), let letter = name.utf8.last, short(letter) != nil { return true }
        if name == "-#" { return takesNumbers }
        return names.contains { $0.name == name }
    }
}
