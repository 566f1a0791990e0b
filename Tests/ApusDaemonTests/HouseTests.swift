import ApusBase
import ApusCore
import Foundation
import Testing

@testable import ApusDaemon

/// What the daemon tells about itself.
@Suite struct HouseTests {
    private let home: TemporaryHome
    private let house: House

    init() throws {
        home = try TemporaryHome()
        let configuration = DaemonConfiguration(
            environment: ["HOME": home.path, "APUS_HOME": home.path, "APUS_NO_LOCAL_MODELS": "1", "PATH": "/usr/bin:/bin"]
        ) { _ in }
        house = House(configuration: configuration, folder: home.folder, version: "1.2.3") { ["running": true] }
    }

    @Test func theStatusIsThatOfTheListeners() async throws {
        #expect(try await house.answer(.status) == ["running": true])
    }

    @Test func theNewestLinesOfTheLogAreTold() async throws {
        await #expect(throws: HouseFault.self) { try await house.answer(.log(lines: 5)) }
        try home.folder.make()
        try Data("{\"n\":1}\nno json\n{\"n\":3}\n".utf8).write(to: URL(filePath: home.folder.log))
        #expect(try await house.answer(.log(lines: 2)) == ["logs": [["raw": "no json"], ["n": 3]]])
    }

    @Test func keysAreNamedAndNeverShown() async throws {
        let (secret, record) = try KeyFile(home.folder).add(name: "desk", scopes: [.observer, .prompter], at: 1_700_000_000_000)
        let answer = try await house.answer(.keys)
        #expect(
            answer == [
                "keys": [["name": "desk", "scopes": ["observer", "prompter"], "createdAt": "2023-11-14T22:13:20.000Z"]]
            ])
        for part in [secret, record.digest] { #expect(!answer.serialized().contains(part)) }
    }

    @Test func settingsAreExplainedWithoutSecrets() async throws {
        try Data(#"{"model":"m","customModels":[{"model":"m","provider":"openai","apiKey":"canary-secret"}]}"#.utf8)
            .write(to: URL(filePath: home.path + "/settings.json"))
        let all = try await house.answer(.settings(nil))
        #expect(all["settings"]?.arrayValue?.contains { $0["key"] == "model" && $0["value"] == "m" } == true)
        #expect(!all.serialized().contains("canary-secret"))
        #expect(try await house.answer(.settings("model"))["settings"]?.arrayValue?.count == 1)
        await #expect(throws: HouseFault.unknown("No setting is named \"modle\". Did you mean model?")) {
            try await house.answer(.settings("modle"))
        }
    }

    @Test func modelsAndHealthAreTold() async throws {
        let models = try await house.answer(.models)["models"]?.arrayValue ?? []
        #expect(models.contains { $0["source"]?["kind"] == "built-in" })
        #expect(try await house.answer(.health)["checks"]?.arrayValue?.first?["summary"] == "apus 1.2.3")
    }

    @Test func theMemoryOfTheMachineIsInGigabytes() {
        let memory = MachineMemory("MemTotal:       16777216 kB\nMemFree:  1 kB\nMemAvailable:    4194304 kB\n")
        #expect(memory == MachineMemory("MemAvailable: 4194304 kB\nMemTotal: 16777216 kB\n"))
        #expect(memory?.total == 16)
        #expect(memory?.available == 4)
        #expect(MachineMemory("MemTotal: x kB") == nil)
    }
}
