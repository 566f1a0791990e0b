import ApusBase
import ApusCore
import ApusEngine
import ApusPolicy
import ApusProcess
import ApusSettings
import ApusTesting
import Foundation
import Testing

@testable import ApusDaemon

/// At which level, and with what, a client's command runs.
@Suite struct SessionCommandsTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    private struct Clock: TimeSource {
        var now: Timestamp { 0 }
        func sleep(for duration: Duration) async throws(CancellationError) {}
    }

    private func request(
        _ line: String, at level: AutonomyLevel, most: AutonomyLevel = .high, planning: Bool = false, in directory: String? = nil,
        lists: CommandLists = CommandLists()
    ) async throws -> ProcessRequest {
        var environment = ["PATH": "/usr/bin:/bin", "HOME": home.path, "TMPDIR": home.path, "APUS_HOME": home.path + "/apus"]
        environment["OPENAI_API_KEY"] = "canary"
        let configuration = DaemonConfiguration(environment: environment) { _ in }
        let log = MemoryEventLog(time: Clock())
        let policy = AutonomyPolicy(lists: lists)
        let engine = Engine(
            services: EngineServices(
                log: log, index: log, blobs: log, models: ScriptedModel { _, _ in .text("x") }, tools: FixedTools([]), policy: policy,
                instructions: FixedNotes(), time: Clock(),
                workspace: { Daemon.scope(of: $0, configuration) }, maximumAutonomy: .unrestricted))
        var settings = SessionSettings(autonomy: level)
        if planning { settings.interaction = .spec }
        _ = try await engine.create(NewSession(id: "s", workingDirectory: home.path, settings: settings))
        let commands = SessionCommands(
            maintenance: engine, policy: policy, workspace: { Daemon.scope(of: $0, configuration) },
            confinements: ConfinementSource(configuration, SandboxSetting()), environment: environment, maximumAutonomy: most)
        let words = try CommandWords.split(line)
        let result = try await commands.request(
            for: ProcessCommand(session: "s", command: line, workingDirectory: directory), words)
        await engine.shutdown()
        return result
    }

    @Test(arguments: [
        // Who starts a command answers for it: it gets what it needs.
        ("ls", AutonomyLevel.off, AutonomyLevel.high, AutonomyLevel?.some(.medium)),
        ("git push --force", .off, .high, .some(.high)), ("ls", .high, .high, .some(.high)),
        // Never more than this house gives.
        ("git push --force", .off, .medium, .some(.medium)), ("ls", .off, .low, .some(.low)), ("ls", .high, .low, .some(.low)),
    ])
    func aCommandHasTheLevelThatItNeeds(line: String, level: AutonomyLevel, most: AutonomyLevel, wall: AutonomyLevel?) async throws {
        #expect(try await request(line, at: level, most: most).confinement?.level == wall)
    }

    @Test func planningGivesNothingByItself() async throws {
        #expect(try await request("ls", at: .high, planning: true).confinement?.level == .medium)
    }

    @Test func whatIsBlockedRunsForNobody() async throws {
        let lists = CommandLists(allow: [], deny: [], block: ["rm -rf /"])
        await #expect(throws: ProcessDeskError.refused("Command blocked by policy: rm -rf /")) {
            _ = try await request("rm -rf /", at: .high, lists: lists)
        }
    }

    @Test func wordsAreNoShellToThePolicyEither() async throws {
        let request = try await request("echo '$(git push)' \"a b\"", at: .off)
        #expect(request.executable == "echo")
        #expect(request.arguments == ["$(git push)", "a b"])
        #expect(request.confinement?.level == .medium)
    }

    @Test func theEnvironmentIsThatOfCommands() async throws {
        let request = try await request("ls", at: .off, in: home.path + "/web")
        #expect(request.environment["OPENAI_API_KEY"] == nil)
        #expect(request.environment["PWD"] == home.path + "/web")
        #expect(request.workingDirectory == home.path + "/web")
        #expect(request.environment["TMPDIR"] == request.confinement?.temporary)
    }

    @Test func aSessionThatIsNotThereRunsNothing() async throws {
        let log = MemoryEventLog(time: Clock())
        let engine = Engine(
            services: EngineServices(
                log: log, index: log, blobs: log, models: ScriptedModel { _, _ in .text("x") }, tools: FixedTools([]),
                policy: AutonomyPolicy(), instructions: FixedNotes(), time: Clock(),
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/", temporaryDirectories: []) },
                maximumAutonomy: .high))
        let configuration = DaemonConfiguration(environment: ["HOME": home.path]) { _ in }
        let commands = SessionCommands(
            maintenance: engine, policy: AutonomyPolicy(), workspace: { Daemon.scope(of: $0, configuration) },
            confinements: ConfinementSource(configuration, SandboxSetting()), environment: [:], maximumAutonomy: .high)
        await #expect(throws: ProcessDeskError.session(.log(.notFound("nobody")))) {
            _ = try await commands.request(for: ProcessCommand(session: "nobody", command: "ls"), ["ls"])
        }
    }
}
