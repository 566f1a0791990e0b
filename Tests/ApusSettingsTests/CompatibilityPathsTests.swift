import ApusSettings
import Testing

@Suite struct CompatibilityPathsTests {
    @Test(arguments: [
        (["HOME": "/u"], "/u/.apus"),
        (["HOME": "/u/"], "/u/.apus"),
        (["HOME": "/u", "APUS_HOME": ""], "/u/.apus"),
        (["HOME": "/u", "APUS_HOME": "/srv/apus"], "/srv/apus"),
        (["HOME": "/u", "APUS_HOME": "~/agents"], "/u/agents"),
        (["HOME": "/u", "APUS_HOME": "~"], "/u"),
    ])
    func findsOurHome(_ environment: [String: String], _ home: String) {
        #expect(CompatibilityPaths(environment: environment).apusHome == home)
    }

    @Test func relativeHomeBecomesAbsolute() {
        let path = CompatibilityPaths(environment: ["HOME": "/u", "APUS_HOME": "here"]).apusHome
        #expect(path.hasPrefix("/") && path.hasSuffix("/here"))
    }

    @Test func homeWithoutEnvironmentComesFromThePasswordDatabase() {
        let home = CompatibilityPaths(environment: [:]).userHome
        #expect(home.hasPrefix("/"))
        #expect(CompatibilityPaths(environment: ["HOME": "relative"]).userHome == home)
    }

    @Test func ownFilesComeBeforeTheOtherProducts() {
        let paths = CompatibilityPaths(userHome: "/u", apusHome: "/a")
        #expect(
            paths.userSettings.map(\.path) == [
                "/a/settings.local.json", "/a/settings.json", "/u/.factory/settings.local.json", "/u/.factory/settings.json",
                "/u/.factory/config.json", "/u/.factory/droid/settings.json",
            ])
        #expect(paths.userSettings.map(\.kind) == [.user, .user, .compatibility, .compatibility, .legacy, .compatibility])
    }
}
