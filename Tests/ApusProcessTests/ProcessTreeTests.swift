import ApusProcess
import Testing

#if canImport(Glibc)
    import Glibc
#endif

extension RealProcesses {
    /// Nothing of a tree is left, whatever ended it.
    @Suite(.timeLimit(.minutes(5)))
    struct ProcessTreeTests {
        let table = ProcessTable(keeper: .path(Built.keeper))
        let output = Collector()
        let mark = Mark()

        @Test(arguments: [
            ("sleep 1000", ProcessEnd.Status.signaled(15)),
            ("exec sleep 1000", .signaled(15)),
            ("trap '' TERM; sleep 1000", .signaled(9)),
            ("trap 'exit 0' TERM; sleep 1000 & wait", .exited(0)),
            ("trap 'echo bye; exit 9' TERM; sleep 1000 & wait", .exited(9)),
            ("kill -STOP $$", .signaled(15)),
        ])
        func timeoutSendsSigtermThenSigkillAndSaysWhichWorked(script: String, expected: ProcessEnd.Status) async throws {
            let request = ProcessRequest.bash(script, mark: mark, grace: .milliseconds(300))
            let started = ContinuousClock.now
            #expect(try await table.run(request, timeout: .milliseconds(200)) { _ in } == .timedOut(expected))
            #expect(ContinuousClock.now - started >= .milliseconds(200))
            #expect(mark.processes == [])
        }

        @Test func outputWrittenInAnswerToSigtermIsDelivered() async throws {
            let output = output
            let request = ProcessRequest.bash("trap 'echo bye; exit 1' TERM; echo hi; sleep 1000 & wait", mark: mark)
            #expect(try await table.run(request, timeout: .milliseconds(300)) { output.add($0) } == .timedOut(.exited(1)))
            #expect(output.text == "hi\nbye\n")
        }

        @Test(arguments: [
            ("exec sleep 1000", ProcessEnd.Status.signaled(15)),
            ("trap '' TERM; sleep 1000", .signaled(9)),
            ("trap 'exit 3' TERM; sleep 1000 & wait", .exited(3)),
        ])
        func cancellationInterruptsWithinTheGraceAndASecond(script: String, expected: ProcessEnd.Status) async throws {
            let (table, output) = (table, output)
            let request = ProcessRequest.bash(script, mark: mark, grace: .milliseconds(500))
            let task = Task { try await table.run(request, timeout: .seconds(60)) { output.add($0) } }
            #expect(await eventually { sleepers(of: mark) == 1 })
            let cancelled = ContinuousClock.now
            task.cancel()
            #expect(try await task.value == .interrupted(expected))
            // The promise is a second and a half; the rest is for a busy machine.
            #expect(ContinuousClock.now - cancelled < .seconds(20))
            #expect(mark.processes == [])
        }

        @Test func commandOfACancelledTaskIsNeverStarted() async throws {
            let (table, request) = (table, ProcessRequest.bash("sleep 1000", mark: mark))
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await table.run(request, timeout: .seconds(60)) { _ in }
            }
            task.cancel()
            #expect(try await task.value == .interrupted(.notStarted))
            #expect(mark.processes == [])
        }

        @Test func cancellationAtAnyMomentEndsTheRun() async throws {
            let (table, mark) = (table, mark)
            for step in 0..<60 {
                let task = Task { try await table.run(.bash("sleep 1000", mark: mark), timeout: .seconds(60)) { _ in } }
                let until = ContinuousClock.now + .microseconds(step * 100)
                while ContinuousClock.now < until { await Task.yield() }
                task.cancel()
                guard case .interrupted = try await task.value else {
                    Issue.record("not interrupted at step \(step)")
                    return
                }
            }
            #expect(mark.processes == [])
            #expect(table.running == [])
        }

        @Test func fugitivesAreGoneWhenTheCommandEndsByItself() async throws {
            let (table, output, mark) = (table, output, mark)
            let file = "/tmp/\(mark.value)"
            defer { unlink(file) }
            let request = ProcessRequest.bash(fugitives + "until [ -e \(file) ]; do :; done; echo over; exit 4", mark: mark)
            async let end = table.run(request, timeout: .seconds(30)) { output.add($0) }
            #expect(await eventually { sleepers(of: mark) == fugitiveSleepers })
            close(open(file, O_CREAT | O_WRONLY, 0o600))
            #expect(try await end == .exited(4))
            #expect(output.text == "over\n")
            #expect(mark.processes == [])
        }

