import ApusBase
import ApusCore
import ApusExtensions
import ApusProcess
import ApusSettings
import ApusTesting
import Foundation
import Testing

/// Hooks of real files, run by a real shell under a real keeper.
@Suite(.timeLimit(.minutes(5))) struct CommandHooksTests {
    let folder = ScratchFolder()
    private let said = Watched<[String]>([])
    private let processes = ProcessTable(keeper: builtKeeper)

    private var directory: String { folder("ws") }

    private func hooks(
        system: String? = nil, isOff: Bool = false, trusts: Bool = false, environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        trust: SettingsTrust = .none, transcript: String? = nil
    ) -> CommandHooks {
        for name in ["home", "apus", "ws", "tmp"] { mkdir(folder(name), 0o700) }
        var given = trust
        given.isUnconditional = trusts || given.isUnconditional
        let trust = given
        let paths = CompatibilityPaths(userHome: folder("home"), apusHome: folder("apus"))
        let places = HookPlaces(
            paths: paths, environment: environment, systemDirectories: [system ?? folder("etc")], isOff: isOff, trust: { trust })
        return CommandHooks(
            places,
            CommandHooks.Setting(
                processes: processes, environment: environment, temporaryDirectory: folder("tmp"), transcript: { _ in transcript },
                announce: { [said] sentence in said.change { $0.append(sentence) } }))
    }

    private func context(_ id: SessionID = "s") -> HookContext {
        var state = SessionState(id: id)
        state.header.workingDirectory = directory
        return HookContext(state: state, level: .off, isPlanning: false)
    }

    private func call(_ command: String = "ls") -> HookOccasion {
        .preToolUse(ToolCall(id: "c1", name: "Execute", input: ["command": .string(command)]))
    }

    /// The user's hooks of one event; their timeouts are a minute.
    private func write(_ event: HookEvent, _ commands: String..., to place: String = "apus/hooks.json", timeout: Int? = nil) {
        let hooks = commands.map { command -> JSONValue in
            var hook: JSONObject = ["type": "command", "command": .string(command)]
            if let timeout { hook["timeout"] = .integer(Int64(timeout)) }
            return .object(hook)
        }
        let groups: JSONValue = [["hooks": .array(hooks)]]
        folder.write(place, JSONValue.object(JSONObject([(event.rawValue, groups)])).serialized())
    }

    private func run(_ hooks: CommandHooks, _ occasion: HookOccasion? = nil, within limit: Duration? = nil) async throws -> [HookResult] {
        let plan = try #require(await hooks.plan(for: occasion ?? call(), in: context()))
        let results = try await within { await hooks.run(plan, within: limit) }
        #expect(processes.running == [])
        let left = try FileManager.default.contentsOfDirectory(atPath: folder("tmp/apus-\(getuid())"))
        #expect(left == [], "nothing of the input is left")
        return results
    }

    // MARK: Running

    @Test func aCommandReadsItsEventAndAnswers() async throws {
        write(.preToolUse, "cat; echo complaint >&2; pwd >&2; echo $FACTORY_PROJECT_DIR >&2")
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        let hooks = hooks(transcript: "/t.jsonl")
        let plan = try #require(await hooks.plan(for: call(), in: context()))
        let result = try #require(try await run(hooks).first)
        #expect(result.exitCode == 0 && result.fault == nil)
        #expect(result.stdout == HookInput.json(plan, transcript: "/t.jsonl").serialized())
        #expect(result.stderr == "complaint\n\(directory)\n\(directory)\n")
        // The event is a JSON object that decides nothing.
        #expect(result.answer == HookAnswer())
    }

    @Test func codesMeanWhatTheyMean() async throws {
        write(.preToolUse, "echo no >&2; exit 2", "exit 3", #"echo '{"decision":"approve"}'"#, "kill -9 $$", "no-such-program-here")
        let results = try await run(hooks())
        #expect(results.map(\.exitCode) == [2, 3, 0, nil, 127])
        #expect(
            results.map(\.answer) == [
                HookAnswer(decision: .deny, reason: "no"), HookAnswer(), HookAnswer(decision: .allow), HookAnswer(), HookAnswer(),
            ])
        #expect(results[3].fault == "was ended by signal 9")
    }

    /// More than any pipe takes, and nobody who reads it.
    @Test func aCommandThatReadsNothingKeepsNobodyWaiting() async throws {
        write(.preToolUse, "exit 2", "exec <&-; echo fine", "head -c 10 >/dev/null")
        let results = try await run(hooks(), call(String(repeating: "x", count: 8 << 20)))
        #expect(results.map(\.exitCode) == [2, 0, 0])
    }

    @Test func aCommandGetsAllOfALargeEvent() async throws {
        write(.preToolUse, "wc -c | tr -d ' '")
        let hooks = hooks()
        let occasion = call(String(repeating: "é", count: 1 << 20))
        let plan = try #require(await hooks.plan(for: occasion, in: context()))
        let bytes = HookInput.json(plan, transcript: "").serializedBytes().count
        #expect(try await run(hooks, occasion).first?.stdout == "\(bytes)\n")
    }

    @Test func aCommandThatHangsIsEndedWithAllItStarted() async throws {
        let mark = "1000.\(UInt32.random(in: 100_000_000...999_999_999))"
        write(.preToolUse, "(setsid sleep \(mark) &); sleep \(mark) & trap '' TERM; sleep \(mark); sleep \(mark)", timeout: 1)
        let result = try #require(try await run(hooks()).first)
        #expect(result.exitCode == nil && result.fault == "took longer than 1 s and was ended")
        #expect(result.answer == HookAnswer(), "it said nothing")
        let alive = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { pid in
            FileManager.default.contents(atPath: "/proc/\(pid)/cmdline").map { String(decoding: $0, as: UTF8.self).contains(mark) } ?? false
        }
        #expect(alive == [])
    }

    @Test func whoWaitsForTheEndGivesLessTime() async throws {
        write(.preToolUse, "sleep 600")
        let result = try #require(try await run(hooks(), within: .seconds(1)).first)
        #expect(result.fault == "took longer than 1 s and was ended")
    }

    @Test func cancellingEndsThem() async throws {
        write(.preToolUse, "echo > started; sleep 600")
        let hooks = hooks()
        let plan = try #require(await hooks.plan(for: call(), in: context()))
        let started = folder("ws/started")
        let task = Task { await hooks.run(plan, within: nil) }
        while !FileManager.default.fileExists(atPath: started) { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(await task.value.map(\.fault) == ["was interrupted"])
        #expect(processes.running == [])
    }

    /// Each waits for what the other one makes: one after the other they would never end.
    @Test func commandsRunSideBySide() async throws {
        func waiting(_ own: String, _ other: String) -> String { "echo > \(own); while ! test -e \(other); do sleep 0.01; done; echo done" }
        write(.preToolUse, waiting("a", "b"), waiting("b", "a"), timeout: 50)
        #expect(try await run(hooks()).map(\.stdout) == ["done\n", "done\n"])
    }

    @Test func whatIsPrintedIsBounded() async throws {
        write(.preToolUse, "head -c \(3 << 20) /dev/zero | tr '\\0' a; head -c \(2 << 20) /dev/zero | tr '\\0' b >&2")
        let result = try #require(try await run(hooks()).first)
        #expect(result.exitCode == 0)
        #expect(result.stdout.utf8.count == ByteLimit.hookOutputBytes && result.stderr.utf8.count == ByteLimit.hookOutputBytes)
    }

    @Test func secretsOfOursAreNotHandedOver() async throws {
        write(.preToolUse, "env")
        let environment = ["PATH": "/usr/bin:/bin", "ANTHROPIC_API_KEY": "sk-secret", "LD_PRELOAD": "/x", "LANG": "C.UTF-8"]
        let text = try #require(try await run(hooks(environment: environment)).first?.stdout)
        #expect(text.contains("LANG=C.UTF-8") && !text.contains("sk-secret") && !text.contains("LD_PRELOAD"))
    }

    @Test func aWallThatCannotBePutUpKeepsACommandFromRunning() async throws {
        write(.preToolUse, "echo > ran")
        for name in ["home", "apus", "ws", "tmp"] { mkdir(folder(name), 0o700) }
        let places = HookPlaces(
            paths: CompatibilityPaths(userHome: folder("home"), apusHome: folder("apus")), environment: [:],
            systemDirectories: [], trust: { .none })
        // A folder that nothing can be: the request itself is refused.
        let hooks = CommandHooks(
            places,
            CommandHooks.Setting(
                processes: processes, environment: ["PATH": "/usr/bin:/bin"], temporaryDirectory: folder("tmp"),
                confinement: { _, _, _ in
                    Confinement(level: .off, writable: ["relative"], maximumProcesses: 10, maximumWrittenBytes: 1 << 20, isRequired: true)
                }))
        let result = try #require(try await run(hooks).first)
        #expect(result.exitCode == nil && result.fault?.hasPrefix("was not run. ") == true, "\(result)")
        #expect(!FileManager.default.fileExists(atPath: folder("ws/ran")))
    }

    // MARK: Where they stand

    private func commands(_ hooks: CommandHooks, _ session: SessionID = "s") async -> [String] {
        await hooks.plan(for: .stop(isAgain: false), in: context(session))?.commands.map(\.line) ?? []
    }

    private static func settings(_ command: String, _ more: String = "") -> String {
        #"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "\#(command)"}]}]}\#(more)}"#
    }

    @Test func everyPlaceCountsAndTheStrongestComesFirst() async throws {
        write(.stop, "user", to: "apus/hooks.json")
        write(.stop, "factory", to: "home/.factory/hooks/hooks.json")
        write(.stop, "project", to: "ws/.factory/hooks.json")
        folder.write("ws/.apus/settings.json", Self.settings("project settings"))
        write(.stop, "machine", to: "etc/hooks.json")
        #expect(await commands(hooks(trusts: true)) == ["machine", "project settings", "project", "user", "factory"])
        #expect(said.value == [])
    }

    @Test func aFileOfItsOwnStandsBeforeTheSettingsBesideIt() async throws {
        write(.stop, "file", to: "apus/hooks.json")
        write(.stop, "legacy", to: "apus/hooks/hooks.json")
        folder.write("apus/settings.json", Self.settings("settings"))
        #expect(await commands(hooks()) == ["file"])
        let settings = folder("apus/settings.json")
        #expect(said.value == ["\(settings): its \"hooks\" have no effect, because \(folder("apus/hooks.json")) is there."])
    }

    @Test func hooksOfAProjectRunOnlyWhenSomebodyHasLookedAtThem() async throws {
        write(.stop, "project", to: "ws/.factory/hooks.json")
        folder.write("ws/.apus/settings.json", Self.settings("project settings"))
        #expect(await commands(hooks()) == [])
        #expect(said.value.count == 1 && said.value[0].contains("/ws/.factory/hooks.json is not trusted as it is now"), "\(said.value)")
        let path = folder("ws/.factory/hooks.json")
        let digests = [path: "known"]
        let trust = SettingsTrust(digests: digests) { _ in "known" }
        #expect(await commands(hooks(trust: trust)) == ["project"])
        #expect(await commands(hooks(trust: SettingsTrust(digests: digests) { _ in "changed" })) == [])
    }

    @Test func aScriptThatNobodyHasLookedAtKeepsAProjectsHooksFromRunning() async throws {
        write(.stop, ".factory/hooks/check.sh", to: "ws/.factory/hooks.json")
        folder.write("ws/.factory/hooks/check.sh", "#!/bin/sh\n")
        let (file, script) = (folder("ws/.factory/hooks.json"), folder("ws/.factory/hooks/check.sh"))
        #expect(await commands(hooks(trust: SettingsTrust(digests: [file: "k"]) { _ in "k" })) == [])
        #expect(said.value.count == 1 && said.value[0].contains(script))
        #expect(await commands(hooks(trust: SettingsTrust(digests: [file: "k", script: "k"]) { _ in "k" })) == [".factory/hooks/check.sh"])
    }

    @Test(arguments: [
        ("{}", "{}", false, ["machine", "user"]), ("{}", "{}", true, ["machine"]),
        ("{}", #"{"hooksDisabled": true}"#, false, ["machine"]), (#"{"hooksDisabled": true}"#, "{}", false, []),
        (#"{"hooksDisabled": false}"#, #"{"hooksDisabled": true}"#, false, ["machine", "user"]),
        (#"{"allowManagedHooksOnly": true}"#, "{}", false, ["machine"]),
    ])
    func nobodySwitchesTheMachinesOwnOffButTheMachine(machine: String, user: String, isOff: Bool, expected: [String]) async throws {
        write(.stop, "machine", to: "etc/hooks.json")
        write(.stop, "user", to: "apus/hooks.json")
        folder.write("etc/settings.json", machine)
        folder.write("apus/settings.json", user)
        #expect(await commands(hooks(isOff: isOff)) == expected)
    }

    @Test func aSessionKeepsTheHooksThatItBeganWith() async throws {
        write(.stop, "old")
        let hooks = hooks()
        #expect(await commands(hooks) == ["old"])
        write(.stop, "new")
        #expect(await commands(hooks) == ["old"])
        #expect(await commands(hooks, "another") == ["new"])
        await hooks.forget("s")
        #expect(await commands(hooks) == ["new"])
    }

    @Test func aBrokenFileIsToldOnceAndSkipped() async throws {
        folder.write("apus/hooks.json", "{ broken")
        let hooks = hooks()
        #expect(await commands(hooks) == [])
        #expect(await commands(hooks, "another") == [])
        #expect(said.value.count == 1 && said.value[0].hasPrefix("\(folder("apus/hooks.json")) was skipped: line 1"))
    }

    /// What the administrator wants to be asked is not left out because nobody knows what it is.
    @Test func withoutTheMachinesOwnNoPromptIsTaken() async throws {
        folder.write("etc/hooks.json", "{ broken")
        let hooks = hooks()
        let plan = try #require(await hooks.plan(for: .userPromptSubmit("p"), in: context()))
        let results = await hooks.run(plan, within: nil)
        #expect(results.count == 1 && results[0].answer.stop?.contains(folder("etc/hooks.json")) == true)
        let places = HookPlaces(
            paths: CompatibilityPaths(userHome: "/h", apusHome: "/h/.apus"), environment: [:], systemDirectories: [folder("etc")],
            trust: { .none })
        #expect(throws: SettingsFault.self) { try places.check() }
    }
}

/// The build folder's keeper: the test runner lies beside it.
let builtKeeper: KeeperLocation = {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        let path = folder.appendingPathComponent("apus-keeper").path
        if FileManager.default.isExecutableFile(atPath: path) { return .path(path) }
    }
    return .besideExecutable
}()
