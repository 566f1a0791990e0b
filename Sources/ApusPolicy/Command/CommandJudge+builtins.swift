import ApusCore

extension CommandJudge {
    /// Commands of the shell itself, which no table of options describes.
    /// - Returns: whether the judgement is done.
    mutating func judgeBuiltin(_ name: String, _ words: ArraySlice<KnownWord>, _ call: Call) -> Bool {
        switch name {
        case "cd", "chdir", "pushd":
            let target = words.first { !$0.prefix.hasPrefix("-") || $0.text == "-" }
            places.enter(target)
            add("shell.directory", call, program: name)
        case "popd", "dirs": add("shell.directory", call, program: name)
        case "export", "declare", "typeset", "local", "readonly": judgeDeclaration(name, words, call)
        case "alias":
            let defines = words.contains { $0.pattern.contains("=") || !$0.isKnown }
            if defines { add("alias.definition", call, program: name) } else { add("shell.variables", call, program: name) }
        case "unalias": add("shell.options", call, program: name)
        case "set": judgeSet(words, call)
        case "shopt": judgeShopt(words, call)
        case "setopt", "unsetopt", "emulate", "zmodload", "autoload", "zle", "zstyle", "bindkey", "functions", "source-if", "noglob",
            "nocorrect":
            add("shell.options-code", call, program: name)
        case "trap": judgeTrap(words, call)
        case "read", "unset", "getopts", "let", "mapfile", "readarray": judgeVariables(name, words, call)
        case "test", "[":
            subscripts(words, call, name)
            add("echo.nothing", call, program: name)
            // An expansion that falls apart could bring `-v` and a subscript along.
            if words.contains(where: { $0.splits && $0.segments.contains(.unknown) }) { add("shell.arithmetic", call, program: name) }
            // zsh reads numbers in tests as arithmetic.
            if dialect.contains(.zsh), words.contains(where: { !$0.isKnown }),
                words.contains(where: { ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"].contains($0.text) })
            {
                add("shell.arithmetic", call, program: name)
            }
        case "wait" where words.contains(where: { $0.prefix.hasPrefix("-") && !["-n", "-f"].contains($0.text) || $0.mayBeOption }):
            add("shell.builtin-code", call, program: name)
        case "source", ".": judgeSource(name, words, call)
        case "exec" where words.isEmpty: add("shell.variables", call, program: name)
        case "printf":
            if let first = words.first, first.text == nil, first.mayBeOption { add("echo.printf-variable", call, program: name) }
            return false
        default: return false
        }
        return true
    }

    /// Subscripts are arithmetic, and run what stands in them.
    private mutating func subscripts(_ words: ArraySlice<KnownWord>, _ call: Call, _ name: String) {
        for word in words {
            if let text = word.text, text.contains("$(") || text.contains("`") { return add("shell.builtin-code", call, program: name) }
        }
        if let index = words.firstIndex(where: { $0.text == "-v" || $0.text == "-R" }), index + 1 < words.endIndex,
            !words[index + 1].isKnown
        {
            add("shell.builtin-code", call, program: name)
        }
    }

    private mutating func judgeDeclaration(_ name: String, _ words: ArraySlice<KnownWord>, _ call: Call) {
        subscripts(words, call, name)
        var isPassedOn = name == "export"
        add(name == "export" ? "assignment.export" : "shell.variables", call, program: name)
        for word in words {
            let prefix = word.prefix
            if prefix.hasPrefix("-") || prefix.hasPrefix("+") {
                if name == "export", prefix.contains("f") {
                    add("assignment.dangerous", call, program: name, reason: "passes functions on to other shells")
                }
                if prefix.contains("x") { isPassedOn = true }
                if prefix.contains("i") { add("shell.arithmetic", call, program: name) }
                if prefix.contains("n"), name == "declare" || name == "typeset" || name == "local" {
                    add("assignment.dangerous", call, program: name, reason: "makes a name mean another variable")
                }
                continue
            }
            guard !prefix.isEmpty else {
                add("assignment.dangerous", call, program: name, reason: "the name of the variable is not known before running")
                continue
            }
            let target = String(prefix.prefix { $0 != "=" && $0 != "+" && $0 != "[" })
            let hasValue = prefix.contains("=")
            let value = hasValue ? word.dropping(target.utf8.count + 1) : nil
            if hasValue || isPassedOn {
                judgeVariable(target, value, Call(source: word.pattern, invocation: call.invocation), isPassedOn: isPassedOn && hasValue)
            }
        }
    }

    private mutating func judgeSet(_ words: ArraySlice<KnownWord>, _ call: Call) {
        add("shell.options", call, program: "set")
        var skipsName = false
        for word in words {
            guard let text = word.text else {
                add("shell.options-code", call, program: "set")
                return
            }
            if skipsName {
                skipsName = false
                if ![
                    "pipefail", "errexit", "nounset", "xtrace", "verbose", "noclobber", "noglob", "errtrace", "noexec", "posix", "physical",
                ].contains(text) {
                    add("shell.options-code", call, program: "set")
                }
                continue
            }
            if text == "--" || text == "-" { return }
            guard text.hasPrefix("-") || text.hasPrefix("+") else { return }
            for letter in text.dropFirst() where !"euxvfCEnoPT".contains(letter) {
                add("shell.options-code", call, program: "set", reason: "-\(letter) changes how this shell reads or passes on")
            }
            skipsName = text.contains("o")
        }
    }

    private static let quietOptions: Set<String> = [
        "nullglob", "globstar", "extglob", "dotglob", "failglob", "nocaseglob", "lastpipe", "inherit_errexit", "nocasematch",
    ]

    private mutating func judgeShopt(_ words: ArraySlice<KnownWord>, _ call: Call) {
        add("shell.options", call, program: "shopt")
        for word in words {
            guard let text = word.text, text.hasPrefix("-") || Self.quietOptions.contains(text) else {
                return add("shell.options-code", call, program: "shopt")
            }
        }
    }

    private mutating func judgeTrap(_ words: ArraySlice<KnownWord>, _ call: Call) {
        add("wrapper.trap", call, program: "trap")
        let words = words.drop { $0.text == "--" }
        guard let action = words.first, words.count > 1 else { return }
        if action.text == "-" || action.text == "" || action.text == "-p" || action.text == "-l" { return }
        guard let text = action.text else {
            return add("program.unknown", call, program: "trap", reason: "what the trap runs is not known before running")
        }
        judge(text: text, by: dialect, call)
    }

    private mutating func judgeVariables(_ name: String, _ words: ArraySlice<KnownWord>, _ call: Call) {
        subscripts(words, call, name)
        if name == "let" { return add("shell.arithmetic", call, program: name) }
        add("shell.variables", call, program: name)
        if name == "mapfile" || name == "readarray",
            words.contains(where: { $0.prefix.hasPrefix("-C") || $0.prefix.hasPrefix("-c") || !$0.isKnown })
        {
            add("shell.builtin-code", call, program: name)
        }
        for word in words {
            guard let text = word.text else {
                if name != "unset" {
                    add("assignment.dangerous", call, program: name, reason: "the name of the variable is not known before running")
                } else {
                    // It could be an element, whose subscript is arithmetic.
                    add("shell.arithmetic", call, program: name)
                }
                continue
            }
            if text.hasPrefix("-") { continue }
            if EnvironmentNames.danger(text, value: nil, isPassedOn: false) == .high, name != "unset" || text == "PATH" || text == "IFS" {
                if text.utf8.allSatisfy({ $0 > 0x20 }), text.first?.isLetter ?? false || text.hasPrefix("_") {
                    add("assignment.dangerous", call, program: name)
                }
            }
        }
    }

    private mutating func judgeSource(_ name: String, _ words: ArraySlice<KnownWord>, _ call: Call) {
        guard let file = words.first else { return add("shell.variables", call, program: name) }
        if let text = file.text, text.hasSuffix("/bin/activate"), places.reach(forWriting: file) == .inside {
            return add("wrapper.activate", call, program: name)
        }
        add("wrapper.source", call, program: name)
        // A name without a slash is looked for on the path first.
        judgeScript(file, name, call)
    }
}
