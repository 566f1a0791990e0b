import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusDaemon

@Suite struct ConfinementSourceTests {
    @Test(arguments: AutonomyLevel.allCases.filter { $0 != .unrestricted })
    func foldersWithSecretsOfTheDaemonAreHiddenAtEveryLevel(level: AutonomyLevel) throws {
        let home = try TemporaryHome()
        defer { withExtendedLifetime(home) {} }
        var configuration = DaemonConfiguration(environment: ["HOME": home.path, "APUS_HOME": home.path + "/apus"]) { _ in }
        configuration.ownFolders = [home.path + "/opta/daemon"]
        let source = ConfinementSource(configuration, SandboxSetting())
        let hidden = try #require(source.confinement(of: SessionID("s"), in: home.path, at: level)).hidden
        #expect(hidden.contains { $0.hasSuffix("/opta/daemon") })
    }

    /// Whoever works in another worktree is led by what git's folder of it says.
    @Test(arguments: [AutonomyLevel.off, .low, .medium])
    func gitsFoldersOfOtherWorktreesAreOutOfReach(level: AutonomyLevel) throws {
        let house = try WorktreeHouse()
        for name in ["one", "two"] { try house.git("worktree", "add", "-q", "-b", name, "../" + name) }
        let source = ConfinementSource(house.configuration, SandboxSetting())
        func protected(in place: String) throws -> [String] {
            let confinement = try #require(source.confinement(of: SessionID("s"), in: house(place), at: level))
            // In a temporary folder only what is named is in sight.
            let seen = confinement.visible + confinement.writable
            #expect(seen.contains { house("app/.git").hasPrefix($0) }, "\(seen)")
            return confinement.protected.filter { $0.hasPrefix(house("app/.git/worktrees/")) }
        }
        let (one, two) = (house("app/.git/worktrees/one"), house("app/.git/worktrees/two"))
        #expect(try protected(in: "app") == [one, two])
        let inOne = try protected(in: "one")
        #expect(inOne.contains(two) && inOne.contains(one) == (level < .medium))
        #expect(inOne.contains(one + "/config.worktree") && inOne.contains(one + "/commondir"))
    }
}
