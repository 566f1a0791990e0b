import ApusBase
import ApusCore
import ApusProcess
import ApusSettings
import ApusTesting
import Foundation
import Testing

@testable import ApusExtensions

/// Scripts beside a project's hooks run with the bytes that somebody has trusted, also late in a session (`security.md`, S17).
@Suite(.timeLimit(.minutes(5))) struct HookScriptTests {
    let folder = ScratchFolder()
    /// The files that are trusted, with their bytes as text.
    private let trusted = Watched<[String: String]>([:])

    private var script: String { folder("ws/.factory/hooks/check.sh") }

    init() throws {
        for name in ["home", "apus", "ws", "tmp"] { mkdir(folder(name), 0o700) }
        write("echo trusted")
        try trust(script)
    }

    private func write(_ command: String) {
        folder.write("ws/.factory/hooks/check.sh", "#!/bin/sh\n\(command)\n")
        chmod(script, 0o755)
    }

    private func trust(_ path: String) throws {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        trusted.change { $0[path] = text }
    }

    private func hooks(_ event: HookEvent, _ line: String, isWalled: Bool, writable: [String]? = nil) throws -> CommandHooks {
        let groups: JSONValue = [["hooks": [["type": "command", "command": .string(line)]]]]
        folder.write("ws/.factory/hooks.json", JSONValue.object(JSONObject([(event.rawValue, groups)])).serialized())
        try trust(folder("ws/.factory/hooks.json"))
        let (root, trusted) = (folder.path, trusted)
        let places = HookPlaces(
            paths: CompatibilityPaths(userHome: folder("home"), apusHome: folder("apus")), environment: ["PATH": "/usr/bin:/bin"],
            systemDirectories: [],
            trust: { SettingsTrust(digests: trusted.value) { String(decoding: $0, as: UTF8.self) } })
        return CommandHooks(
            places,
            CommandHooks.Setting(
                processes: ProcessTable(keeper: builtKeeper), environment: ["PATH": "/usr/bin:/bin"], temporaryDirectory: folder("tmp"),
                confinement: { _, _, _ in
                    guard isWalled else { return nil }
                    var confinement = Confinement(level: .high, maximumProcesses: 64, maximumWrittenBytes: 1 << 30)
                    confinement.writable = writable ?? [root + "/ws"]
                    confinement.hidden = [root + "/apus"]
                    return confinement
                }))
    }

    private func plan(_ hooks: CommandHooks, _ event: HookEvent) async throws -> HookPlan {
        var state = SessionState(id: "s")
        state.header.workingDirectory = folder("ws")
        let occasion: HookOccasion =
            event == .stop ? .stop(isAgain: false) : .preToolUse(ToolCall(id: "c1", name: "Execute", input: ["command": "ls"]))
        return try #require(await hooks.plan(for: occasion, in: HookContext(state: state, level: .high, isPlanning: false)))
    }

    private var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder("apus/checked"))) ?? [] }

    @Test(arguments: [true, false]) func anUnchangedScriptRunsUnderItsOwnName(isWalled: Bool) async throws {
        write("echo $0; test -x $0 && . \"$(dirname $0)/lib/more.sh\"")
        folder.write("ws/.factory/hooks/lib/more.sh", "echo more\n")
        for path in [script, folder("ws/.factory/hooks/lib/more.sh")] { try trust(path) }
        let hooks = try hooks(.stop, #""$FACTORY_PROJECT_DIR"/.factory/hooks/check.sh"#, isWalled: isWalled)
        let plan = try await plan(hooks, .stop)
        let result = try #require(await hooks.run(plan, within: nil).first)
        #expect(result.stdout == "\(script)\nmore\n" && result.exitCode == 0, "\(result)")
        #expect(left == [])
    }

    /// Whoever relies on a hook before calls is not let down by who changes it.
    @Test(arguments: [true, false], [HookEvent.preToolUse, .stop])
    func aScriptThatChangedInTheSessionDoesNotRun(isWalled: Bool, event: HookEvent) async throws {
        let hooks = try hooks(event, ".factory/hooks/check.sh", isWalled: isWalled)
        let plan = try await plan(hooks, event)
        #expect(await hooks.run(plan, within: nil).first?.stdout == "trusted\n")
        write("echo changed > ran")
        let result = try #require(await hooks.run(plan, within: nil).first)
        let sentence =
            "The hooks of \(folder("ws/.factory")) do not run, because \(script) is not trusted as it is now. Look at it, then run \"apus trust\"."
        #expect(result.exitCode == nil && result.fault == "was not run. \(sentence)")
        #expect(result.answer == (event == .preToolUse ? HookAnswer(decision: .deny, reason: sentence) : HookAnswer()))
        #expect(!FileManager.default.fileExists(atPath: folder("ws/ran")))
        // Who looks at it and trusts it has it back, in the same session.
        try trust(script)
        let again = try #require(await hooks.run(plan, within: nil).first)
        #expect(again.exitCode == 0 && FileManager.default.fileExists(atPath: folder("ws/ran")))
        #expect(left == [])
    }

    @Test func aNewScriptThatNobodyHasLookedAtStopsThemAll() async throws {
        let hooks = try hooks(.preToolUse, ".factory/hooks/check.sh", isWalled: false)
        let plan = try await plan(hooks, .preToolUse)
        folder.write("ws/.factory/hooks/more.sh", "echo\n")
        #expect(await hooks.run(plan, within: nil).first?.answer.decision == .deny)
    }

    /// A shell that finds no script answers with a code that is no objection.
    @Test(arguments: [true, false], ["ws/.factory/hooks/check.sh", "ws/.factory/hooks"])
    func aScriptThatIsGoneIsAnObjectionToo(isWalled: Bool, gone: String) async throws {
        let hooks = try hooks(.preToolUse, ".factory/hooks/check.sh", isWalled: isWalled)
        let plan = try await plan(hooks, .preToolUse)
        #expect(await hooks.run(plan, within: nil).first?.stdout == "trusted\n")
        try FileManager.default.removeItem(atPath: folder(gone))
        let answer = try #require(await hooks.run(plan, within: nil).first).answer
        #expect(answer.decision == .deny && answer.reason?.contains("\(script) is not trusted as it is now") == true, "\(answer)")
        #expect(left == [])
        // Who trusts the project as it is then has forgotten it.
        trusted.change { $0[script] = nil }
        #expect(await hooks.run(plan, within: nil).first?.answer.decision == nil)
    }

    @Test(.enabled(if: getuid() != 0, "nothing is unreadable for root"))
    func aFolderThatCannotBeReadIsAnObjection() async throws {
        let hooks = try hooks(.preToolUse, "true", isWalled: false)
        let plan = try await plan(hooks, .preToolUse)
        mkdir(folder("ws/.factory/hooks/lib"), 0)
        defer { chmod(folder("ws/.factory/hooks/lib"), 0o700) }
        #expect(await hooks.run(plan, within: nil).first?.answer.decision == .deny)
    }

    @Test(.enabled(if: KernelFeatures.canStandIn, "needs user and mount namespaces"), arguments: [HookEvent.preToolUse, .stop])
    func aWallThatCannotBePutUpLetsNothingPastAGuard(event: HookEvent) async throws {
        // A folder that nothing can be: the request itself is refused.
        let hooks = try hooks(event, ".factory/hooks/check.sh; echo > ran", isWalled: true, writable: ["relative"])
        let result = try #require(await hooks.run(try await plan(hooks, event), within: nil).first)
        #expect(result.exitCode == nil && result.fault?.hasPrefix("was not run. ") == true, "\(result)")
        #expect(result.answer.decision == (event == .preToolUse ? .deny : nil))
        #expect(!FileManager.default.fileExists(atPath: folder("ws/ran")) && left == [])
    }

    /// The file is replaced when the look at it is over and the hook runs: the wall shows the bytes that were looked at.
    @Test(.enabled(if: KernelFeatures.canStandIn, "needs user and mount namespaces"))
    func whatWasLookedAtIsWhatRunsEvenIfItIsReplacedMeanwhile() async throws {
        let line = "touch started; until test -e swapped; do sleep 0.01; done; .factory/hooks/check.sh; ls .factory/hooks"
        let hooks = try hooks(.stop, line, isWalled: true)
        let plan = try await plan(hooks, .stop)
        async let results = hooks.run(plan, within: nil)
        let started = folder("ws/started")
        try await within {
            while !FileManager.default.fileExists(atPath: started) { try await Task.sleep(for: .milliseconds(5)) }
        }
        write("echo evil")
        folder.write("ws/.factory/hooks/planted", "x")
        folder.write("ws/swapped", "")
        #expect(await results.first?.stdout == "trusted\ncheck.sh\n")
    }
}
