import ApusBase
import ApusTestServer
import Foundation
import Testing

/// The provider of a configured model, as settings spell it.
enum ProviderKind: String, CaseIterable, Sendable {
    case anthropic
    case chatCompletions = "generic-chat-completion-api"
    case responses = "openai"
}

/// Everything one end-to-end test needs: the executable, a home whose default model is the scripted one, and the script's server.
struct Stage: Sendable {
    let executable: ApusExecutable
    let home: TemporaryHome
    let server: ScriptedProvider

    func start(
        _ arguments: String..., stdin: StandardInput = .none, environment: [String: String] = [:], hasReader: Bool = true
    ) throws -> ChildProcess {
        try executable.start(arguments, home: home, environment: environment, stdin: stdin, hasReader: hasReader)
    }

    func apus(_ arguments: String..., stdin: StandardInput = .none, environment: [String: String] = [:]) async throws -> Outcome {
        try await executable.start(arguments, home: home, environment: environment, stdin: stdin).finish()
    }

    /// A run with its peak resident set in MiB, by the kernel's count.
    func measured(_ arguments: String...) async throws -> (Outcome, peakMiB: Int) {
        let file = "\(home.scratch)/peak"
        let run = try ChildProcess(
            try ApusExecutable.sibling("measured-run"), [file, executable.path] + arguments, environment: home.environment,
            directory: home.work, scratch: home.scratch)
        let outcome = try await run.finish(within: .seconds(120))
        guard let kibibytes = Int(try String(contentsOfFile: file, encoding: .utf8).dropLast()) else {
            throw ChildError(description: "no peak in \(file)")
        }
        return (outcome, kibibytes >> 10)
    }

    /// Expects `apus exec` to refuse a wrong command line: exit code 2, nothing on stdout, nobody asked and nothing stored.
    func refuses(_ arguments: [String], saying complaint: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let outcome = try await executable.start(["exec"] + arguments, home: home).finish()
        #expect(outcome.status == .exited(2), "\(outcome.everything)", sourceLocation: sourceLocation)
        #expect(outcome.stdout.isEmpty, sourceLocation: sourceLocation)
        #expect(outcome.diagnostics.contains(complaint), "\(outcome.everything)", sourceLocation: sourceLocation)
        #expect(server.requests.isEmpty, sourceLocation: sourceLocation)
        #expect(!FileManager.default.fileExists(atPath: home.database), sourceLocation: sourceLocation)
    }

    /// `apus sessions show --json` of a session.
    func show(_ session: String) async throws -> Outcome { try await apus("sessions", "show", session, "--json") }

    /// Changes members of the settings file.
    func change(_ edit: (inout JSONObject) -> Void) throws {
        let path = "\(home.apus)/settings.json"
        guard case .object(var settings) = try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8)) else { return }
        edit(&settings)
        try JSONValue.object(settings).serialized().write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// Points the settings at the server. The model's id is the same for all providers.
    fileprivate func configure(_ kind: ProviderKind) throws {
        let base = kind == .anthropic ? server.baseURL : server.versionedBaseURL
        let settings: JSONValue = [
            "model": "custom:scripted",
            "customModels": [
                [
                    "id": "custom:scripted", "displayName": "Scripted", "model": "scripted-model", "provider": .string(kind.rawValue),
                    "baseUrl": .string(base), "apiKey": "test-key",
                ]
            ],
        ]
        try settings.serialized().write(toFile: "\(home.apus)/settings.json", atomically: false, encoding: .utf8)
    }
}

/// Lends a stage and clears it away. `script` hears the home, for replies that name paths. A request that the script does not expect
/// gets a 400, which no client retries, so that a wrong test ends soon.
func withStage<Result>(
    _ kind: ProviderKind = .anthropic, script: (TemporaryHome) throws -> Script, _ body: (Stage) async throws -> Result
) async throws -> Result {
    let executable = try ApusExecutable.find()
    let home = try TemporaryHome()
    defer { home.remove() }
    var script = try script(home)
    script.surplusStatus = 400
    return try await withScriptedProvider(script) { server in
        let stage = Stage(executable: executable, home: home, server: server)
        try stage.configure(kind)
        return try await body(stage)
    }
}

func withStage<Result>(
    _ kind: ProviderKind = .anthropic, _ script: Script, _ body: (Stage) async throws -> Result
) async throws -> Result {
    try await withStage(kind, script: { _ in script }, body)
}
