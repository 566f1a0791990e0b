package import ApusCore

/// Judges what a command line could do, by its tree and the table of rules. Pure, and bounded in depth and work.
///
/// Every command at every depth is looked at, whether it would run or not; wrappers are looked through. What cannot be known before
/// running counts as the worst it could be. The judgement is advice: the kernel's wall holds when it errs.
package struct CommandJudge {
    /// How deeply scripts may stand within scripts.
    private static let maximumDepth = 24
    /// Commands that are looked at; a line with more of them is not understood.
    private static let maximumCommands = 2_000

    let workspace: WorkspaceScope
    let catalog = CommandCatalog.standard
    var dialect: ShellDialect
    var places: CommandPlaces
    var variables = ShellVariables()
    var functions: Set<String> = []
    var parts: [CommandAssessment.Part] = []
    private var seen: Set<CommandAssessment.Part> = []
    var invocations: [SimpleInvocation] = []
    /// The text that is being judged, as ranges of words count.
    var text: [UInt8] = []
    var depth = 0
    /// Substitutions around the command: what it prints becomes words of another.
    var nesting = 0
    /// Statements that surely run, one after the other.
    var isStraight = true
    private var commands = 0

    init(_ workspace: WorkspaceScope, dialect: ShellDialect) {
        self.workspace = workspace
        self.dialect = dialect
        places = CommandPlaces(workspace)
    }

    /// Where a command's input comes from.
    enum Input: Hashable {
        case none
        /// What the command before prints, when that is known.
        case pipe(String?)
        case text(String?)
        case file(KnownWord)
    }

    /// The command being judged, for its parts.
    struct Call {
        var source: String
        var invocation: Int?
        var input: Input = .none
        /// Nobody reads what it prints but a person or a file.
        var isLast = true
    }

    /// - Parameter dialect: the shells that may be given the command.
    package static func assess(
        _ command: String, in workspace: WorkspaceScope, lists: CommandLists = CommandLists(), dialect: ShellDialect = .bash
    ) -> CommandAssessment {
        var judge = CommandJudge(workspace, dialect: dialect)
        var script: ShellScript?
        do throws(ShellSyntaxError) {
            let parsed = try ShellParser.parse(command, for: dialect)
            script = parsed
            judge.text = Array(command.utf8)
            judge.variables = ShellVariables(parsed)
            judge.run(parsed, .none)
        } catch {
            judge.add(
                "shell.syntax", Call(source: command), program: nil,
                reason: "not understood as a shell script: \(error.reason) at byte \(error.offset)")
        }
        var assessment = CommandAssessment(
            parts: judge.parts.isEmpty ? [CommandAssessment.nothing] : judge.parts, blocked: nil, denied: nil, allowed: nil, script: script)
        ListMatcher(lists, home: workspace.home).apply(to: &assessment, judge.invocations, command)
        return assessment
    }

    // MARK: Findings

    mutating func add(
        _ rule: String, _ call: Call, program: String?, tier: CommandTier? = nil, reason: String? = nil
    ) {
        let entry = catalog.rule(rule)
        let part = CommandAssessment.Part(
            command: call.source, program: program, rule: rule, tier: tier ?? entry.tier, reason: reason ?? entry.reason,
            invocation: call.invocation)
        if seen.insert(part).inserted { parts.append(part) }
    }

    /// The text that words came from.
    func source(of words: [ShellWord], _ assignments: [ShellAssignment] = []) -> String {
        let ranges = words.map(\.range).filter { !$0.isEmpty && $0.upperBound <= text.count }
        guard let start = ranges.map(\.lowerBound).min(), let end = ranges.map(\.upperBound).max(), start < end else {
            return words.map { expand($0).map(\.pattern).joined(separator: " ") }.joined(separator: " ")
        }
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    // MARK: The tree

    mutating func run(_ script: ShellScript, _ input: Input) {
        for statement in script.statements {
            let before = parts.count
            run(statement.first, input)
            let wasStraight = isStraight
            isStraight = false
            for link in statement.rest { run(link.pipeline, input) }
            isStraight = wasStraight
            if statement.isBackground {
                add("background", Call(source: parts.count > before ? parts[before].command + " &" : "&"), program: nil)
            }
        }
    }

    private mutating func run(_ pipeline: ShellPipeline, _ input: Input) {
        var input = input
        let wasStraight = isStraight
        if pipeline.commands.count > 1 { isStraight = false }
        for (index, command) in pipeline.commands.enumerated() {
            let isLast = index == pipeline.commands.count - 1
            run(command, input, isLast: isLast)
            if !isLast { input = .pipe(printed(by: command)) }
        }
        isStraight = wasStraight
    }

    /// What `echo` and `printf` of known words give.
    private func printed(by command: ShellCommand) -> String? {
        guard case .simple(let simple) = command, let program = simple.words.first?.text, program == "echo" || program == "printf" else {
            return nil
        }
        var texts: [String] = []
        for word in simple.words.dropFirst() {
            guard let text = word.text, !text.contains("%"), !text.contains("\\") else { return nil }
            if texts.isEmpty, text.hasPrefix("-") { continue }
            texts.append(text)
        }
        return texts.joined(separator: " ")
    }

    mutating func run(_ command: ShellCommand, _ input: Input, isLast: Bool = true) {
        commands += 1
        guard commands < Self.maximumCommands else {
            if commands == Self.maximumCommands { add("shell.nested", Call(source: "…"), program: nil) }
            return
        }
        switch command {
        case .simple(let simple): run(simple, input, isLast: isLast)
        case .compound(let compound, let redirections):
            var inner = input
            for redirection in redirections {
                look(into: redirection.target)
                if let other = judge(redirection) { inner = other }
            }
            run(compound, inner)
        case .function(let name, let body):
            functions.insert(name)
            let wasStraight = isStraight
            isStraight = false
            // Whatever calls it may give it anything to read.
            run(body, .pipe(nil))
            isStraight = wasStraight
        }
    }

    private mutating func run(_ compound: ShellCompound, _ input: Input) {
        let wasStraight = isStraight
        defer { isStraight = wasStraight }
        switch compound {
        case .group(let script): run(script, input)
        case .subshell(let script):
            isStraight = false
            run(script, input)
        case .conditional(let branches, let otherwise):
            isStraight = false
            for branch in branches {
                run(branch.condition, input)
                run(branch.body, input)
            }
            if let otherwise { run(otherwise, input) }
        case .loop(let condition, let body):
            isStraight = false
            run(condition, input)
            run(body, input)
        case .each(let variable, let words, let body):
            isStraight = false
            runEach(variable, words, body, input)
        case .arithmeticLoop(let words, let body):
            isStraight = false
            words.forEach { arithmetic($0) }
            run(body, input)
        case .choice(let word, let cases):
            isStraight = false
            look(into: word)
            for one in cases {
                one.patterns.forEach { look(into: $0) }
                run(one.body, input)
            }
        case .arithmetic(let word): arithmetic(word)
        case .test(let words): judgeTest(words)
        case .coprocess(let command):
            isStraight = false
            add("background", Call(source: "coproc"), program: nil)
            run(command, .pipe(nil))
        }
    }

    /// The body is judged for every word, when all are known and few.
    private mutating func runEach(_ variable: String, _ words: [ShellWord]?, _ body: ShellScript, _ input: Input) {
        words?.forEach { look(into: $0) }
        let values = words?.flatMap { expand($0) } ?? [.anything]
        for value in values {
            if let text = value.text { variables.guess(variable, text) }
            if places.isSecret(value) { add("path.secret", Call(source: "for \(variable)"), program: nil) }
        }
        if EnvironmentNames.danger(variable, value: nil, isPassedOn: false) == .high {
            add("assignment.dangerous", Call(source: "for \(variable)"), program: nil)
        }
        if values.isEmpty || values.count > 6 || values.contains(where: { $0.splits || $0.hasUnknown }) || !variables.mayKnow(variable) {
            variables.set(variable, nil)
            return run(body, input)
        }
        for value in values {
            variables.set(variable, value)
            run(body, input)
        }
        variables.set(variable, nil)
    }

    // MARK: Text within words

    /// A script that stands as text in a word, run by another shell.
    mutating func judge(text script: String, by shell: ShellDialect, _ call: Call, isSameShell: Bool = false) {
        guard depth < Self.maximumDepth else { return add("shell.nested", call, program: nil) }
        depth += 1
        let outer = (text, variables, dialect, isStraight)
        defer {
            (text, variables, dialect, isStraight) = outer
            depth -= 1
        }
        do throws(ShellSyntaxError) {
            let parsed = try ShellParser.parse(script, for: shell)
            text = Array(script.utf8)
            dialect = shell
            isStraight = true
            variables = ShellVariables(parsed)
            run(parsed, call.input)
        } catch {
            add("shell.syntax", call, program: nil, reason: "not understood as a shell script: \(error.reason) at byte \(error.offset)")
        }
    }

    /// Commands within a word run before the word is there.
    mutating func look(into word: ShellWord) {
        for piece in word.pieces { look(into: piece) }
    }

    private mutating func look(into piece: ShellWord.Piece) {
        switch piece {
        case .literal, .quoted, .glob, .tilde: break
        case .inDoubleQuotes(let pieces): pieces.forEach { look(into: $0) }
        case .parameter(let name, let words):
            if name.hasSuffix("="), EnvironmentNames.danger(String(name.dropLast()), value: nil, isPassedOn: false) == .high {
                add("assignment.dangerous", Call(source: "${\(name)…}"), program: nil)
            }
            if name.hasPrefix("!"), name.count > 1, !name.hasSuffix("@"), !name.hasSuffix("*"), !Self.isAll(words),
                variables.values[String(name.dropFirst())] == nil
            {
                add("shell.builtin-code", Call(source: "${\(name)}"), program: nil)
            }
            if name.hasSuffix("@P") { add("assignment.code", Call(source: "${\(name)}"), program: nil) }
            words.forEach { word in
                if case .arithmetic(let inner)? = word.pieces.first {
                    arithmetic(ShellWord(pieces: inner, range: word.range))
                } else {
                    look(into: word)
                }
            }
        case .command(let script), .process(_, let script):
            let (wasStraight, outerNesting) = (isStraight, nesting)
            isStraight = false
            nesting += 1
            run(script, .none)
            (isStraight, nesting) = (wasStraight, outerNesting)
        case .arithmetic(let pieces): arithmetic(ShellWord(pieces: pieces))
        case .braces(let words): words.forEach { look(into: $0) }
        }
    }

    /// The subscript `@` or `*`.
    private static func isAll(_ words: [ShellWord]) -> Bool {
        guard case .arithmetic(let pieces)? = words.first?.pieces.first else { return false }
        return pieces.count == 1 && (pieces[0].text == "@" || pieces[0].text == "*")
    }

    /// Names in arithmetic stand for text that is arithmetic again: where that comes from outside, it may run commands.
    mutating func arithmetic(_ word: ShellWord) {
        look(into: word)
        if word.pieces.contains(where: { $0.text.map { $0.contains("$(") || $0.contains("`") } ?? false }) {
            add("shell.builtin-code", Call(source: source(of: [word])), program: nil)
        }
        var names: [String] = []
        Self.names(in: word.pieces, &names)
        for name in names where !variables.isNumber(name) {
            add("shell.arithmetic", Call(source: name), program: nil)
            return
        }
    }

    private static func names(in pieces: [ShellWord.Piece], _ names: inout [String]) {
        for piece in pieces {
            switch piece {
            case .literal(let text), .quoted(let text):
                for part in text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) where !(part.first?.isNumber ?? true)
                {
                    names.append(String(part))
                }
            case .inDoubleQuotes(let inner), .arithmetic(let inner): Self.names(in: inner, &names)
            case .parameter(let name, _): if !name.hasPrefix("#"), name != "?", name != "$", name != "!" { names.append(name) }
            case .command: names.append("$(…)")
            case .process, .glob, .braces, .tilde: break
            }
        }
    }

    private mutating func judgeTest(_ words: [ShellWord]) {
        words.forEach { look(into: $0) }
        let call = Call(source: "[[ " + source(of: words) + " ]]")
        let known = words.flatMap { expand($0) }
        add("echo.nothing", call, program: "[[")
        secrets(known[...], call, program: "[[")
        let texts = words.map(\.text)
        let isArithmetic = texts.contains { $0.map { ["-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-v"].contains($0) } ?? false }
        guard isArithmetic else { return }
        if known.contains(where: { $0.pattern.contains("$(") || $0.pattern.contains("`") }) {
            add("shell.builtin-code", call, program: "[[")
        }
        for word in words { arithmetic(word) }
    }
}
