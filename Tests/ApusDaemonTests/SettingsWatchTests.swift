import ApusBase
import ApusProcess
import ApusSettings
import Foundation
import Synchronization
import Testing

@testable import ApusDaemon

/// Settings that change while a daemon runs.
@Suite struct SettingsWatchTests {
    private struct House {
        let home: TemporaryHome
        let said: Said
        let watch: SettingsWatch
        var file: String { home.path + "/settings.json" }

        init(_ settings: JSONValue) throws {
            home = try TemporaryHome()
            said = Said()
            try settings.serialized().write(toFile: home.path + "/settings.json", atomically: true, encoding: .utf8)
            let environment = ["HOME": home.path, "APUS_HOME": home.path]
            watch = try SettingsWatch(DaemonConfiguration(environment: environment) { [said] in said.add($0) })
        }

        func write(_ settings: JSONValue) throws { try write(settings.serialized()) }
        func write(_ text: String) throws { try text.write(toFile: file, atomically: true, encoding: .utf8) }
    }

    private final class Said: Sendable {
        private let sentences = Mutex<[String]>([])
        var all: [String] { sentences.withLock { $0 } }
        func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
    }

    private static func model(_ name: String) -> JSONValue {
        [
            "id": .string("custom:" + name), "model": .string(name), "provider": "anthropic", "baseUrl": "http://127.0.0.1:1",
            "apiKey": "test-key",
        ]
    }

    @Test func filesThatStayAsTheyAreChangeNothing() throws {
        let house = try House(["customModels": [Self.model("one")]])
        #expect(house.watch.look() == nil)
        // Another file with the same words.
        try house.write(["customModels": [Self.model("one")]])
        #expect(house.watch.look() == nil)
        #expect(house.said.all.isEmpty)
    }

    @Test func modelsAreInForceAtOnce() throws {
        let house = try House(["customModels": [Self.model("one")]])
        try house.write(["customModels": [Self.model("one"), Self.model("two")], "model": "custom:two"])
        let settings = try #require(house.watch.look())
        #expect(settings.modelEntries.map(\.model) == ["one", "two"])
        #expect(settings.model?.value == "custom:two")
        #expect(house.watch.settings == settings)
        #expect(house.said.all == ["Changed in the settings, and in force: customModels, model."])
        #expect(house.watch.look() == nil)
        try FileManager.default.removeItem(atPath: house.file)
        #expect(try #require(house.watch.look()).modelEntries.isEmpty)
    }

    @Test(arguments: [#"{"customModels": [{"id": "custom:tw"#, "", "[]"])
    func aFileThatIsBrokenChangesNothingUntilItIsMended(text: String) throws {
        let house = try House(["customModels": [Self.model("one")]])
        try house.write(text)
        let broken = house.watch.look()
        if text.isEmpty {
            // An empty file says nothing, and is no mistake.
            #expect(broken?.modelEntries.isEmpty == true)
        } else {
            #expect(broken == nil)
            #expect(house.watch.settings.modelEntries.map(\.model) == ["one"])
            #expect(house.said.all.count == 1 && house.said.all[0].hasSuffix("The settings stay as they were."))
        }
        try house.write(["customModels": [Self.model("two")]])
        #expect(house.watch.look()?.modelEntries.map(\.model) == ["two"])
    }

    @Test func whatCommandsMayDoWaitsForARestart() throws {
        let house = try House([:])
        try house.write(["commandAllowlist": ["rm -rf /"], "commandDenylist": ["ls"], "maxAutonomyLevel": "low"])
        #expect(house.watch.look() == nil)
        #expect(
            house.said.all == [
                "Changed in the settings, and in force after a restart: commandAllowlist, commandDenylist, maxAutonomyLevel."
            ])
        // Once.
        #expect(house.watch.look() == nil)
        #expect(house.said.all.count == 1)
    }
}
