import ApusBase
import ApusCore
import ApusTesting
import Synchronization
import Testing

@testable import ApusProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

extension RealProcesses {
    /// Real commands at a desk, and what the log hears of them.
    @Suite(.timeLimit(.minutes(5)))
    struct CommandDeskTests {
        struct WallClock: TimeSource {
            /// Milliseconds that are added.
            let ahead = Ahead()

            final class Ahead: Sendable {
                let value = Mutex<Timestamp>(0)
            }

            var now: Timestamp {
                var spec = timespec()
                clock_gettime(CLOCK_REALTIME, &spec)
                return Timestamp(spec.tv_sec) * 1_000 + Timestamp(spec.tv_nsec) / 1_000_000 + ahead.value.withLock { $0 }
            }

            func sleep(for duration: Duration) async throws(CancellationError) {
                do { try await Task.sleep(for: duration) } catch { throw CancellationError() }
            }
        }

        /// A desk, and everything that the log was told.
        final class House: Sendable {
            let mark = Mark()
            let clock = WallClock()
            let notices = Mutex<[(session: SessionID, notice: SessionNotice)]>([])
            let fault = Mutex<String?>(nil)
            /// Sessions that are held, and what was told of those that were not.
            let held = Mutex<[SessionID]>([])
            let toldUnheld = Mutex<[SessionNotice]>([])
            let holdFault = Mutex<ProcessDeskError?>(nil)
            /// Before a session is held, and before a notice is taken.
            let beforeHold = Mutex<(@Sendable () async -> Void)?>(nil)
            let beforeNote = Mutex<(@Sendable () async -> Void)?>(nil)
            let startLimit = Mutex(Duration.seconds(60))

            func serving<Result: Sendable>(_ body: (CommandDesk) async throws -> Result) async throws -> Result {
                let table = ProcessTable(keeper: .path(Built.keeper))
                var services = CommandDesk.Services(
                    prepare: { [mark] command, words in
                        ProcessRequest(
                            executable: words[0], arguments: Array(words.dropFirst()),
                            environment: ["PATH": "/usr/bin:/bin", "MARK": mark.value],
                            workingDirectory: command.workingDirectory ?? "/")
                    },
                    hold: { [self] (session, body) async throws(ProcessDeskError) in
                        await beforeHold.withLock { $0 }?()
                        if let fault = holdFault.withLock({ $0 }) { throw fault }
                        held.withLock { $0.append(session) }
                        await body()
                        held.withLock { list in list.firstIndex(of: session).map { _ = list.remove(at: $0) } ?? () }
                    },
                    note: { [self] notice, session in
                        await beforeNote.withLock { $0 }?()
                        if !held.withLock({ $0.contains(session) }) { toldUnheld.withLock { $0.append(notice) } }
                        notices.withLock { $0.append((session, notice)) }
                        return fault.withLock { $0 }
                    }, time: clock)
                services.startLimit = startLimit.withLock { $0 }
                let desk = CommandDesk(processes: table, services: services)
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await desk.run() }
                    let result: Swift.Result<Result, any Error>
                    do { result = .success(try await body(desk)) } catch { result = .failure(error) }
                    await desk.shutDown()
                    try await group.waitForAll()
                    return try result.get()
                }
            }

            var changes: [ProcessChange] {
                notices.withLock { list in list.compactMap { if case .processChanged(let change) = $0.notice { change } else { nil } } }
            }

            var outputs: [ProcessOutput] {
                notices.withLock { list in list.compactMap { if case .processWrote(let output) = $0.notice { output } else { nil } } }
            }

