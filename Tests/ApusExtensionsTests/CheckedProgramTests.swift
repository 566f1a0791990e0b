import ApusBase
import ApusCore
import ApusProcess
import Foundation
import Testing

@testable import ApusExtensions

/// What runs is what somebody has trusted, whatever becomes of the file between the look at it and its start (`security.md`, S17).
@Suite(.timeLimit(.minutes(5))) struct CheckedProgramTests {
    let folder = ScratchFolder()

    private var path: String { folder("ws/.apus/commands/deploy.sh") }

    init() {
        mkdir(folder("apus"), 0o700)
        write("#!/bin/sh\necho evil\n")
    }

    private func write(_ text: String, mode: mode_t = 0o755) {
        folder.write("ws/.apus/commands/deploy.sh", text)
        chmod(path, mode)
    }

    private func run(_ script: String, _ arguments: [String] = []) async -> String { await outcome(script, arguments).note.text }

    private func outcome(_ script: String, _ arguments: [String] = []) async -> CommandRun {
        let extensions = Extensions(apusHome: folder("apus"), factoryHome: folder("home"))
        let runner = CommandRunner(extensions, processes: ProcessTable(keeper: builtKeeper), environment: ["PATH": "/usr/bin:/bin"])
        let program = CommandProgram(
            name: "deploy", path: path, arguments: arguments, commandLine: path, script: script, isPersonal: false,
            checked: Array(script.utf8))
        return await runner.run(program, in: folder("ws"), confinement: nil)
    }

    /// Everything that runs left behind.
    private var left: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder("apus/checked"))) ?? [] }

    @Test(arguments: [
        ("#!/bin/sh\n", ToolOutcome.Status.succeeded), ("#!/bin/sh\nexit 3\n", .failed), ("#!/bin/sh\nkill $$\n", .failed),
        ("#!nothing\n", .notRun), ("#!/no/such/program\n", .notRun),
    ])
    func itsEndIsThatOfACall(script: String, status: ToolOutcome.Status) async {
        write(script)
        #expect(await outcome(script).status == status)
    }

    @Test func theCheckedBytesRunAndNotWhatIsThereByThen() async {
        let text = await run("#!/bin/sh\necho \"checked $0 $1 $APUS_COMMAND_FILE\"\n", ["a b"])
        #expect(text.contains("It ended with code 0."))
        #expect(text.contains("checked \(folder("apus"))/checked/") && text.contains("/deploy.sh a b \(path)\n"), "\(text)")
        #expect(!text.contains("evil"))
        #expect(left == [])
    }

    /// A link that leads elsewhere by then changes nothing either.
    @Test func aLinkThatWasPutThereIsNotFollowed() async {
        folder.write("elsewhere", "#!/bin/sh\necho evil\n")
        chmod(folder("elsewhere"), 0o755)
        unlink(path)
        #expect(symlink(folder("elsewhere"), path) == 0)
        let text = await run("#!/bin/sh\necho checked\n")
        #expect(text.contains("checked\n") && !text.contains("evil"))
    }

    @Test(arguments: [
        ("#!/bin/sh -eu\necho $-\n", "eu"), ("#! \t/usr/bin/env  sh\necho through env\n", "through env"),
        ("#!/usr/bin/env -S sh -e\necho $-\n", "e"), ("#!/bin/sh", "It ended with code 0."),
    ])
    func theFirstLineMeansWhatItMeansToAKernel(script: String, said: String) async {
        #expect(await run(script).contains(said))
    }

    @Test(arguments: ["#!", "#!\n", "#! \t\n", "#!sh\n", "#!/bin/sh\u{0}\n", "#!/" + String(repeating: "x", count: 300) + "\n", "echo"])
    func aFirstLineThatNamesNoProgramStartsNothing(script: String) async {
        #expect(await run(script).contains("It was not run. The first line of \(path) names no program by its whole path."))
        #expect(left == [])
    }

    @Test func aFileThatMayNotBeExecutedIsNot() async {
        write("#!/bin/sh\n", mode: 0o644)
        #expect(await run("#!/bin/sh\necho ran\n").contains("It was not run. \(path) may not be executed: Permission denied."))
        #expect(left == [])
    }

    @Test func aHomeThatCannotHoldTheCopyStartsNothing() async {
        folder.write("apus/checked", "a file\n")
        #expect(await run("#!/bin/sh\necho ran\n").contains("It was not run. \(folder("apus"))/checked could not be used"))
    }

    @Test func whatADeadProcessLeftGoesWhenItIsOld() async {
        folder.run("mkdir -p apus/checked/old/deep apus/checked/new && chmod 700 apus/checked && echo > apus/checked/old/deep/file")
        folder.run("touch -d '3 days ago' apus/checked/old")
        _ = await run("#!/bin/sh\n")
        #expect(left == ["new"])
    }
}
