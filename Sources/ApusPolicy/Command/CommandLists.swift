/// The lists of `droid-exec.md` §3.7: what never runs, what is always asked about, what needs no level.
package struct CommandLists: Hashable, Sendable {
    package var allow: [String]
    package var deny: [String]
    package var block: [String]

    package init(allow: [String] = [], deny: [String] = [], block: [String] = []) {
        self.allow = allow
        self.deny = deny
        self.block = block
    }

    /// What is asked about at every level, whatever the settings say, as `docs/permissions.md` prints it.
    package static let builtInDeny: [BuiltInDenial] = [
        BuiltInDenial("rm -rf /", "rm", "rR", ["/"]), BuiltInDenial("rm -rf /*", "rm", "rR", ["/*"]),
        BuiltInDenial("rm -rf .", "rm", "rR", [".", "..", "./*", "../*"]), BuiltInDenial("rm -rf ~", "rm", "rR", ["~"]),
        BuiltInDenial("rm -rf ~/*", "rm", "rR", ["~/*"]), BuiltInDenial("mkfs", "mkfs"), BuiltInDenial("mkfs.ext4", "mkfs.*"),
        BuiltInDenial("dd of=/dev", "dd", "", ["of=/dev/*"]), BuiltInDenial("shutdown", "shutdown"), BuiltInDenial("reboot", "reboot"),
        BuiltInDenial("halt", "halt"), BuiltInDenial("poweroff", "poweroff"),
        BuiltInDenial("systemctl poweroff", "systemctl", "", ["poweroff", "reboot", "halt", "kexec"]),
        BuiltInDenial("init 0", "init", "", ["0", "6"]), BuiltInDenial("init 0", "telinit", "", ["0", "6"]),
        BuiltInDenial("chmod -R 777 /", "chmod", "R", ["/", "/*", "~"]), BuiltInDenial("chown -R", "chown", "R"),
        BuiltInDenial("format", "format"), BuiltInDenial("diskutil eraseDisk", "diskutil", "", ["erasedisk", "eraseDisk"]),
        BuiltInDenial("mv /", "mv", "", ["/", "/*"]), BuiltInDenial("find / -delete", "find", "", ["/ -delete"]),
        BuiltInDenial("powershell Remove-Item -Recurse -Force", "powershell", "", ["Remove-Item"]),
        BuiltInDenial("powershell Remove-Item -Recurse -Force", "pwsh", "", ["Remove-Item"]),
        BuiltInDenial("git push --mirror --force", "git", "", ["push --mirror"]),
        BuiltInDenial("wipefs", "wipefs"), BuiltInDenial("shred /dev", "shred", "", ["/dev/*"]),
    ]
}

extension CommandLists {
    /// All of the built-in denylist, each pattern once, with those that are no simple commands.
    package static var builtInDenyPatterns: [String] {
        var patterns: [String] = []
        for pattern in builtInDeny.map(\.pattern) + [":(){ :|: & };:", "> /dev/sda"] where !patterns.contains(pattern) {
            patterns.append(pattern)
        }
        return patterns
    }
}

/// One line of the built-in denylist. Flags and operands count wherever they stand.
package struct BuiltInDenial: Hashable, Sendable {
    package var pattern: String
    var program: String
    /// One of these letters, alone, in a cluster or as its long name.
    var flag: String
    /// One of these words; `~` is the home, `*` at the end anything; several words all of them.
    var operands: [String]

    init(_ pattern: String, _ program: String, _ flag: String = "", _ operands: [String] = []) {
        self.pattern = pattern
        self.program = program
        self.flag = flag
        self.operands = operands
    }

    func matches(_ command: SimpleInvocation, home: String) -> Bool {
        guard program.hasSuffix("*") ? command.program.hasPrefix(program.dropLast()) : command.program == program else { return false }
        if !flag.isEmpty, !command.flags.contains(where: { flag.contains($0) }) { return false }
        if operands.isEmpty { return true }
        return operands.contains { wanted in
            wanted.split(separator: " ").allSatisfy { part in
                let part = part == "~" ? home : part.hasPrefix("~/") ? home + part.dropFirst() : String(part)
                return command.words.contains { word in
                    // `/*` is the word itself: a pattern of the shell, not of ours.
                    if part.hasSuffix("/*"), !part.hasPrefix("of="), !part.hasPrefix("/dev") { return word == part }
                    return part.hasSuffix("*") ? word.hasPrefix(part.dropLast()) : word == part
                }
            }
        }
    }
}

