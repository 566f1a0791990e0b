extension CommandJudge {
    /// Finds the first way of calling the program that fits, and what raises it.
    mutating func judge(_ use: Use, _ call: Call) {
        var reading: (arguments: CommandArguments, base: CommandRule)?
        for base in use.bases {
            let arguments = CommandArguments(use.words, OptionGrammar(use.specs(with: base)), stopsAtOperand: base.stopsAtOperand)
            if fits(base, arguments, use) {
                reading = (arguments, base)
                break
            }
        }
        guard let (arguments, base) = reading else { return judgeUnknownUse(use, call) }
        add(base.id, call, program: use.program)
        raise(use, arguments, call)
        judgeLoose(use, arguments, base, call)
        judgeOperands(base, arguments, use, call)
        if let inner = base.inner { judge(inner, arguments, use, call) }
        judgeSpecially(use, arguments, base, call)
    }

    private mutating func judgeUnknownUse(_ use: Use, _ call: Call) {
        let arguments = CommandArguments(use.words, OptionGrammar(use.bases.flatMap { use.specs(with: $0) }))
        if let option = arguments.options.first(where: { !$0.isKnown }) {
            add("option.unknown", call, program: use.program, reason: "\(option.name) is not known to be harmless")
        } else {
            add(
                "operand.unknown", call, program: use.program,
                reason: "\(([use.program] + use.path).joined(separator: " ")) is called in a way that is not known")
        }
        // Which of the words are the command within cannot be told.
        if use.bases.contains(where: { $0.inner != nil }) {
            add("program.unknown", call, program: use.program, reason: "\(use.program) is called in a way that hides what it runs")
        }
        raise(use, arguments, call)
        judgeLoose(use, arguments, nil, call)
    }

    // MARK: Fitting

    private func fits(_ base: CommandRule, _ arguments: CommandArguments, _ use: Use) -> Bool {
        guard case .use(let options, let operands) = base.match else { return false }
        let isOpen = options?.utf8.split(separator: UInt8(ascii: " ")).contains(where: { $0.elementsEqual("*".utf8) }) ?? true
        if !isOpen, arguments.options.contains(where: { !$0.isKnown }) { return false }
        let words = arguments.operands
        switch operands {
        case .any, .writes, .writesLast:
            if case .writes(let from) = operands, from > 0, base.tier == .medium, base.id.hasSuffix("-output") { return words.count > from }
            return true
        case .none: return words.isEmpty
        case .atMost(let count): return words.count <= count && !words.contains { $0.splits }
        case .format: return words.allSatisfy { $0.prefix.hasPrefix("+") && !$0.splits }
        case .noneUnless(let options):
            if words.isEmpty { return true }
            let names = options.split(separator: " ").map(String.init)
            return arguments.options.contains { names.contains($0.name) }
        case .only(let patterns):
            return words.allSatisfy { word in
                // What sets a value is never among what only reads.
                guard let text = word.text, !text.contains("=") else { return false }
                return patterns.contains { Wildcard.matches($0, text) }
            }
        case .seconds(let bound):
            return words.allSatisfy { word in word.text.flatMap(Self.seconds).map { $0 <= bound } ?? false }
        case .variables: return words.allSatisfy { $0.text != nil }
        case .sedScript: return Self.sedScripts(arguments).allSatisfy { $0.text.map { SedScript.judge($0) == .reads } ?? false }
        case .awkProgram: return words.first.map { word in word.text.map { AwkProgram.judge($0) == .reads } ?? false } ?? true
        }
    }

    private static func seconds(_ text: String) -> Int? {
        let unit = text.last
        let digits = unit.map { "smhd".contains($0) } ?? false ? text.dropLast() : text[...]
        guard let number = Int(digits.prefix { $0 != "." }), number >= 0 else { return nil }
        switch unit {
        case "m": return number * 60
        case "h", "d": return number == 0 ? 0 : 3_600
        default: return number
        }
    }

    static func sedScripts(_ arguments: CommandArguments) -> [KnownWord] {
        let options = arguments.options.filter { $0.name == "-e" || $0.name == "--expression" }
        if !options.isEmpty { return options.compactMap(\.value) }
        return arguments.operands.first.map { [$0] } ?? []
    }

    // MARK: Raising

    mutating func raise(_ use: Use, _ arguments: CommandArguments, _ call: Call) {
        for option in arguments.options where option.isKnown {
            for (rule, grammar) in use.raises where grammar.contains(option.name) {
                switch rule.writes {
                case .nothing:
                    add(rule.id, call, program: use.program)
                    if case .actions? = rule.inner {
                        // Those that stand alone were taken out before.
                        add("program.unknown", call, program: use.program, reason: "\(option.name) hides what it runs")
                    } else if let inner = rule.inner {
                        judge(inner, arguments, use, call)
                    }
                case .value:
                    if let value = option.value {
                        judgeWritten(value, rule, call, use.program)
                    } else {
                        add(rule.id, call, program: use.program)
                    }
                case .operands:
                    add(rule.id, call, program: use.program)
                    for operand in arguments.operands { judgeWritten(operand, rule, call, use.program) }
                }
            }
        }
        for rule in use.operandRules {
            guard case .operand(let patterns) = rule.match else { continue }
            if rule.id == "git.config-programs" && arguments.operands.count < 2 { continue }
            var words = arguments.operands + arguments.options.compactMap(\.value)
            // What a script of the project gets is no worse for being unknown.
            if rule.id.hasPrefix("server.") { words = words.filter(\.isKnown) }
            if words.contains(where: { Self.mayBe($0, patterns) }) { add(rule.id, call, program: use.program) }
        }
    }

    /// Known words are compared; of others what is known of them must not contradict.
    private static func mayBe(_ word: KnownWord, _ patterns: [String]) -> Bool {
        if let text = word.text {
            let text = text.lowercased()
            return patterns.contains { Wildcard.matches($0.lowercased(), text) }
        }
        if !word.splits && !word.segments.contains(.unknown) {
            let text = word.segments.map { segment -> String in
                switch segment {
                case .text(let text), .glob(let text): text
                case .number, .unknown: "0"
                }
            }.joined()
            return patterns.contains { word.isGlob && Wildcard.matches(text, $0) || Wildcard.matches($0, text) }
        }
        let prefix = word.prefix.lowercased()
        return patterns.contains { pattern in
            let known = pattern.prefix { $0 != "*" && $0 != "?" }.lowercased()
            return known.hasPrefix(prefix) || prefix.hasPrefix(known)
        }
    }

    /// A place that is changed: near is the rule's own tier, far is the highest.
    mutating func judgeWritten(_ word: KnownWord, _ rule: CommandRule, _ call: Call, _ program: String) {
        if let text = word.text, ["/dev/null", "/dev/stdout", "/dev/stderr", "-", "/dev/tty"].contains(text) { return }
        switch places.reach(forWriting: word) {
        case .inside: add(rule.id, call, program: program)
        case .outside: add("write.outside", call, program: program, reason: "\(word.pattern) is outside of the project")
        case .unknown: add("write.unknown", call, program: program, reason: "\(word.pattern) is not known before running")
        }
    }

    /// Words that could turn out to be options count as the worst of those.
    private mutating func judgeLoose(_ use: Use, _ arguments: CommandArguments, _ base: CommandRule?, _ call: Call) {
        guard !arguments.loose.isEmpty else { return }
        let tier = base?.tier ?? .medium
        var worst = tier
        for word in arguments.loose {
            let isFileName = word.isGlob && !word.splits && !word.hasUnknown
            for (rule, grammar) in use.raises {
                if !isFileName {
                    worst = max(worst, rule.writes == .nothing ? rule.inner == nil ? rule.tier : .high : .high)
                } else {
                    for (name, takesValue) in grammar.names {
                        if Wildcard.matches(word.pattern, name) { worst = max(worst, rule.inner == nil ? rule.tier : .high) }
                        if takesValue { worst = max(worst, min(rule.tier, .medium)) }
                    }
                }
            }
            if !isFileName || !(base.map { $0.tier == .readOnly } ?? false) {
                for other in use.bases where other.id != base?.id { worst = max(worst, other.tier) }
            }
        }
        if worst > tier {
            let words = arguments.loose.map(\.pattern).joined(separator: " ")
            add(
                worst == .high ? "argument.unknown-high" : "argument.unknown", call, program: use.program, tier: worst,
                reason: "\(words) is not known before running and could be an option; put -- or ./ before it")
        }
    }

    // MARK: Operands

    private mutating func judgeOperands(_ base: CommandRule, _ arguments: CommandArguments, _ use: Use, _ call: Call) {
        guard case .use(_, let operands) = base.match else { return }
        switch operands {
        case .writes(let from):
            for word in arguments.operands.dropFirst(from) { judgeWritten(word, base, call, use.program) }
        case .writesLast:
            if arguments.operands.count > 1, let last = arguments.operands.last { judgeWritten(last, base, call, use.program) }
        case .variables:
            for word in arguments.operands where EnvironmentSecrets.isSecret(word.text ?? "TOKEN") {
                add("environment.secret", call, program: use.program)
            }
        case .any where use.program == "sed" || use.program == "gsed": break
        default: break
        }
        if use.program == "sed" || use.program == "gsed" { judgeSed(arguments, use, call) }
        if use.program.hasSuffix("awk") { judgeAwk(arguments, base, use, call) }
    }

    /// The program is the first word, unless it stands in files.
    private mutating func judgeAwk(_ arguments: CommandArguments, _ base: CommandRule, _ use: Use, _ call: Call) {
        let files = arguments.options.filter { ["-f", "--file", "-E", "--exec", "-i", "--include"].contains($0.name) }
        for file in files { if let value = file.value, value.text != "inplace" { judgeScript(value, use.program, call) } }
        if files.contains(where: { $0.name != "-i" && $0.name != "--include" }) { return }
        guard let word = arguments.operands.first else { return }
        guard let text = word.text else {
            return add("search.awk-runs", call, program: use.program, reason: "an awk program that is not known before running")
        }
        if AwkProgram.judge(text) == .runs { return add("search.awk-runs", call, program: use.program) }
        guard base.id == "search.awk-code", let rule = use.bases.last else { return }
        let targets = AwkProgram.targets(text)
        if targets.isEmpty, AwkProgram.writesFiles(text) { add("write.unknown", call, program: use.program) }
        for target in targets {
            if let target {
                judgeWritten(KnownWord(text: target), rule, call, use.program)
            } else {
                add("write.unknown", call, program: use.program)
            }
        }
    }

    private mutating func judgeSed(_ arguments: CommandArguments, _ use: Use, _ call: Call) {
        for script in Self.sedScripts(arguments) {
            guard let text = script.text else {
                add("search.sed-runs", call, program: use.program, reason: "a sed script that is not known before running")
                continue
            }
            switch SedScript.judge(text) {
            case .runs: add("search.sed-runs", call, program: use.program)
            case .writes(let files):
                for file in files { judgeWritten(KnownWord(text: file), catalog.rule("search.sed-writes"), call, use.program) }
            case .reads, .unknown: break
            }
        }
        if arguments.options.contains(where: { $0.name == "-i" || $0.name == "--in-place" }) {
            let hasOption = arguments.options.contains { ["-e", "--expression", "-f", "--file"].contains($0.name) }
            for file in arguments.operands.dropFirst(hasOption ? 0 : 1) {
                judgeWritten(file, catalog.rule("search.sed-in-place"), call, use.program)
            }
        }
    }
}

extension CommandRule {
    /// What stands behind the first operand belongs to another command.
    var stopsAtOperand: Bool {
        guard case .use = match else { return false }
        if programs == ["printf"] { return true }
        switch inner {
        case .rest, .environment, .shell, .text, .input, .textOrRest, .interpreter: return true
        case .textOption, .actions, nil: return false
        }
    }
}

/// Names of variables that hold credentials.
enum EnvironmentSecrets {
    static func isSecret(_ name: String) -> Bool {
        let upper = name.uppercased()
        let words = upper.split(separator: "_")
        return words.contains {
            ["KEY", "KEYS", "TOKEN", "PASS", "PASSWD", "PASSPHRASE", "PAT", "AUTH", "COOKIE", "JWT", "DSN", "CREDS"].contains($0)
        }
            || ["SECRET", "PASSWORD", "APIKEY", "TOKEN", "CREDENTIAL"].contains { upper.contains($0) }
    }
}
