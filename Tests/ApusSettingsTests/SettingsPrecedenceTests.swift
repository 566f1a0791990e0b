import ApusBase
import ApusCore
import ApusSettings
import Testing

/// Every layer of `droid-exec.md` §5.2 over one tree: machine, folders, project, user.
@Suite struct SettingsPrecedenceTests {
    private let directory = TemporaryDirectory()
    private var places: SettingsPlaces {
        SettingsPlaces(
            paths: CompatibilityPaths(userHome: directory.path + "/home", apusHome: directory.path + "/home/.apus"),
            systemDirectories: [directory.path + "/etc/apus", directory.path + "/etc/factory"],
            workingDirectory: directory.path + "/p/a/b", projectRoot: directory.path + "/p")
    }

    private func read(_ trust: SettingsTrust = SettingsTrust(isUnconditional: true)) throws(SettingsFault) -> SettingsReading {
        try SettingsLayers(places, environment: [:], trust: trust).read()
    }

    /// Strongest first.
    private static let files = [
        "etc/apus/settings.json", "etc/factory/settings.json",
        "p/a/b/.apus/settings.local.json", "p/a/b/.apus/settings.json", "p/a/b/.factory/settings.local.json",
        "p/a/b/.factory/settings.json",
        "p/a/.apus/settings.local.json", "p/a/.apus/settings.json", "p/a/.factory/settings.local.json", "p/a/.factory/settings.json",
        "p/.apus/settings.local.json", "p/.apus/settings.json", "p/.factory/settings.local.json", "p/.factory/settings.json",
        "home/.apus/settings.local.json", "home/.apus/settings.json", "home/.factory/settings.local.json", "home/.factory/settings.json",
    ]

    @Test(arguments: files.indices) func everyFileWinsOverTheOnesBelow(_ first: Int) throws {
        for index in Self.files.indices[first...] { directory.write("{\n\"model\":\"m\(index)\"}", to: Self.files[index]) }
        let model = try read().settings.model
        #expect(model?.value == "m\(first)")
        #expect(model?.place == "\(directory.path)/\(Self.files[first]):2")
    }

    @Test func withoutAWorkingDirectoryThereAreNoSharedFiles() {
        var places = places
        places.workingDirectory = nil
        #expect(places.sources.allSatisfy { !$0.kind.needsTrust })
    }

    @Test func outsideOfACheckoutTheWorkingDirectoryIsTheProject() {
        var places = places
        places.projectRoot = nil
        #expect(
            places.sources.filter(\.kind.needsTrust).map(\.path)
                == [
                    "/p/a/b/.apus/settings.local.json", "/p/a/b/.apus/settings.json", "/p/a/b/.factory/settings.local.json",
                    "/p/a/b/.factory/settings.json",
                ].map { directory.path + $0 })
    }

    @Test func homeAsProjectIsStillTheUsers() {
        var places = places
        (places.workingDirectory, places.projectRoot) = (directory.path + "/home", nil)
        #expect(places.sources.allSatisfy { !$0.kind.needsTrust })
    }

    @Test func sessionDefaultsOfTheMachineGiveWayToFolderAndProjectOnly() throws {
        directory.write("{\"sessionDefaultSettings\":{\"model\":\"machine\",\"reasoningEffort\":\"low\"}}", to: "etc/apus/settings.json")
        directory.write("{\"model\":\"project\"}", to: "p/.apus/settings.json")
        directory.write("{\"model\":\"user\",\"reasoningEffort\":\"high\"}", to: "home/.apus/settings.json")
        let settings = try read().settings
        #expect(settings.model?.value == "project")
        #expect(settings.reasoningEffort?.value == .low)
    }

    @Test func listsOfAllLayersAreUnited() throws {
        directory.write("{\"commandBlocklist\":[\"a\"]}", to: "etc/factory/settings.json")
        directory.write("{\"commandBlocklist\":[\"b\",\"a\"]}", to: "p/a/.apus/settings.json")
        directory.write("{\"commandBlocklist\":[\"c\"]}", to: "home/.apus/settings.json")
        #expect(try read().settings.commandBlocklist.map(\.value) == ["a", "b", "c"])
    }

    @Test(arguments: ["{", "[]", "{\"maxAutonomyLevel\":\"hihg\"}", "{\"commandBlocklist\":\"rm\"}"])
    func brokenFileOfTheMachineStopsEverything(_ text: String) {
        directory.write(text, to: "etc/factory/settings.json")
        let fault = #expect(throws: SettingsFault.self) { try read() }
        #expect(fault?.description.contains("\(directory.path)/etc/factory/settings.json:1") == true)
        #expect(fault?.description.contains("nothing runs") == true)
    }

    @Test func folderInThePlaceOfTheMachinesFileStopsEverything() {
        directory.write("x", to: "etc/apus/settings.json/inner")
        #expect(throws: SettingsFault.self) { try read() }
    }

    @Test func unknownKeysAreWarnedAboutInOurFilesAndNotedInOthers() throws {
        let own = directory.write(
            "{\n\"modle\":1,\n\"exec\":{\"requireTrus\":1},\"$schema\":\"s\",\"zzzzzz\":2}", to: "home/.apus/settings.json")
        let theirs = directory.write("{\"newThing\\u0007\":1}", to: "home/.factory/settings.json")
        let settings = try read().settings
        #expect(
            settings.warnings == [
                "\(own):2: no setting is named \"modle\"; did you mean \"model\"?",
                "\(own):3: no setting is named \"exec.requireTrus\"; did you mean \"exec.requireTrust\"?",
                "\(own):3: no setting is named \"zzzzzz\"; apus config schema lists the known ones.",
            ])
        #expect(settings.notes == ["\(theirs):1: no setting is named \"newThing\\u{7}\"; apus config schema lists the known ones."])
    }
}