/// A simple command as lists see it: unwrapped, without quotes, places in full.
package struct SimpleInvocation: Hashable, Sendable {
    /// Without its folder.
    var program: String
    /// The words behind it, what is unknown of them as `*`.
    var words: [String]

    /// Letters of clusters and the well-known long names, as letters.
    var flags: Set<Character> {
        var flags: Set<Character> = []
        for word in words {
            if let letter = Self.longNames.first(where: { $0.key.hasPrefix(word) && word.count > 3 })?.value { flags.insert(letter) }
            guard word.hasPrefix("-"), !word.hasPrefix("--") else { continue }
            flags.formUnion(word.dropFirst())
        }
        return flags
    }

    private static let longNames: [String: Character] = [
        "--recursive": "r", "--force": "f", "--all": "a", "--verbose": "v", "--delete": "d",
    ]

    /// Program and words in a form in which `-rf`, `-f -r` and `--recursive --force` are one.
    static func normalised(_ words: [String]) -> (flags: Set<String>, operands: [String]) {
        var flags: Set<String> = []
        var operands: [String] = []
        for word in words {
            if let letter = longNames[word] {
                flags.insert("-\(letter)")
            } else if word.hasPrefix("--") {
                flags.insert(word)
            } else if word.hasPrefix("-"), word.count > 1 {
                for letter in word.dropFirst() { flags.insert("-\(letter)") }
            } else {
                operands.append(word)
            }
        }
        return (flags, operands)
    }
}

/// One pattern of a list of the settings (`droid-exec.md` §3.7).
struct ListPattern {
    enum Kind {
        /// `*` and `?` against the whole simple command.
        case glob(String)
        /// The first words.
        case words([String])
        /// Within the line, blanks left out.
        case text(String)
        case builtIn(BuiltInDenial)
    }

    let pattern: String
    let kind: Kind

    init?(_ pattern: String, home: String) {
        self.pattern = pattern
        let written = pattern.trimmed
        guard !written.isEmpty else { return nil }
        if let same = CommandLists.builtInDeny.first(where: { $0.pattern == written || $0.pattern == written.replacingHome("~") }) {
            kind = .builtIn(same)
            return
        }
        let known = written.replacingHome(home)
        if known.contains(where: { ";|&<>(){}$`\n".contains($0) }) {
            kind = .text(known.filter { !$0.isWhitespace })
        } else if known.contains(where: { $0 == "*" || $0 == "?" }) {
            kind = .glob(known.split(separator: " ").joined(separator: " "))
        } else {
            kind = .words(known.split(separator: " ").map { Self.place(String($0), home: home) })
        }
    }

    static func place(_ word: String, home: String) -> String {
        var word = word
        if word == "~" || word.hasPrefix("~/") { word = home + word.dropFirst() }
        if word.hasPrefix("/") { return CommandPlaces.normalised(word, in: "/") }
        while word.count > 1, word.hasSuffix("/") { word.removeLast() }
        return word
    }

    /// - Parameter isStrict: for the allowlist: flags stand where the pattern has them.
    func matches(_ command: SimpleInvocation, home: String, isStrict: Bool) -> Bool {
        switch kind {
        case .text: return false
        case .builtIn(let denial):
            if isStrict { return false }
            return denial.matches(command, home: home)
        case .glob(let glob):
            let line = ([command.program] + command.words).joined(separator: " ")
            if Wildcard.matches(glob, line) { return true }
            // `npm *` is also npm alone, when something is forbidden.
            return !isStrict && glob.hasSuffix(" *") && glob.dropLast(2) == line
        case .words(let wanted):
            guard let program = wanted.first, program.split(separator: "/").last.map(String.init) == command.program else { return false }
            let rest = Array(wanted.dropFirst())
            let (flags, operands) = SimpleInvocation.normalised(rest)
            let considered = isStrict ? Array(command.words.prefix(rest.count + 2)) : command.words
            let (hasFlags, hasOperands) = SimpleInvocation.normalised(considered)
            return flags.isSubset(of: hasFlags) && hasOperands.starts(with: operands)
        }
    }

    func matches(rawLine: String) -> Bool {
        guard case .text(let text) = kind else { return false }
        return rawLine.filter { !$0.isWhitespace }.contains(text)
    }

    /// For a text that is no script: whether the program of the pattern stands anywhere in it.
    func mayMatch(unparsed text: String) -> Bool {
        let plain = String(text.filter { !"\\'\"".contains($0) })
        switch kind {
        case .text: return matches(rawLine: text)
        case .builtIn(let denial): return Self.hasWord(denial.program, plain)
        case .glob(let glob): return Self.hasWord(String(glob.prefix { $0 != " " && $0 != "*" && $0 != "?" }), plain)
        case .words(let words): return words.first.map { Self.hasWord($0, plain) } ?? false
        }
    }

    private static func hasWord(_ word: String, _ text: String) -> Bool {
        !word.isEmpty && text.split { !($0.isLetter || $0.isNumber || "_-.".contains($0)) }.contains { $0 == word }
    }
}

extension String {
    var trimmed: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }

    func replacingHome(_ home: String) -> String {
        var text = self
        for name in ["${HOME}", "$HOME"] {
            while let range = text.firstRange(of: name) { text.replaceSubrange(range, with: home) }
        }
        return text
    }
}
