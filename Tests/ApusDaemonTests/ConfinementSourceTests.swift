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
}
