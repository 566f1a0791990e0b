import ApusBase
import ApusSettings
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct SettingsTrustTests {
    private let directory = TemporaryDirectory()
    private var places: SettingsPlaces {
        SettingsPlaces(
            paths: CompatibilityPaths(userHome: directory.path + "/home", apusHome: directory.path + "/home/.apus"),
            systemDirectories: [], workingDirectory: directory.path + "/p", projectRoot: directory.path + "/p")
    }

    /// Stands in for a hash: the bytes themselves.
    private func trust(_ digests: [String: String] = [:], isUnconditional: Bool = false) -> SettingsTrust {
        SettingsTrust(isUnconditional: isUnconditional, digests: digests) { String(decoding: $0, as: UTF8.self) }
    }

    private func settings(_ trust: SettingsTrust) throws(SettingsFault) -> Settings {
        try SettingsLayers(places, environment: [:], trust: trust).load()
    }

    @Test func untrustedProjectIsWithoutEffectAndSaysSoInOneSentence() throws {
        let one = directory.write("{\"commandAllowlist\":[\"curl\"],\"model\":\"theirs\",\"odd\":1}", to: "p/.apus/settings.json")
        let two = directory.write("{ broken", to: "p/.factory/settings.json")
        let settings = try settings(trust())
        #expect(settings.model == nil)
        #expect(settings.commandAllowlist == [])
        #expect(
            settings.warnings == [
                "Not applied, because this project is not trusted: \(one) (model, commandAllowlist), \(two). Look at what they say, then "
                    + "run \"apus config trust\", or give --trust-project for one run."
            ])
    }

    @Test func trustHoldsForExactlyTheseBytesAtThisPlace() throws {
        let file = directory.write("{\"model\":\"theirs\"}", to: "p/.apus/settings.json")
        let other = directory.path + "/elsewhere/settings.json"
        #expect(try settings(trust([file: "{\"model\":\"theirs\"}"])).model?.value == "theirs")
        #expect(try settings(trust([file: "{\"model\":\"theirs\"} "])).model == nil)
        #expect(try settings(trust([other: "{\"model\":\"theirs\"}"])).model == nil)
        #expect(try settings(trust([file: ""])).model == nil)
    }

    @Test func defaultTrustsNothingEvenWithDigests() throws {
        let file = directory.write("{\"model\":\"theirs\"}", to: "p/.apus/settings.json")
        #expect(try settings(SettingsTrust(digests: [file: ""])).model == nil)
        #expect(try settings(.none).model == nil)
    }

    @Test func userMayWaiveTrustAndTheProjectMayNot() throws {
        directory.write("{\"model\":\"theirs\",\"exec\":{\"requireTrust\":false}}", to: "p/.apus/settings.json")
        #expect(try settings(trust()).model == nil)
        directory.write("{\"exec\":{\"requireTrust\":false}}", to: "home/.apus/settings.json")
        #expect(try settings(trust()).model?.value == "theirs")
    }

    @Test(arguments: [
        (["APUS_TRUST_PROJECT": "1"], true), (["DROID_TRUST_PROJECT": "1"], true), (["APUS_TRUST_PROJECT": "0"], false), ([:], false),
        (["APUS_TRUST_PROJECT": ""], false),
    ])
    func environmentMayTrustForOneRun(_ environment: [String: String], _ trusts: Bool) {
        #expect(SettingsTrust.isGiven(by: environment) == trusts)
    }

    @Test func trustIsKeptAndForgotten() throws {
        let file = directory.write("{\"model\":\"theirs\"}", to: "p/.apus/settings.json")
        directory.write("{}", to: "home/.apus/settings.json")
        let store = TrustFile(paths: places.paths)
        #expect(try store.load() == [:])
        var trust = trust()
        let files = places.sources.filter(\.kind.needsTrust)
        try trust.trust(files)
        try store.save(trust.digests)
        defer { unlink(store.path) }
        #expect(try store.load() == [file: "{\"model\":\"theirs\"}"])
        var status = stat()
        #expect(stat(store.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        trust.forget(files)
        try store.save(trust.digests)
        #expect(try store.load() == [:])
    }

    @Test func brokenTrustFileIsAnErrorAndTrustsNothing() {
        let path = directory.write("{", to: "home/.apus/trust.json")
        #expect(throws: TrustFileError.unreadable(path: path, why: "it is not a trust file; remove it and trust your projects again")) {
            try TrustFile(paths: places.paths).load()
        }
    }
}
