import ApusCore
import ApusPolicy
import Testing

@Suite struct CommandCatalogTests {
    static let workspace = WorkspaceScope(
        workingDirectory: "/home/ada/project", projectRoot: "/home/ada/project", home: "/home/ada",
        temporaryDirectories: ["/tmp", "/var/tmp"])

    /// Rules that need more than the command to be reached.
    private static let elsewhere = [
        "list.block", "list.allow", "declared", "declared.high", "background.outlives", "git.repository-runs-programs",
    ]

    @Test(arguments: CommandCatalog.standard.rules.filter { !elsewhere.contains($0.id) })
    func everyRuleIsReachedByItsExample(rule: CommandRule) {
        let assessment = CommandJudge.assess(rule.example, in: Self.workspace)
        let part = assessment.parts.first { $0.rule == rule.id }
        #expect(part != nil, "\(rule.example): \(assessment.parts.map(\.rule))")
        #expect(part?.tier == rule.tier)
        #expect(assessment.tier >= rule.tier)
    }

    @Test func rulesThatNeedMoreThanACommandAreReachedToo() {
        func rule(_ id: String) -> CommandRule { CommandCatalog.standard.rule(id) }
        let lists = CommandLists(allow: ["make"], block: ["curl"])
        func isReached(_ id: String) -> Bool {
            CommandJudge.assess(rule(id).example, in: Self.workspace, lists: lists).parts.contains { $0.rule == id }
        }
        #expect(isReached("list.block"))
        #expect(isReached("list.allow"))
        var hostile = Self.workspace
        hostile.repositoryRunsPrograms = true
        let git = CommandJudge.assess(rule("git.repository-runs-programs").example, in: hostile)
        #expect(git.decisive.rule == "git.repository-runs-programs")
        #expect(CommandJudge.assess(rule("declared.high").example, in: Self.workspace).effective(declared: "high").rule == "declared.high")
        #expect(CommandJudge.assess(rule("declared").example, in: Self.workspace).effective(declared: "medium").rule == "declared")
        let outliving = AccessRequest(
            action: .command(rule("background.outlives").example, declaredRisk: "low"), summary: "", outlivesRun: true)
        #expect(AutonomyPolicy().decide(outliving, at: .medium, in: Self.workspace) == .allow(rule: "background.outlives"))
    }

    @Test func idsAreUniqueAndEveryRuleSaysWhyAndWhereFrom() {
        let rules = CommandCatalog.standard.rules
        #expect(Set(rules.map(\.id)).count == rules.count)
        for rule in rules {
            #expect(!rule.reason.isEmpty && !rule.reason.contains("\n") && !rule.example.isEmpty, "\(rule.id)")
            #expect(rule.source.hasPrefix("droid-exec.md §") || rule.source.hasPrefix("security.md S"), "\(rule.id)")
        }
    }
}
