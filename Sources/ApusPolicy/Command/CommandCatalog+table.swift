extension CommandCatalog {
    /// The table of rules as Markdown, for `docs/permissions.md`.
    package var table: String {
        var lines: [String] = []
        for group in groups {
            lines += ["### \(group.title)", "", "| rule | commands | tier | why | source | example |", "|---|---|---|---|---|---|"]
            for rule in group.rules {
                let cells = [
                    "`\(rule.id)`", Self.commands(rule), rule.tier.name, rule.reason, rule.source, Self.code(rule.example),
                ]
                lines.append("| " + cells.joined(separator: " | ") + " |")
            }
            lines.append("")
        }
        lines += ["### Built-in denylist", "", CommandLists.builtInDenyPatterns.map { Self.code($0) }.joined(separator: ", "), ""]
        return lines.joined(separator: "\n")
    }

    private static func commands(_ rule: CommandRule) -> String {
        var text = rule.programs.map { code($0) }.joined(separator: " ")
        if !rule.subcommands.isEmpty { text += ": " + rule.subcommands.map { code($0.joined(separator: " ")) }.joined(separator: ", ") }
        switch rule.match {
        case .option(let spec), .globalOption(let spec), .globals(let spec): text += " with " + code(spec)
        case .operand(let patterns): text += " with a word " + code(patterns.joined(separator: " "))
        case .use(let options?, _) where !options.isEmpty && !options.contains("*"): text += ", options " + code(options)
        case .use, .structure: break
        }
        return text.isEmpty ? "any" : text
    }

    /// A cell of a table cannot have its border or a line break.
    private static func code(_ text: String) -> String {
        let plain = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "⏎")
        let escaped = plain.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
        return escaped.contains("`") ? "`` \(escaped) ``" : "`\(escaped)`"
    }
}
