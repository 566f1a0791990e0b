import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `apus doctor` in homes of every condition. It never changes one.
@Suite struct DoctorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var exitCode: Int32
        var environment: [String: String] = [:]
        var furnish: @Sendable (Stage) throws -> Void

        var testDescription: String { name }
    }

    private static let canary = "sk-canary-7431"

    static let cases: [Case] = [
        Case(name: "fresh", exitCode: 0) { try FileManager.default.removeItem(atPath: $0.home.apus) },
        Case(
            name: "configured", exitCode: 0,
            environment: ["ANTHROPIC_API_KEY": canary, "HTTPS_PROXY": "http://someone:\(canary)@proxy.test:3128"]
        ) { _ in },
        Case(name: "broken-settings", exitCode: 0) { stage in
            try "{\n  \"model\": \"x\",\n  oops\n}\n".write(
                toFile: "\(stage.home.apus)/settings.json", atomically: false, encoding: .utf8)
            try #"{"model": 7, "reasoningEfort": "high"}"#.write(
                toFile: "\(stage.home.apus)/settings.local.json", atomically: false, encoding: .utf8)
            try stage.home.write(#"{"model": "custom:theirs"}"#, to: ".apus/settings.json")
        },
        Case(name: "open-home", exitCode: 0) { stage in
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stage.home.apus)
        },
        Case(
            name: "wrong", exitCode: 1,
            environment: [
                "APUS_KEEPER": "/nowhere/apus-keeper", "ALL_PROXY": "socks4://someone:\(canary)@proxy.test",
                "PATH": "/nowhere",
            ]
        ) { stage in
            try #"{"model": "unheard-of"}"#.write(toFile: "\(stage.home.apus)/settings.json", atomically: false, encoding: .utf8)
            try "no database, but long enough to be looked at".write(toFile: stage.home.database, atomically: false, encoding: .utf8)
        },
    ]

    @Test(arguments: cases)
    func everyConditionIsTold(condition: Case) async throws {
        try await withStage(.anthropic, []) { stage in
            try condition.furnish(stage)
            let before = try contents(of: stage.home.root)
            let environment = condition.environment.merging(["APUS_NO_LOCAL_MODELS": "1"]) { given, _ in given }
            let outcome = try await stage.apus("doctor", environment: environment)
            #expect(outcome.status == .exited(condition.exitCode), "\(outcome.everything)")
            #expect(outcome.diagnostics == "")
            #expect(!outcome.everything.contains(Self.canary) && !outcome.everything.contains("test-key"))
            expectGolden("doctor-\(condition.name).txt", normalised(outcome.text, stage))

            let json = try await stage.apus("doctor", "--json", environment: environment)
            #expect(json.status == .exited(condition.exitCode), "\(json.everything)")
            let report = try JSONValue(parsing: json.text)
            #expect(report["ok"] == .bool(condition.exitCode == 0))
            let names = report["checks"]?.arrayValue?.map { $0["name"]?.stringValue ?? "" } ?? []
            for name in names { #expect(outcome.text.contains(" \(name) "), "\(name)") }
            #expect(names.count > 8)
            #expect(try contents(of: stage.home.root) == before)
        }
    }

    @Test func theStoreOfPastRunsIsCheckedAndLeftAlone() async throws {
        try await withStage(.anthropic, [.text("Hello.")]) { stage in
            #expect(try await stage.apus("exec", "hello").status == .exited(0))
            let before = try contents(of: stage.home.root)
            let outcome = try await stage.apus("doctor", environment: ["APUS_NO_LOCAL_MODELS": "1"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text.contains("ok    sessions  1 in a store of "), "\(outcome.text)")
            #expect(outcome.text.contains(", its pages checked\n"))
            #expect(try contents(of: stage.home.root) == before)
        }
    }

    @Test func aSessionThatAKilledRunLeftIsNamed() async throws {
        let gate = Gate()
        try await withStage(.anthropic, [.text("so far ", .wait(gate))]) { stage in
            let run = try stage.start("exec", "hello")
            try await gate.reached()
            run.send(SIGKILL)
            _ = try await run.finish()
            let outcome = try await stage.apus("doctor", environment: ["APUS_NO_LOCAL_MODELS": "1"])
            #expect(outcome.text.contains("; 1 left behind by processes that died\n"), "\(outcome.text)")
        }
    }

    /// Names and bytes of everything below a folder, but for SQLite's shared index and our own output files.
    private func contents(of folder: String) throws -> [String: Data?] {
        let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        let kept = names.filter { !$0.hasSuffix("-shm") && !$0.hasPrefix("scratch") }
        return Dictionary(uniqueKeysWithValues: kept.map { ($0, FileManager.default.contents(atPath: "\(folder)/\($0)")) })
    }

    private func normalised(_ text: String, _ stage: Stage) -> String {
        var normaliser = Normaliser(home: stage.home, port: stage.server.port)
        let folder = URL(fileURLWithPath: stage.executable.path).resolvingSymlinksInPath().deletingLastPathComponent().path
        return normaliser.text(text).replacingOccurrences(of: folder, with: "<folder>")
            .replacing(/apus [0-9]+\.[0-9]+\.[0-9]+[^\n]*/, with: "apus <version>")
            .replacing(/[0-9.]+ [KMGT]iB free/, with: "<space> free")
            .replacing(/\n[a-z]+ +sandbox [^\n]*(\n +[^\n]*)?/, with: "\n<wall>")
            .replacing(#/git +/[a-z/]*/git/#, with: "git       <git>")
    }
}
