import ApusBase
import Foundation
import Testing

/// The Python SDK of the droid protocol, as it comes from PyPI, drives the executable: `Tests/Peers/droid_sdk`.
@Suite struct PythonClientTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    static let python = root.appending(path: ".build/venv-droid/bin/python").path

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python),
            "needs the SDK in .build/venv-droid: python3 -m venv .build/venv-droid && .build/venv-droid/bin/pip install 'droid-sdk[mcp]==0.5.0' websockets"
        ), arguments: ["stdio", "socket"])
    func everyCaseOfThePythonSDKHolds(transport: String) async throws {
        let executable = try ApusExecutable.find()
        let home = try TemporaryHome()
        defer { home.remove() }
        // The SDK lists sessions of the user's home and knows no other.
        var environment = home.environment
        environment["APUS_HOME"] = nil
        environment["TMPDIR"] = home.scratch
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        let program = Self.root.appending(path: "Tests/Peers/droid_sdk/run.py").path
        let run = try ChildProcess(
            Self.python, [program, "--apus", executable.path, "--transport", transport], environment: environment, directory: home.work,
            scratch: home.scratch)
        let outcome = try await run.finish(within: .seconds(420))
        var count = 0
        for line in outcome.text.split(separator: "\n") {
            let result = try JSONValue(parsing: String(line))
            if let done = result["done"]?.integerValue { count = Int(done) }
            guard let name = result["case"]?.stringValue, result["ok"]?.boolValue != true else { continue }
            Issue.record("\(name): \(result["error"]?.stringValue ?? "")")
        }
        #expect(outcome.status == .exited(0), "\(outcome.everything.suffix(4_000))")
        #expect(count >= 40, "only \(count) cases")
    }
}