            func end(of process: SessionProcess) async -> ProcessChange? {
                _ = await eventually { changes.contains { $0.process.id == process.id && $0.reason != .started } }
                return changes.last { $0.process.id == process.id && $0.reason != .started }
            }
        }

        private func bash(_ script: String, timeout: Duration? = nil, session: SessionID = "s") -> ProcessCommand {
            ProcessCommand(session: session, command: CommandWords.quoted(["bash", "-c", script]), timeout: timeout)
        }

        @Test func bothStreamsAreKeptAndToldUnderTheirNames() async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("echo out; echo err >&2"))
                #expect(process.state == .running)
                let end = try #require(await house.end(of: process))
                #expect(end.reason == .completed)
                #expect(end.previous == .running)
                #expect(end.process.exitCode == 0)
                let page = try #require(desk.output(of: process.id, after: 0, limit: 200, stream: nil))
                #expect(page.process == end.process)
                #expect(Set(page.chunks.map { "\($0.stream.rawValue) \($0.text)" }) == ["stdout out\n", "stderr err\n"])
                #expect(page.chunks.map(\.seq) == [1, 2])
                #expect(desk.output(of: process.id, after: 0, limit: 200, stream: .stderr)?.chunks.map(\.text) == ["err\n"])
                #expect(house.outputs.flatMap(\.chunks) == page.chunks)
                #expect(house.changes.map(\.reason) == [.started, .completed])
                #expect(house.notices.withLock { $0.map(\.session) }.allSatisfy { $0 == "s" })
            }
        }

        /// Opening it for every word would cost as much as the session is long, and take it from whoever comes meanwhile.
        @Test func aSessionIsHeldFromTheStartOfItsProcessToTheLastWord() async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("for i in 1 2 3 4 5; do echo $i; sleep 0.1; done"))
                #expect(house.held.withLock { $0 } == ["s"])
                _ = await house.end(of: process)
                await #expect(throws: ProcessDeskError.self) {
                    try await desk.start(ProcessCommand(session: "s", command: "no-such-program"))
                }
                #expect(await eventually { house.held.withLock { $0.isEmpty } })
            }
            #expect(!house.outputs.isEmpty)
            #expect(house.toldUnheld.withLock { $0 } == [])
        }

        @Test func nothingStartsInASessionThatCannotBeOpened() async throws {
            let house = House()
            house.holdFault.withLock { $0 = .session(.log(.inUse("s", process: 7))) }
            try await house.serving { desk in
                await #expect(throws: ProcessDeskError.session(.log(.inUse("s", process: 7)))) { try await desk.start(bash("sleep 1000")) }
                #expect(desk.processes(of: nil).isEmpty)
                #expect(house.mark.processes.isEmpty)
            }
            #expect(house.notices.withLock { $0.isEmpty })
        }

        private func one(_ script: String) -> ProcessCommand {
            var command = bash(script)
            command.bounds.maximumRunning = 1
            return command
        }

        /// A session that cannot be opened for minutes holds up who asked, for a while, and nobody else.
        @Test func aStartThatTakesTooLongIsGivenUpAndItsPlaceIsFree() async throws {
            let house = House()
            let gate = Gate()
            house.startLimit.withLock { $0 = .milliseconds(1) }
            house.beforeHold.withLock { $0 = { _ = await gate.pass() } }
            try await house.serving { desk in
                let late = ProcessDeskError.notStarted("The command had not started after 0.001 seconds, and was given up.")
                await #expect(throws: late) { try await desk.start(one("sleep 1000")) }
                await #expect(throws: late) { try await desk.start(one("sleep 1000")) }
                gate.open()
            }
            #expect(house.notices.withLock { $0.isEmpty })
            #expect(house.mark.processes.isEmpty)
        }

        @Test func aStartThatNobodyWaitsForIsGivenUpAndItsPlaceIsFree() async throws {
            let house = House()
            let gate = Gate()
            house.beforeHold.withLock { $0 = { _ = await gate.pass() } }
            try await house.serving { desk in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await #expect(throws: ProcessDeskError.self) { try await desk.start(one("sleep 1000")) } }
                    await #expect(throws: Never.self) { try await gate.reached() }
                    group.cancelAll()
                }
                house.beforeHold.withLock { $0 = nil }
                let next = try await desk.start(one("sleep 1000"))
                gate.open()
                #expect(desk.processes(of: nil) == [next])
            }
            #expect(Set(house.changes.map(\.process.command)).count == 1 && house.changes.map(\.reason) == [.started, .killed])
        }

        /// The program ran when the log did not take it: it is ended, and told from its start to its end when the log goes on.
        @Test func aProcessWhoseStartIsNotToldInTimeIsEnded() async throws {
            let house = House()
            let gate = Gate()
            house.beforeNote.withLock { $0 = { _ = await gate.pass() } }
            try await house.serving { desk in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await #expect(throws: ProcessDeskError.self) { try await desk.start(one("sleep 1000")) } }
                    await #expect(throws: Never.self) { try await gate.reached() }
                    group.cancelAll()
                }
                #expect(await eventually { house.mark.processes.isEmpty })
                gate.open()
                #expect(await eventually { house.changes.map(\.reason) == [.started, .killed] })
            }
        }

        @Test func whatIsOverIsNotRememberedAsEnded() async throws {
            let table = ProcessTable(keeper: .path(Built.keeper))
            let id = table.makeID()
            table.end(id, CommandEnding(.kill, grace: .zero))
            let request = ProcessRequest(executable: "true", arguments: [], environment: ["PATH": "/usr/bin:/bin"], workingDirectory: "/")
            let end = try await table.runApart(request, as: id, timeout: .seconds(60)) { _ in
            } output: { _, _ in
            }
            #expect(end == .exited(0))
            table.end(id, CommandEnding(.kill, grace: .zero))
            #expect(!table.loop.isInterrupted(id.number))
        }

        @Test(arguments: [
            ("exit 3", ProcessChange.Reason.failed, Int32?(3), String?.none), ("kill -SEGV $$", .failed, nil, "SIGSEGV"),
            ("true", .completed, 0, nil),
        ])
        func theEndHasItsStateAndItsCode(script: String, reason: ProcessChange.Reason, code: Int32?, signal: String?) async throws {
            let house = House()
            try await house.serving { desk in
                let end = try #require(await house.end(of: try await desk.start(bash(script))))
                #expect(end.reason == reason)
                #expect(end.process.state.rawValue == reason.rawValue)
                #expect(end.process.exitCode == code)
                #expect(end.signal == signal)
            }
        }

        @Test(arguments: ProcessSignal.allCases)
        func aKilledProcessEndsKilledWithItsTree(signal: ProcessSignal) async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("(setsid sleep 1000 &) ; sleep 1000 & echo up; wait"))
                #expect(await eventually { desk.output(of: process.id, after: 0, limit: 1, stream: nil)?.chunks.isEmpty == false })
                #expect(desk.kill(process.id, with: signal))
                let end = try #require(await house.end(of: process))
                #expect(end.reason == .killed)
                #expect(end.signal == signal.rawValue)
                #expect(!desk.kill(process.id, with: signal))
                #expect(house.mark.processes.isEmpty)
            }
        }

        @Test func aProcessMayAnswerSIGINTAndIsKilledAllTheSame() async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("trap 'echo heard; exit 7' INT; echo up; while :; do sleep 0.01; done"))
                #expect(await eventually { desk.output(of: process.id, after: 0, limit: 1, stream: nil)?.chunks.isEmpty == false })
                #expect(desk.kill(process.id, with: .interrupt))
                let end = try #require(await house.end(of: process))
                #expect(end.process.state == .killed)
                #expect(end.process.exitCode == 7)
                #expect(desk.output(of: process.id, after: 1, limit: 9, stream: nil)?.chunks.map(\.text).joined() == "heard\n")
            }
        }

        @Test func theTimeOfAProcessIsOver() async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("sleep 1000", timeout: .milliseconds(100)))
                #expect(process.timeoutMilliseconds == 100)
                let end = try #require(await house.end(of: process))
                #expect(end.process.state == .timeout)
                #expect(end.signal == "SIGTERM")
                #expect(house.mark.processes.isEmpty)
            }
        }

        @Test func onlySoManyRunAtTheSameTimeOverAllSessions() async throws {
            let house = House()
            try await house.serving { desk in
                var first = bash("sleep 1000", session: "a")
                first.bounds.maximumRunning = 2
                let process = try await desk.start(first)
                var second = first
                second.session = "b"
                _ = try await desk.start(second)
                await #expect(throws: ProcessDeskError.tooMany(limit: 2)) { try await desk.start(second) }
                #expect(desk.processes(of: "a") == [process])
                #expect(desk.processes(of: nil).count == 2)
                #expect(desk.kill(process.id, with: .kill))
                _ = await house.end(of: process)
                _ = try await desk.start(second)
            }
        }

        @Test func whatCannotBeStartedIsToldAndForgotten() async throws {
            let house = House()
            try await house.serving { desk in
                await #expect(throws: ProcessDeskError.notStarted("No program named \"no-such-program\" in PATH.")) {
                    try await desk.start(ProcessCommand(session: "s", command: "no-such-program x"))
                }
                #expect(house.changes.map(\.reason) == [.notStarted])
                #expect(house.changes.map(\.process.pid) == [0])
                #expect(desk.processes(of: nil).isEmpty)
                await #expect(throws: ProcessDeskError.badCommand("The command has a ' without its end.")) {
                    try await desk.start(ProcessCommand(session: "s", command: "echo 'a"))
                }
            }
        }

        @Test func nothingRunsThatTheLogDidNotTake() async throws {
            let house = House()
            house.fault.withLock { $0 = "The disk is full." }
            try await house.serving { desk in
                await #expect(
                    throws: ProcessDeskError.notStarted(
                        "The command was ended again, because it could not be recorded. The disk is full.")
                ) { try await desk.start(bash("sleep 1000")) }
                #expect(desk.processes(of: nil).isEmpty)
                #expect(await eventually { house.mark.processes.isEmpty })
            }
        }

        @Test func finishedOnesAreKnownForAWhile() async throws {
            let house = House()
            try await house.serving { desk in
                let process = try await desk.start(bash("echo x"))
                _ = await house.end(of: process)
                house.clock.ahead.value.withLock { $0 = 299_000 }
                #expect(desk.process(process.id) != nil)
                house.clock.ahead.value.withLock { $0 = 400_000 }
                #expect(desk.process(process.id) == nil)
                #expect(desk.output(of: process.id, after: 0, limit: 1, stream: nil) == nil)
            }
        }

        @Test func theEndOfASessionEndsItsProcessesAndNoOthers() async throws {
            let house = House()
            try await house.serving { desk in
                let gone = try await desk.start(bash("sleep 1000", session: "a"))
                let stays = try await desk.start(bash("sleep 1000", session: "b"))
                desk.endAll(of: "a")
                #expect(await house.end(of: gone)?.process.state == .killed)
                #expect(desk.process(stays.id)?.state == .running)
            }
        }

        @Test func theDeskClosesWithNothingLeftAndTheLogKnows() async throws {
            let house = House()
            let process = try await house.serving { desk in try await desk.start(bash(fugitives + "echo up; wait")) }
            #expect(house.changes.last { $0.process.id == process.id }?.reason == .killed)
            #expect(house.mark.processes.isEmpty)
        }

        @Test func aClosedDeskStartsNothing() async throws {
            let house = House()
            let desk = try await house.serving { $0 }
            await #expect(throws: ProcessDeskError.closing) { try await desk.start(bash("true")) }
            #expect(house.notices.withLock { $0.isEmpty })
        }

        @Test func aLoudProcessFillsNeitherMemoryNorLog() async throws {
            let house = House()
            try await house.serving { desk in
                var command = bash("head -c 20000000 /dev/zero | tr '\\0' x; echo; echo done")
                command.bounds.outputBytes = 100_000
                command.bounds.toldBytes = 200_000
                let process = try await desk.start(command)
                #expect(await house.end(of: process)?.process.state == .completed)
                let told = house.outputs.flatMap(\.chunks).reduce(0) { $0 + $1.text.utf8.count }
                #expect(told <= 200_000)
                let untold = house.outputs.map(\.untoldBytes).filter { $0 > 0 }
                #expect((1...2).contains(untold.count))
                #expect(told + (untold.last ?? 0) == 20_000_006)
                let kept = try #require(desk.output(of: process.id, after: 0, limit: 500, stream: nil)).chunks
                #expect(kept.reduce(0) { $0 + $1.text.utf8.count } <= 200_000)
                #expect(kept.last?.text.hasSuffix("done\n") == true)
                #expect(house.outputs.allSatisfy { $0.chunks.count <= ProcessOutput.maximumChunks })
            }
        }
    }
}
