import ApusProcess
import Testing

extension RealProcesses {
    @Suite(.timeLimit(.minutes(5)))
    struct ProcessTableTests {
        let table = ProcessTable(keeper: .path(Built.keeper))
        let output = Collector()

        func run(_ request: ProcessRequest, timeout: Duration = .seconds(30)) async throws(SpawnError) -> ProcessEnd {
            let output = output
            return try await table.run(request, timeout: timeout) { output.add($0) }
        }

        @Test(arguments: [0, 1, 7, 126, 127, 255] as [Int32])
        func exitCodeOfTheCommandIsReported(code: Int32) async throws {
            #expect(try await run(.bash("exit \(code)")) == .exited(code))
        }

        @Test(arguments: [6, 9, 11, 15] as [Int32])
        func signalThatEndsTheCommandIsReported(signal: Int32) async throws {
            #expect(try await run(.bash("ulimit -c 0; kill -\(signal) $$")) == .signaled(signal))
        }

        @Test func stdoutAndStderrArriveAsOneStreamInTheOrderWritten() async throws {
            #expect(try await run(.bash("for i in 1 2 3 4 5; do echo out $i; echo err $i >&2; done")) == .exited(0))
            #expect(output.text == (1...5).map { "out \($0)\nerr \($0)\n" }.joined())
        }

        @Test func tenMegabytesArriveCompleteInPiecesOfBoundedSize() async throws {
            #expect(try await run(.bash("seq -f '%0999.0f' 10000")) == .exited(0))
            var expected: [UInt8] = []
            for number in 1...10_000 {
                let digits = Array("\(number)".utf8)
                expected += [UInt8](repeating: UInt8(ascii: "0"), count: 999 - digits.count) + digits + [UInt8(ascii: "\n")]
            }
            #expect(output.bytes.count == 10_000_000)
            #expect(output.bytes == expected)
            #expect(output.pieces.allSatisfy { (1...65536).contains($0.count) })
        }

        @Test func stdinIsEmpty() async throws {
            #expect(try await run(.bash("cat; echo end")) == .exited(0))
            #expect(output.text == "end\n")
        }

        @Test func environmentIsExactlyWhatTheRequestSays() async throws {
            let environment = ["PATH": "/usr/bin:/bin", "EMPTY": "", "LINES_OF": "a\nb=c", "Ü": "é 日本"]
            #expect(
                try await run(ProcessRequest(executable: "env", arguments: ["-0"], environment: environment, workingDirectory: "/"))
                    == .exited(0))
            let entries = output.text.split(separator: "\0").map(String.init).sorted()
            #expect(entries == environment.map { "\($0.key)=\($0.value)" }.sorted())
        }

        @Test func argumentsArriveUnchanged() async throws {
            let arguments = ["", " ", "a b", "\"'\\$(x)`y`", "line\nbreak", "é 日本", String(repeating: "x", count: 100_000)]
            let request = ProcessRequest(
                executable: "/usr/bin/printf", arguments: ["%s|"] + arguments, environment: [:], workingDirectory: "/")
            #expect(try await run(request) == .exited(0))
            #expect(output.text == arguments.map { "\($0)|" }.joined())
        }

        @Test func commandStartsInTheWorkingDirectory() async throws {
            #expect(try await run(.bash("pwd -P", in: "/usr/bin")) == .exited(0))
            #expect(output.text == "/usr/bin\n")
        }

        @Test func commandInheritsNoDescriptorsAndNoSignalSettings() async throws {
            let script = "ls /proc/self/fd; grep -E 'Sig(Blk|Ign)' /proc/self/status"
            #expect(try await run(.bash(script)) == .exited(0))
            let none = "0000000000000000"
            #expect(output.text == "0\n1\n2\n3\nSigBlk:\t\(none)\nSigIgn:\t\(none)\n")
        }

        @Test func commandLeadsItsOwnSessionAndGroup() async throws {
            #expect(
                try await run(
                    .bash("read -r pid _ _ _ group session _ < /proc/self/stat; [ $pid = $$ ] && echo $((pid - group)) $((pid - session))"))
                    == .exited(0))
            #expect(output.text == "0 0\n")
        }

        @Test func keeperShowsNothingOfTheRequest() async throws {
            let request = ProcessRequest.bash("tr '\\0' '|' < /proc/$PPID/cmdline; wc -c < /proc/$PPID/environ; readlink /proc/$PPID/cwd")
            #expect(try await run(request) == .exited(0))
            #expect(output.text == "apus-keeper|0\n/\n")
        }

        @Test func outputHeldOpenByAnOrphanDoesNotDelayTheEnd() async throws {
            let mark = Mark()
            let started = ContinuousClock.now
            #expect(try await run(.bash("(setsid sleep 1000 &); echo done", mark: mark)) == .exited(0))
            #expect(ContinuousClock.now - started < .seconds(20))
            #expect(output.text == "done\n")
            #expect(mark.processes == [])
        }

        @Test func fiftyCommandsRunAtOnceEachWithItsOwnOutput() async throws {
            let table = table
            let results = try await withThrowingTaskGroup(of: (Int, ProcessEnd, String).self) { group in
                for number in 0..<50 {
                    group.addTask {
                        let output = Collector()
                        let end = try await table.run(.bash("echo \(number); exit \(number)"), timeout: .seconds(30)) { output.add($0) }
                        return (number, end, output.text)
                    }
                }
                return try await group.reduce(into: [Int: [String]]()) { $0[$1.0] = ["\($1.1)", $1.2] }
            }
            let expected = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, ["\(ProcessEnd.exited(Int32($0)))", "\($0)\n"]) })
            #expect(results == expected)
            #expect(table.running == [])
        }

        @Test func runningListsACommandUntilItsTreeIsGone() async throws {
            let table = table
            let output = output
            async let end = table.run(.bash("echo $$; sleep 1000"), timeout: .seconds(30)) { output.add($0) }
            #expect(await eventually { output.text.hasSuffix("\n") && !table.running.isEmpty })
            #expect(table.running.map { "\($0.pid)\n" } == [output.text])
            #expect(table.running.map(\.executable) == ["bash"])
            await table.terminateAll(within: .seconds(10))
            #expect(try await end == .interrupted(.signaled(15)))
            #expect(table.running == [])
        }

        @Test func terminateAllKillsWhatIgnoresSigtermWithinItsLimit() async throws {
            let table = table
            let output = output
            let mark = Mark()
            async let end = table.run(.bash(fugitives + "echo ready; wait", mark: mark, grace: .seconds(60)), timeout: .seconds(60)) {
                output.add($0)
            }
            #expect(await eventually { output.text == "ready\n" })
            let started = ContinuousClock.now
            await table.terminateAll(within: .seconds(2))
            #expect(ContinuousClock.now - started < .seconds(20))
            #expect(mark.processes == [])
            #expect(try await end == .interrupted(.signaled(9)))
        }

        @Test func terminateAllWithNothingRunningReturnsAtOnce() async {
            await table.terminateAll(within: .seconds(600))
            #expect(table.running == [])
        }

        @Test func nothingIsLeftBehindInTheOwningProcess() async throws {
            let request = ProcessRequest(
                executable: Built.owner, arguments: [Built.keeper, "count", "20"], environment: ["PATH": "/usr/bin:/bin"],
                workingDirectory: "/")
            #expect(try await run(request, timeout: .seconds(50)) == .exited(0))
            #expect(output.text == "descriptors 0, children 0, running 0\n")
        }
    }
}