        @Test func fugitivesAreGoneAfterATimeout() async throws {
            let mark = mark
            let request = ProcessRequest.bash(fugitives + "wait; sleep 1000", mark: mark, grace: .milliseconds(300))
            async let end = table.run(request, timeout: .seconds(2)) { _ in }
            #expect(await eventually { sleepers(of: mark) == fugitiveSleepers })
            #expect(try await end == .timedOut(.signaled(9)))
            #expect(mark.processes == [])
        }

        @Test func fugitivesAreGoneAfterACancellation() async throws {
            let (table, mark) = (table, mark)
            let request = ProcessRequest.bash(fugitives + "wait; sleep 1000", mark: mark, grace: .milliseconds(300))
            let task = Task { try await table.run(request, timeout: .seconds(60)) { _ in } }
            #expect(await eventually { sleepers(of: mark) == fugitiveSleepers })
            task.cancel()
            #expect(try await task.value == .interrupted(.signaled(9)))
            #expect(mark.processes == [])
        }

        @Test(arguments: [SIGKILL, SIGTERM, SIGINT, SIGHUP])
        func fugitivesAreGoneWithinTwoSecondsOfTheirOwnersDeath(signal: Int32) async throws {
            let owner = try Owner(running: ["bash", "-c", fugitives + "wait; sleep 1000"], mark: mark)
            #expect(await eventually { sleepers(of: mark) == fugitiveSleepers })
            owner.end(by: signal)
            #expect(await eventually(within: .seconds(2)) { mark.processes.isEmpty })
        }

        @Test func commandDiesWithItsKeeperWhenTheOwnerCannotHelp() async throws {
            let owner = try Owner(running: ["sleep", "1000"], mark: mark)
            defer { owner.end(by: SIGKILL) }
            #expect(await eventually { sleepers(of: mark) == 1 })
            let command = try #require(mark.processes.first { $0 != owner.pid })
            let keeper = try #require(parent(of: command))
            kill(owner.pid, SIGSTOP)
            kill(keeper, SIGKILL)
            #expect(await eventually(within: .seconds(2)) { mark.processes == [owner.pid] })
        }

        @Test func commandIsLostWhenItsKeeperIsKilledAndDiesWithIt() async throws {
            let (table, mark) = (table, mark)
            async let end = table.run(.bash("sleep 1000 & sleep 1000 & wait", mark: mark), timeout: .seconds(60)) { _ in }
            #expect(await eventually { sleepers(of: mark) == 2 && !table.running.isEmpty })
            let command = try #require(table.running.first?.pid)
            let keeper = try #require(parent(of: command))
            kill(keeper, SIGKILL)
            guard case .lost(let sentence) = try await end else {
                Issue.record("not lost")
                return
            }
            #expect(sentence.hasPrefix("The keeper of bash (pid \(command)) vanished without a report"))
            #expect(await eventually(within: .seconds(2)) { mark.processes.isEmpty })
        }

        @Test func commandWhoseKeeperIsStoppedIsStillEnded() async throws {
            let (table, mark) = (table, mark)
            async let end = table.run(.bash("sleep 1000", mark: mark, grace: .milliseconds(100)), timeout: .milliseconds(800)) { _ in }
            #expect(await eventually { !table.running.isEmpty })
            let command = try #require(table.running.first?.pid)
            let keeper = try #require(parent(of: command))
            kill(keeper, SIGSTOP)
            #expect(try await end == .timedOut(.unknown))
            #expect(await eventually(within: .seconds(2)) { mark.processes.isEmpty && table.running.isEmpty })
        }

        @Test(
            .disabled(if: getenv("APUS_SANITIZE") != nil, "A sanitizer's runtime ends the storm's forks."),
            arguments: [("chain", 1), ("chain", 4), ("chain", 16), ("burst", 100), ("burst", 500)]
        )
        func forkStormIsOutrun(kind: String, number: Int) async throws {
            let (table, output, mark) = (table, output, mark)
            // It would rage for twenty seconds; gone after ten at most means that it was outrun, however busy the machine is.
            let request = ProcessRequest(
                executable: Built.storm, arguments: [kind, "20000", "\(number)"], environment: ["MARK": mark.value], workingDirectory: "/",
                terminationGrace: .zero)
            let task = Task { try await table.run(request, timeout: .seconds(60)) { output.add($0) } }
            #expect(await eventually { output.text == "ready\n" && mark.processes.count >= 2 })
            task.cancel()
            guard case .interrupted = try await task.value else {
                Issue.record("not interrupted")
                return
            }
            #expect(await eventually(within: .seconds(10)) { mark.processes.isEmpty && table.running.isEmpty })
        }

        func sleepers(of mark: Mark) -> Int {
            mark.processes.count { read("/proc/\($0)/cmdline") == Array("sleep\u{0}1000\u{0}".utf8) }
        }
    }
}
