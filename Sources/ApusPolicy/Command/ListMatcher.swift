/// Finds which patterns of the lists a command line matches: block before deny before allow (`droid-exec.md` §3.7).
struct ListMatcher {
    private let home: String
    private let allow: [ListPattern]
    private let deny: [ListPattern]
    private let block: [ListPattern]

    init(_ lists: CommandLists, home: String) {
        self.home = home
        allow = lists.allow.compactMap { ListPattern($0, home: home) }
        deny = lists.deny.compactMap { ListPattern($0, home: home) }
        block = lists.block.compactMap { ListPattern($0, home: home) }
    }

    func apply(to assessment: inout CommandAssessment, _ commands: [SimpleInvocation], _ line: String) {
        let isScript = assessment.script != nil
        func first(_ patterns: [ListPattern]) -> String? {
            patterns.first { pattern in
                pattern.matches(rawLine: line) || commands.contains { pattern.matches($0, home: home, isStrict: false) }
                    || !isScript && pattern.mayMatch(unparsed: line)
            }?.pattern
        }
        assessment.blocked = first(block)
        assessment.denied = first(deny) ?? builtIn(commands, line, assessment)
        func say(_ rule: String, _ why: String) {
            assessment.parts.append(
                CommandAssessment.Part(
                    command: line, program: nil, rule: rule, tier: CommandCatalog.standard.rule(rule).tier, reason: why))
        }
        if let pattern = assessment.denied { say("list.deny", "on the denylist by \"\(pattern)\", asked about at every level") }
        if let pattern = assessment.blocked { say("list.block", "on the blocklist by \"\(pattern)\", never runs") }
        if assessment.blocked == nil, assessment.denied == nil, isScript {
            assessment.allowed = allowing(assessment, commands)
            if let pattern = assessment.allowed { say("list.allow", "on the allowlist by \"\(pattern)\"") }
        }
    }

    private func builtIn(_ commands: [SimpleInvocation], _ line: String, _ assessment: CommandAssessment) -> String? {
        for denial in CommandLists.builtInDeny where commands.contains(where: { denial.matches($0, home: home) }) { return denial.pattern }
        let bare = line.filter { !$0.isWhitespace }
        if bare.contains(":(){:|:&};:") { return ":(){ :|: & };:" }
        let disks = ["sd", "hd", "vd", "xvd", "nvme", "disk", "mmcblk", "mapper/"]
        for part in assessment.parts where part.rule == "redirect.outside" {
            if disks.contains(where: { part.command.contains("/dev/\($0)") }) { return "> /dev/sda" }
        }
        return nil
    }

    /// Every command must match, or only read; nothing else may do more than read.
    private func allowing(_ assessment: CommandAssessment, _ commands: [SimpleInvocation]) -> String? {
        guard !allow.isEmpty else { return nil }
        var found: String?
        for part in assessment.parts where part.tier > .readOnly {
            guard let index = part.invocation,
                let pattern = allow.first(where: { $0.matches(commands[index], home: home, isStrict: true) }),
                part.rule != "path.secret" || pattern.pattern.contains("*") || pattern.pattern.contains(".")
            else { return nil }
            found = pattern.pattern
        }
        return found
    }
}
