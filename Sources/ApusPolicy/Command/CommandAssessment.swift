/// What the judgement found of one command line.
package struct CommandAssessment: Hashable, Sendable {
    /// One finding: a command, a redirection, an assignment, with the rule that judged it.
    package struct Part: Hashable, Sendable {
        /// As written.
        package var command: String
        package var program: String?
        package var rule: String
        package var tier: CommandTier
        package var reason: String
        /// Which of the simple commands it belongs to; nothing of that kind can be allowed by a list.
        var invocation: Int?

        package init(command: String, program: String?, rule: String, tier: CommandTier, reason: String, invocation: Int? = nil) {
            self.command = command
            self.program = program
            self.rule = rule
            self.tier = tier
            self.reason = reason
            self.invocation = invocation
        }
    }

    /// In the order of the text, each once; never empty.
    package var parts: [Part]
    /// The pattern of the blocklist that a command in it matches.
    package var blocked: String?
    /// The pattern of the denylist.
    package var denied: String?
    /// The pattern of the allowlist by which all of it is allowed.
    package var allowed: String?
    /// `nil` when the text is no script.
    package var script: ShellScript?

    /// The first of the parts with the highest tier.
    package var decisive: Part { parts.max { $0.tier < $1.tier }.map { top in parts.first { $0.tier == top.tier } ?? top } ?? Self.nothing }

    /// The lowest tier that may be believed, whatever the model says.
    package var tier: CommandTier { decisive.tier }

    static let nothing = Part(command: "", program: nil, rule: "shell.empty", tier: .readOnly, reason: "nothing to run")

    /// With the model's own word (`droid-exec.md` §3.4): what is proven to read stays that unless the model says high; a word that is
    /// not in the protocol counts as high.
    package func effective(declared: String) -> (tier: CommandTier, rule: String, reason: String) {
        let found = decisive
        let word = CommandTier(name: declared) ?? .high
        if word == .high && found.tier < .high {
            return (.high, "declared.high", "declared: the model itself calls this command high risk")
        }
        if found.tier == .readOnly || found.tier >= word { return (found.tier, found.rule, "static: \(found.reason)") }
        return (word, "declared", "declared: the model itself calls this command \(word.name) risk")
    }
}
