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
                    + "run \"apus trust\", or give --trust-project for one run."
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
        for file in files { _ = try trust.trust(file.path, isConfiguration: true, beneath: directory.path + "/p") }
        try store.save(trust.digests)
        defer { unlink(store.path) }
        #expect(try store.load() == [file: "{\"model\":\"theirs\"}"])
        var status = stat()
        #expect(stat(store.path, &status) == 0 && status.st_mode & 0o777 == 0o600)
        trust.forget(files.map(\.path))
        try store.save(trust.digests)
        #expect(try store.load() == [:])
    }

    @Test(arguments: ["{ broken", "[]", "7", "{\"a\": }"]) func whatNobodyCanUnderstandNobodyCanTrust(text: String) throws {
        let file = directory.write(text, to: "p/.apus/settings.json")
        var trust = trust([file: "{}"])
        #expect(throws: TrustFileError.self) { try trust.trust(file, isConfiguration: true, beneath: directory.path + "/p") }
        #expect(!trust.knows(file))
        // A script is taken as it is.
        #expect(try trust.trust(file, isConfiguration: false, beneath: directory.path + "/p") == .trusted)
    }

    @Test func whatIsNoFileIsPassedOverBesideSkillsAndRefusedAsAConfiguration() throws {
        directory.write("x", to: "p/.apus/skills/one/SKILL.md")
        let pipe = directory.path + "/p/.apus/skills/one/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        var trust = trust()
        #expect(
            try trust.trust(pipe, isConfiguration: false, beneath: directory.path + "/p") == .passedOver("it is not a regular file"))
        #expect(throws: TrustFileError.unreadable(path: pipe, why: "it is not a regular file")) {
            try trust.trust(pipe, isConfiguration: true, beneath: directory.path + "/p")
        }
    }

    @Test func hooksAndServersNeedTrustAndAChangeIsNamed() throws {
        let hooks = directory.write("{\"hooks\":{}}", to: "p/.factory/hooks.json")
        let servers = directory.write("{\"mcpServers\":{}}", to: "p/.apus/mcp.json")
        let end = ". Look at what they say, then run \"apus trust\", or give --trust-project for one run."
        #expect(try settings(trust()).warnings == ["Not applied, because this project is not trusted: \(servers), \(hooks)\(end)"])
        #expect(
            try settings(trust([hooks: "old", servers: "{\"mcpServers\":{}}"])).warnings
                == ["Not applied, because this project is not trusted: \(hooks) (changed since it was trusted)\(end)"])
        #expect(try settings(trust(isUnconditional: true)).warnings == [])
    }

    @Test(arguments: ["file", "folder"]) func aLinkThatLeadsOutOfTheProjectIsNotReadEvenWhenEverythingIsTrusted(kind: String) throws {
        let outside = directory.write("{\"model\":\"canary\"}", to: "outside/settings.json")
        let inside = directory.path + "/p/.apus"
        #expect(mkdir(directory.path + "/p", 0o700) == 0)
        if kind == "file" {
            #expect(mkdir(inside, 0o700) == 0)
            #expect(symlink(outside, inside + "/settings.json") == 0)
        } else {
            #expect(symlink(directory.path + "/outside", inside) == 0)
        }
        let settings = try settings(trust(isUnconditional: true))
        #expect(settings.model == nil)
        #expect(settings.warnings == ["Settings file \(inside)/settings.json was skipped: a link leads out of the project."])
        var trust = trust()
        #expect(
            try trust.trust(inside + "/settings.json", isConfiguration: true, beneath: directory.path + "/p")
                == .passedOver("a link leads out of the project"))
    }

    @Test func aLinkWithinTheProjectIsFollowed() throws {
        directory.write("{\"model\":\"theirs\"}", to: "p/shared.json")
        #expect(mkdir(directory.path + "/p/.apus", 0o700) == 0)
        #expect(symlink("../shared.json", directory.path + "/p/.apus/settings.json") == 0)
        #expect(try settings(trust(isUnconditional: true)).model?.value == "theirs")
    }

    @Test func brokenTrustFileIsAnErrorAndTrustsNothing() {
        let path = directory.write("{", to: "home/.apus/trust.json")
        #expect(throws: TrustFileError.unreadable(path: path, why: "it is not a trust file; remove it and trust your projects again")) {
            try TrustFile(paths: places.paths).load()
        }
    }
}
