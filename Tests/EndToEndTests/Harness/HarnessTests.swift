import ApusBase
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The harness itself, with programs of the system: a harness that cannot fail proves nothing.
@Suite struct HarnessTests {
    private func shell(_ script: String, stdin: StandardInput = .none, _ home: TemporaryHome, hasReader: Bool = true) throws -> ChildProcess
    {
        try ChildProcess(
            "sh", ["-c", script], environment: home.environment, directory: home.work, stdin: stdin, scratch: home.scratch,
            hasReader: hasReader)
    }

    private func withHome(_ body: (TemporaryHome) async throws -> Void) async throws {
        let home = try TemporaryHome()
        defer { home.remove() }
        try await body(home)
    }

    @Test func bothStreamsTheCodeTheDirectoryAndOnlyTheGivenEnvironment() async throws {
        try await withHome { home in
            let outcome = try await shell("pwd; env | cut -d= -f1 | sort | tr '\\n' ' '; echo oops >&2; exit 7", home).finish()
            #expect(outcome.status == .exited(7))
            #expect(outcome.text == "\(home.work)\nAPUS_HOME HOME OLDPWD PATH PWD ")
            #expect(outcome.diagnostics == "oops\n")
        }
    }

    @Test func inputByFileAndByPipe() async throws {
        try await withHome { home in
            for stdin in [StandardInput.file("text"), .pipe("text")] {
                let outcome = try await shell("cat", stdin: stdin, home).finish()
                #expect(outcome.text == "text")
            }
            let none = try await shell("cat", home).finish()
            #expect(none.text == "")
        }
    }

    @Test func anIdlePipeStaysOpen() async throws {
        try await withHome { home in
            let child = try shell("echo up; cat; echo end", stdin: .idlePipe, home)
            try await eventually("it is up", within: .seconds(10)) { child.stdoutSoFar == "up\n" }
            #expect(!child.hasEnded)
            child.send(SIGTERM)
            let outcome = try await child.finish()
            #expect(outcome.status == .killed(SIGTERM))
            #expect(outcome.text == "up\n")
        }
    }

    @Test func signalsAreNotIgnoredByInheritance() async throws {
        try await withHome { home in
            let child = try shell("echo up; exec sleep 1000", home)
            try await eventually("it is up", within: .seconds(10)) { child.stdoutSoFar == "up\n" }
            child.send(SIGINT)
            let outcome = try await child.finish()
            #expect(outcome.status == .killed(SIGINT))
        }
    }

    @Test func aChildPastItsTimeIsKilledAndShown() async throws {
        try await withHome { home in
            let child = try shell("echo shown; exec sleep 1000", home)
            try await eventually("it is up", within: .seconds(10)) { child.stdoutSoFar == "shown\n" }
            let error = await #expect(throws: ChildError.self) { _ = try await child.finish(within: .milliseconds(50)) }
            #expect(error?.description.contains("shown") == true)
            #expect(child.hasEnded)
        }
    }

    @Test func aReaderThatIsGone() async throws {
        try await withHome { home in
            let outcome = try await shell("trap '' PIPE; echo lost 2>/dev/null || exit 3", home, hasReader: false).finish()
            #expect(outcome.status == .exited(3))
        }
    }

    @Test func theTreeIsAsDeepAndAsStubbornAsItSays() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withHome { home in
            let child = try shell(tree.command, home)
            try await tree.hasGrown()
            // A group kill is not enough: that is what the tree is for.
            kill(-child.pid, SIGKILL)
            _ = try await child.finish()
            await #expect(throws: ChildError.self) { try await tree.isGone(within: .milliseconds(200)) }
            tree.fell()
            try await tree.isGone()
        }
    }

    @Test func gitSaysWhatChanged() async throws {
        try await withHome { home in
            try home.write("a\n", to: "a.txt")
            try await home.commitEverything()
            try home.write("b\n", to: "a.txt")
            let status = try await home.git(["status", "--porcelain"])
            #expect(status == " M a.txt\n")
        }
    }

    @Test func resultsOfOneResponseAreSortedAndNothingElseMoves() {
        func line(_ type: String, _ id: String) -> JSONValue { ["type": .string(type), "id": .string(id)] }
        let lines = [
            line("tool_call", "b"), line("tool_result", "b"), line("tool_result", "a"), line("message", "0"), line("tool_result", "c"),
        ]
        #expect(lines.withSortedResults == [lines[0], lines[2], lines[1], lines[3], lines[4]])
    }

    @Test func onlyWhatDiffersFromRunToRunIsReplaced() throws {
        let home = try TemporaryHome()
        defer { home.remove() }
        var normaliser = Normaliser(home: home, port: 4711)
        let text = normaliser.lines([
            ["type": "system", "session_id": "s", "cwd": .string("\(home.work)/x")],
            ["id": "m", "messageId": "s", "timestamp": 1_800_000_000_000, "durationMs": 3, "tokens": 5],
            ["id": "call-1", "timestamp": 5, "text": "http://127.0.0.1:4711/v1"],
        ])
        #expect(
            text == """
                {"type":"system","session_id":"<id-1>","cwd":"<work>/x"}
                {"id":"<id-2>","messageId":"<id-1>","timestamp":"<timestamp>","durationMs":"<milliseconds>","tokens":5}
                {"id":"call-1","timestamp":5,"text":"http://<server>/v1"}

                """)
    }
}
