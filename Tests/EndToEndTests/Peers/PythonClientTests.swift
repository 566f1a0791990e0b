import ApusBase
import Foundation
import Testing

/// Clients in Python drive the executable: the SDK of the droid protocol as it comes from PyPI (`Tests/Peers/droid_sdk`), and clients of the qwen
/// and Opta protocols that were written from their specifications alone (`Tests/Peers/qwen`, `Tests/Peers/opta`).
@Suite struct PythonClientTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let python = root.appending(path: ".build/venv-droid/bin/python").path
    /// Has the models of the agent client protocol.
    static let modelPython = root.appending(path: ".build/venv-acp/bin/python").path

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "needs the SDK in .build/venv-droid: python3 -m venv .build/venv-droid && .build/venv-droid/bin/pip install 'droid-sdk[mcp]==0.5.0' websockets"
        ), arguments: ["stdio", "socket"])
    func everyCaseOfThePythonSDKHolds(transport: String) async throws {
        let shown = try await run(Self.python, "droid_sdk", ["--transport", transport], expecting: 80)
        #expect(shown == Self.sessionTable)
    }

    /// The methods of a session in the daemon SDK's usage guide. Each has a case that checks what it changes; that every method of the
    /// Python SDK itself has one, the cases check among themselves (`methods.py`).
    private static let sessionTable: Set = [
        "sessionId", "stream", "send", "interrupt", "close", "updateSettings", "enterSpecMode", "compactSession", "forkSession",
        "getContextBreakdown", "renameSession", "addMcpServer", "removeMcpServer", "toggleMcpServer", "listMcpServers", "listMcpTools",
        "authenticateMcpServer", "listSkills", "onNotification",
    ]

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: modelPython),
            "needs the models in .build/venv-acp: python3 -m venv .build/venv-acp && .build/venv-acp/bin/pip install agent-client-protocol==0.12.1"
        ))
    func everyCaseOfTheQwenClientHoldsAndEveryEventFitsTheModels() async throws {
        _ = try await run(Self.modelPython, "qwen", [], expecting: 50)
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "needs websockets in .build/venv-droid: python3 -m venv .build/venv-droid && .build/venv-droid/bin/pip install websockets"))
    func everyCaseOfTheOptaClientHolds() async throws {
        _ = try await run(Self.python, "opta", [], expecting: 10)
    }

    /// Runs the cases of a folder and records those that fail. Returns which methods they have shown.
    private func run(_ python: String, _ folder: String, _ arguments: [String], expecting cases: Int) async throws -> Set<String> {
        let executable = try ApusExecutable.find()
        let home = try TemporaryHome()
        defer { home.remove() }
        // The SDK lists sessions of the user's home and knows no other.
        var environment = home.environment
        environment["APUS_HOME"] = nil
        environment["TMPDIR"] = home.scratch
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        let program = Self.root.appending(path: "Tests/Peers/\(folder)/run.py").path
        let run = try ChildProcess(
            python, [program, "--apus", executable.path] + arguments, environment: environment, directory: home.work, scratch: home.scratch)
        let outcome = try await run.finish(within: .seconds(420))
        var count = 0
        var shown: Set<String> = []
        for line in outcome.text.split(separator: "\n") {
            let result = try JSONValue(parsing: String(line))
            if let done = result["done"]?.integerValue { count = Int(done) }
            shown.formUnion(result["shown"]?.arrayValue?.compactMap(\.stringValue) ?? [])
            guard let name = result["case"]?.stringValue, result["ok"]?.boolValue != true else { continue }
            Issue.record("\(name): \(result["error"]?.stringValue ?? "")")
        }
        #expect(outcome.status == .exited(0), "\(outcome.everything.suffix(4_000))")
        #expect(count >= cases, "only \(count) cases")
        return shown
    }
}
