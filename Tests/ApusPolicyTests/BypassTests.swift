import ApusCore
import ApusPolicy
import Testing

/// Threat S10, and S9 where names of variables are concerned: whatever a command is dressed in, its tier is not below what it could do.
@Suite struct BypassTests {
    @Test func theListIsAsLongAsPromised() {
        let commands = BypassList.entries.map(\.command)
        #expect(commands.count >= 150)
        #expect(Set(commands).count == commands.count)
    }

    @Test(arguments: BypassList.entries)
    func noneIsJudgedBelowItsTrueTier(entry: BypassList.Entry) {
        let assessment = CommandJudge.assess(entry.command, in: CommandCatalogTests.workspace)
        #expect(assessment.tier >= entry.tier, "\(entry.command): \(assessment.parts.map { "\($0.command) \($0.rule) \($0.tier)" })")
    }

    /// Whatever the model says of it.
    @Test(arguments: BypassList.high)
    func noneThatNeedsHighRunsBelowIt(command: String) {
        let request = AccessRequest(action: .command(command, declaredRisk: "low"), summary: "")
        if case .allow(let rule) = AutonomyPolicy().decide(request, at: .medium, in: CommandCatalogTests.workspace) {
            Issue.record("\(command) runs by \(rule)")
        }
    }
}
