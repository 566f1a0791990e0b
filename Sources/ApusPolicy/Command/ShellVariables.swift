/// Which variables of a script have a value that is known before running.
///
/// Only the simplest case is believed: a name that is set once in the whole script, to something known, in a statement that surely runs.
/// Of every other name the values it is given are remembered as guesses, which can raise a judgement and never lower it.
struct ShellVariables {
    private var counts: [String: Int] = [:]
    private var tainted: Set<String> = []
    /// Changed by arithmetic, which gives numbers.
    private var computed: Set<String> = []
    private var isDoubtful = false
    private(set) var values: [String: KnownWord] = [:]
    private(set) var guesses: [String: [String]] = [:]

    init() {}

    init(_ script: ShellScript) { collect(script) }

    /// Names that the shell itself changes, or that mean something to it.
    private static let special: Set<String> = [
        "RANDOM", "SRANDOM", "SECONDS", "LINENO", "PWD", "OLDPWD", "_", "DIRSTACK", "HISTCMD", "EPOCHSECONDS", "EPOCHREALTIME", "FUNCNAME",
        "GROUPS", "PIPESTATUS", "OPTARG", "OPTIND", "REPLY", "UID", "EUID", "PPID", "IFS", "MAPFILE", "COPROC", "BASHPID", "HOME",
        "COLUMNS",
        "LINES", "argv", "path", "status",
    ]

    func mayKnow(_ name: String) -> Bool {
        !isDoubtful && counts[name] == 1 && !tainted.contains(name) && !computed.contains(name) && !Self.special.contains(name)
            && !name.hasPrefix("BASH")
    }

    /// Whether the script itself gives the name a value.
    func isSet(_ name: String) -> Bool { isDoubtful || counts[name] != nil || tainted.contains(name) || computed.contains(name) }

    mutating func set(_ name: String, _ value: KnownWord?) {
        if let value, mayKnow(name), !value.splits, !value.hasUnknown { values[name] = value } else { values[name] = nil }
    }

    mutating func guess(_ name: String, _ text: String) {
        var known = guesses[name] ?? []
        if known.count < 8, !known.contains(text) { known.append(text) }
        guesses[name] = known
    }

    // MARK: The first look

    private mutating func count(_ name: String) { counts[name, default: 0] += 1 }

    private mutating func collect(_ script: ShellScript) {
        for statement in script.statements {
            for pipeline in statement.pipelines { for command in pipeline.commands { collect(command) } }
        }
    }

    private mutating func collect(_ command: ShellCommand) {
        switch command {
        case .simple(let simple):
            for assignment in simple.assignments {
                if Self.isNumber(assignment.value) { computed.insert(assignment.name) } else { count(assignment.name) }
                if assignment.isAppending || assignment.index != nil { tainted.insert(assignment.name) }
                switch assignment.value {
                case .word(let word): collect(word)
                case .array(let words):
                    tainted.insert(assignment.name)
                    words.forEach { collect($0) }
                }
            }
            simple.words.forEach { collect($0) }
            simple.redirections.forEach {
                collect($0.target)
                if let name = $0.descriptor, name.hasPrefix("{") { tainted.insert(String(name.dropFirst().dropLast())) }
            }
            collectBuiltin(simple.words)
        case .compound(let compound, let redirections):
            redirections.forEach { collect($0.target) }
            collect(compound)
        case .function(_, let body): collect(body)
        }
    }

    private static func isNumber(_ value: ShellAssignment.Value) -> Bool {
        guard case .word(let word) = value, word.pieces.count == 1 else { return false }
        if case .arithmetic = word.pieces[0] { return true }
        return false
    }

