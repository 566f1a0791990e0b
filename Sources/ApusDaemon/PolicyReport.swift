package import ApusBase
package import ApusCore
import ApusPolicy
import ApusSettings

/// What the policy says of commands in a place, with the lists of the settings that hold there: `apus policy`.
package struct PolicyReport: Sendable {
    private let policy: AutonomyPolicy
    private let workspace: WorkspaceScope

    /// Throws when the settings of the machine cannot be understood.
    package init(_ configuration: DaemonConfiguration) throws(DaemonError) {
        policy = Daemon.policy(try Daemon.settings(configuration), configuration)
        workspace = Daemon.scope(of: configuration.workingDirectory ?? "/", configuration)
    }

    package func explanation(of command: String, declared: String) -> PolicyExplanation {
        let assessment = policy.assess(command, in: workspace)
        let decisions = AutonomyLevel.allCases.map { level in
            (level: level, decision: policy.decision(on: assessment, declared: declared, at: level))
        }
        return PolicyExplanation(command: command, declared: declared, assessment: assessment, decisions: decisions)
    }
}

/// One command explained, for people and for programs.
package struct PolicyExplanation: Sendable {
    package let command: String
    let declared: String
    let assessment: CommandAssessment
    let decisions: [(level: AutonomyLevel, decision: AccessDecision)]

    /// `read-only`, `low`, `medium`, `high` or `blocked`.
    package var tier: String {
        if assessment.blocked != nil { return "blocked" }
        if assessment.denied == nil, assessment.allowed != nil { return CommandTier.readOnly.name }
        return assessment.effective(declared: declared).tier.name
    }

    package var isDenied: Bool { assessment.blocked == nil && assessment.denied != nil }

    package var rule: String {
        if assessment.blocked != nil { return "list.block" }
        if assessment.denied != nil { return "list.deny" }
        if assessment.allowed != nil { return "list.allow" }
        return assessment.effective(declared: declared).rule
    }

    package var reason: String {
        if let pattern = assessment.blocked { return "on the blocklist by \"\(pattern)\", never runs" }
        if let pattern = assessment.denied { return "on the denylist by \"\(pattern)\", asked about at every level" }
        if let pattern = assessment.allowed { return "on the allowlist by \"\(pattern)\"" }
        let effective = assessment.effective(declared: declared)
        return effective.rule.hasPrefix("declared") ? effective.reason : assessment.decisive.reason
    }

    private static func word(_ decision: AccessDecision) -> String {
        switch decision {
        case .allow: "run"
        case .deny: "refuse"
        case .ask: "stop"
        }
    }

    private static func name(_ level: AutonomyLevel) -> String {
        switch level {
        case .off: "read-only"
        case .unrestricted: "skip"
        case .low, .medium, .high: level.rawValue
        }
    }

    /// Each finding once: a loop is judged for each of its words.
    private var parts: [CommandAssessment.Part] {
        var parts: [CommandAssessment.Part] = []
        for part in assessment.parts
        where !parts.contains(where: { $0.command == part.command && $0.rule == part.rule && $0.reason == part.reason }) {
            parts.append(part)
        }
        return parts
    }

    // MARK: For programs

    package func json(at level: AutonomyLevel? = nil) -> JSONValue {
        var object = JSONObject([
            ("command", .string(command)), ("tier", .string(tier)), ("rule", .string(rule)), ("reason", .string(reason)),
            ("declared", .string(declared)), ("denied", .bool(isDenied)),
        ])
        if let level, let decision = decisions.first(where: { $0.level == level })?.decision {
            object["level"] = .string(Self.name(level))
            object["decision"] = .string(Self.word(decision))
        }
        object["decisions"] = .object(JSONObject(decisions.map { (Self.name($0.level), .string(Self.word($0.decision))) }))
        object["parts"] = .array(
            parts.map { part in
                .object(
                    JSONObject([
                        ("command", .string(part.command)), ("program", part.program.map { .string($0) } ?? .null),
                        ("rule", .string(part.rule)),
                        ("tier", .string(part.tier.name)), ("reason", .string(part.reason)),
                        ("source", .string(CommandCatalog.standard.rule(part.rule).source)),
                    ]))
            })
        if let script = assessment.script { object["parse"] = .array(ShellOutline.lines(of: script).map { .string($0) }) }
        return .object(object)
    }

    // MARK: For people

    package func text(at level: AutonomyLevel? = nil) -> String {
        var lines = ["\(Self.shown(command))", "", "  \(tier)  \(Self.shown(reason))  [\(rule)]", ""]
        let shown = level.map { wanted in decisions.filter { $0.level == wanted } } ?? decisions
        lines.append("  " + shown.map { "\(Self.name($0.level)): \(Self.word($0.decision))" }.joined(separator: "   "))
        lines.append("")
        lines.append("Parts")
        for part in parts {
            let tier = part.tier.name + String(repeating: " ", count: 9 - part.tier.name.count)
            lines.append("  \(tier)  \(Self.shown(part.command))")
            lines.append("             \(Self.shown(part.reason))  [\(part.rule), \(CommandCatalog.standard.rule(part.rule).source)]")
        }
        if let script = assessment.script {
            lines.append("")
            lines.append("Parse")
            lines += ShellOutline.lines(of: script).map { "  " + $0 }
        }
        return lines.joined(separator: "\n")
    }

    private static func shown(_ text: String) -> String { escapedForDisplay(text, keepingNewlines: false) }
}
