import ApusBase
import ApusCore
import ApusProcess
import ApusTools
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(5))) struct ExecuteToolTests {
    let bench = Bench(processes: ProcessTable(keeper: .path(Keeper.path)))

    private func execute(_ command: String, timeout: Int64 = 30) async -> ToolResult {
        await bench.run(
            "Execute", ["command": .string(command), "timeout": .integer(timeout), "riskLevel": "low", "riskLevelReason": "test"])
    }

    @Test(arguments: [
        ("true", "Command completed successfully\n\n[Process exited with code 0]"), ("echo hi", "hi\n\n[Process exited with code 0]"),
        ("echo out; echo err >&2; exit 3", "Error: Command failed (exit code: 3)\nout\nerr\n\n[Process exited with code 3]"),
        ("exit 7", "Error: Command failed (exit code: 7)\n\n\n[Process exited with code 7]"),
        ("pwd", "PWD\n\n[Process exited with code 0]"),
        ("cat", "Command completed successfully\n\n[Process exited with code 0]"),
        ("kill -9 $$", "Error: Command was ended by signal 9\n\n\n[Process exited with code 137]"),
        ("printf 'a\\tb\\001\\377'", "a\tb\u{1}\u{FFFD}\n\n[Process exited with code 0]"),
    ])
    func anOrdinaryEndIsAnOrdinaryResult(command: String, text: String) async {
        #expect(await execute(command) == ToolResult(.succeeded, text.replacing("PWD", with: bench.path + "/ws")))
    }

    @Test func outputIsShownAsItComesInWholeCharacters() async {
        _ = await execute("printf 'h\\303'; sleep 0.2; printf '\\251llo'")
        #expect(bench.shown.text == "héllo")
    }

    @Test func aTimeLimitEndsTheCommandAndFails() async {
        let result = await execute("echo begun; sleep 60", timeout: 1)
        #expect(result.status == .failed)
        #expect(
            result.text
                == "Error: Command timed out after 1 seconds and was ended. Give a larger timeout if it needs more time.\nbegun\n\n[Process exited with code 143]"
        )
    }

    @Test func anInterruptEndsTheCommand() async throws {
        let input: JSONValue = ["command": "echo begun; sleep 60", "riskLevel": "low"]
        let (tool, context) = (bench.tool("Execute"), bench.context())
        let task = Task { await tool.run(input, in: context) }
        while bench.shown.text.isEmpty { await Task.yield() }
        task.cancel()
        let result = await task.value
        #expect(result.status == .interrupted)
        #expect(result.text.hasPrefix("Error: Command was interrupted and ended before it was done.\nbegun\n\n[Process exited with code "))
    }

    @Test func longOutputKeepsItsEndsAndTheWholeInAPrivateFile() async throws {
        let result = await execute("seq 1 100000")
        #expect(result.text.hasPrefix("1\n2\n3\n"))
        #expect(result.text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
        let notice = try #require(
            result.text.firstMatch(of: /99999\n100000\n\n\[The full output is in (\/[^\]]+)\]\n\n\[Process exited with code 0\]$/))
        let path = String(notice.output.1)
        #expect(contents(path) == Array((1...100_000).map { "\($0)\n" }.joined().utf8))
        var status = stat()
        stat(path, &status)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(path.hasPrefix(bench.path + "/tmp/"))
    }

    @Test func environmentIsFilteredAndNobodyIsAskedForInput() async {
        #expect(await execute("echo $PAGER $GIT_EDITOR $APUS_CANARY; git --version >/dev/null; echo $?").text.hasPrefix("cat true\n0"))
    }

    @Test(
        arguments: [
            (["riskLevel": "low"], "Execute needs \"command\": the command line to run. It is missing."),
            (["command": " ", "riskLevel": "low"], "Execute needs a \"command\" that is not empty."),
            (["command": "ls"], "Execute needs \"riskLevel\": \"low\", \"medium\" or \"high\". It is missing."),
            (["command": "ls", "riskLevel": "none"], "Execute wants \"riskLevel\" to be \"low\", \"medium\" or \"high\"; got \"none\"."),
            (
                ["command": "ls", "riskLevel": "low", "timeout": 3601],
                "Execute wants \"timeout\" to be a whole number from 1 to 3600; got 3601."
            ),
            (
                ["command": "ls", "riskLevel": "low", "run_in_background": "yes"],
                "Execute wants \"run_in_background\" to be true or false; got \"yes\"."
            ),
        ] as [(JSONValue, String)])
    func whatDoesNotFitIsTold(input: JSONValue, sentence: String) {
        #expect(throws: ToolInputError(sentence)) { try bench.tool("Execute").access(for: input, in: bench.context()) }
    }

    @Test(arguments: ["medium", ["value": "medium", "reason": "x"], ["level": "medium"]] as [JSONValue])
    func accessCarriesTheCommandAndTheDeclaredRisk(risk: JSONValue) throws {
        let request = try bench.tool("Execute").access(
            for: ["command": "make", "riskLevel": risk, "summary": "Build it"], in: bench.context())
        #expect(request == AccessRequest(action: .command("make", declaredRisk: "medium"), summary: "Build it"))
    }

    @Test func aBackgroundCommandIsDeclaredAsOneThatOutlivesTheRun() throws {
        let request = try bench.tool("Execute").access(
            for: ["command": "make", "riskLevel": "low", "run_in_background": true], in: bench.context())
        #expect(request == AccessRequest(action: .command("make", declaredRisk: "low"), summary: "make", outlivesRun: true))
    }

    @Test func aBackgroundCommandThatCannotBeRecordedIsEndedAndLeavesNothing() async throws {
        let mark = "sleep 1000.\(UInt32.random(in: 100_000_000...999_999_999))"
        let result = await bench.run("Execute", ["command": .string(mark), "riskLevel": "low", "run_in_background": true])
        #expect(
            result
                == ToolResult(
                    .failed, "The command was ended again, because it could not be recorded. This session keeps no log."))
        #expect(!isRunning(mark))
        #expect(contents(bench.path + "/processes") == nil || names(in: bench.path + "/processes").isEmpty)
    }

    @Test func aProgramThatCannotBeStartedInTheBackgroundIsTold() async {
        let bench = Bench(processes: ProcessTable(keeper: .path("/nowhere/apus-keeper")))
        let result = await bench.run("Execute", ["command": "true", "riskLevel": "low", "run_in_background": true])
        #expect(result.status == .failed)
        #expect(result.text.hasPrefix("The command was not run. No apus-keeper at /nowhere/apus-keeper."))
        #expect(names(in: bench.path + "/processes").isEmpty)
    }

    @Test func aProcessFolderThatOthersMayReadIsRefused() async {
        mkdir(bench.path + "/processes", 0o755)
        let result = await bench.run("Execute", ["command": "true", "riskLevel": "low", "run_in_background": true])
        #expect(
            result.text
                == "The command was not run. \(bench.path)/processes belongs to somebody else or is open to others; it must be yours alone "
                + "(chmod 700).")
    }

    @Test func aKeeperThatIsMissingIsTold() async {
        let bench = Bench(processes: ProcessTable(keeper: .path("/nowhere/apus-keeper")))
        let result = await bench.run("Execute", ["command": "true", "riskLevel": "low"])
        #expect(result.status == .failed)
        #expect(result.text.hasPrefix("The command was not run. No apus-keeper at /nowhere/apus-keeper."))
    }
}

/// The keeper that was built with the tests.
enum Keeper {
    static let path: String = {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let arguments = [own] + CommandLine.arguments
        for place in arguments where place.contains("/") {
            var folder = place[...]
            while let slash = folder.lastIndex(of: "/") {
                folder = folder[..<slash]
                if access(folder + "/apus-keeper", X_OK) == 0 { return folder + "/apus-keeper" }
            }
        }
        return "/nowhere/apus-keeper"
    }()
}