    private mutating func collectBuiltin(_ words: [ShellWord]) {
        guard let first = words.first else { return }
        guard let name = first.text else {
            isDoubtful = true
            return
        }
        switch name {
        case "eval", "source", ".", "builtin", "command", "mapfile", "readarray", "getopts", "let", "coproc", "trap", "set", "shopt":
            // `set -e` and `command -v` change no variable.
            if name == "set" || name == "command" || name == "shopt" {
                if let option = words.dropFirst().first?.text, option.hasPrefix("-"), option != "--", option != "-a", option != "-k" {
                    return
                }
                if name != "set" { isDoubtful = true }
                return
            }
            if name == "trap", words.count == 3, words[1].text == "" || words[1].text == "-" { return }
            isDoubtful = true
        case "read", "unset", "export", "declare", "typeset", "local", "readonly", "printf", "wait", "test", "[":
            if name == "printf" || name == "wait" || name == "test" || name == "[" {
                if name == "printf", words.count > 1, words[1].text == nil || words[1].text?.hasPrefix("-v") ?? true { isDoubtful = true }
                return
            }
            for word in words.dropFirst() {
                guard let text = word.text ?? word.pieces.first?.text else {
                    isDoubtful = true
                    continue
                }
                let target = String(text.prefix { $0 != "=" && $0 != "+" && $0 != "[" })
                if !target.hasPrefix("-") { tainted.insert(target) } else if text.contains("n") || text.contains("i") { isDoubtful = true }
            }
        default: break
        }
    }

    private mutating func collect(_ compound: ShellCompound) {
        switch compound {
        case .group(let script), .subshell(let script): collect(script)
        case .conditional(let branches, let otherwise):
            for branch in branches {
                collect(branch.condition)
                collect(branch.body)
            }
            if let otherwise { collect(otherwise) }
        case .loop(let condition, let body):
            collect(condition)
            collect(body)
        case .each(let variable, let words, let body):
            count(variable)
            words?.forEach { collect($0) }
            collect(body)
        case .arithmeticLoop(let words, let body):
            words.forEach { arithmetic($0) }
            collect(body)
        case .choice(let word, let cases):
            collect(word)
            for one in cases {
                one.patterns.forEach { collect($0) }
                collect(one.body)
            }
        case .arithmetic(let word): arithmetic(word)
        case .test(let words): words.forEach { collect($0) }
        case .coprocess(let command):
            isDoubtful = true
            collect(command)
        }
    }

    private mutating func collect(_ word: ShellWord) { word.pieces.forEach { collect($0) } }

    private mutating func collect(_ piece: ShellWord.Piece) {
        switch piece {
        case .literal, .quoted, .glob, .tilde: break
        case .inDoubleQuotes(let pieces): pieces.forEach { collect($0) }
        case .parameter(let name, let words):
            if name.hasSuffix("=") { tainted.insert(String(name.dropLast())) }
            if name.hasPrefix("!") || name.contains("@P") { isDoubtful = true }
            words.forEach { collect($0) }
        case .command(let script), .process(_, let script): collect(script)
        case .arithmetic(let pieces): arithmetic(ShellWord(pieces: pieces))
        case .braces(let words): words.forEach { collect($0) }
        }
    }

    /// Every name in it may be set by it.
    private mutating func arithmetic(_ word: ShellWord) {
        collectPieces(word.pieces)
        for piece in word.pieces { if case .arithmetic = piece { continue } else { collect(piece) } }
    }

    private mutating func collectPieces(_ pieces: [ShellWord.Piece]) {
        for piece in pieces {
            switch piece {
            case .literal(let text), .quoted(let text):
                guard text.contains("=") || text.contains("++") || text.contains("--") else { continue }
                for name in text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) { computed.insert(String(name)) }
            case .inDoubleQuotes(let inner), .arithmetic(let inner): collectPieces(inner)
            default: break
            }
        }
    }
}

extension ShellVariables {
    /// Every value that the script gives the name is among the guesses, but for what arithmetic makes of them.
    func isOnlyGuessed(_ name: String) -> Bool {
        !isDoubtful && !tainted.contains(name) && (counts[name] ?? 0) > 0 && (counts[name] ?? 0) <= (guesses[name]?.count ?? 0)
    }
}
