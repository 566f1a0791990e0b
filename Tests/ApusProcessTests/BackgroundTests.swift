import ApusBase
import CSandbox
import Testing

@testable import ApusProcess

#if canImport(Glibc)
    import Glibc
#endif

extension RealProcesses {
    /// Commands that outlive the table that started them.
    @Suite(.timeLimit(.minutes(5)))
    final class BackgroundTests {
        let mark = Mark()
        let folder: String

        init() {
            folder = "/tmp/apus-background-\(UInt64.random(in: .min ... .max))"
            mkdir(folder, 0o700)
        }

        deinit {
            for pid in mark.processes { kill(pid, SIGKILL) }
            for name in ["output.log", "output.1.log", "end", "end.new"] { unlink(folder + "/" + name) }
            rmdir(folder)
        }

        private func start(_ script: String, grace: Duration = .seconds(5), keeping: Bool = true) async throws -> StartedCommand? {
            let table = ProcessTable(keeper: .path(Built.keeper))
            let command = try await table.startInBackground(.bash(script, mark: mark, grace: grace), logFolder: folder) { _ in keeping }
            // What a run does at its end; the table's own end comes right after.
            await table.terminateAll(within: .seconds(4))
            return command
        }

        private func text(_ name: String) -> String { String(decoding: read("\(folder)/\(name)"), as: UTF8.self) }

        @Test func aTreeOutlivesItsTableAndEndsWhole() async throws {
            let command = try #require(try await start(fugitives + "wait", grace: .milliseconds(200)))
            #expect(await eventually { mark.processes.count > fugitiveSleepers })
            #expect(command.keeper.isInProcessTable)
            #expect(KeeperProcess.end(command.keeper, within: .seconds(20)) == .ended)
            #expect(mark.processes.isEmpty)
            #expect(!command.keeper.isInProcessTable)
            #expect(KeeperProcess.end(command.keeper, within: .zero) == .wasOver)
            #expect(text("end") == "signal 9 asked\n")
        }

        @Test func whatIsNotRecordedIsEnded() async throws {
            #expect(try await start("sleep 1000 & sleep 1000", keeping: false) == nil)
            #expect(mark.processes.isEmpty)
        }

        @Test func aCommandThatLeavesAServerBehindGoesOn() async throws {
            let command = try #require(try await start("sleep 1000 & echo started"))
            #expect(await eventually { text("output.log") == "started\n" })
            #expect(await eventually { kill(command.pid, 0) != 0 })
            #expect(mark.processes.count == 1)
            #expect(command.keeper.isInProcessTable)
            #expect(KeeperProcess.end(command.keeper, within: .seconds(20)) == .ended)
            #expect(mark.processes.isEmpty)
            #expect(text("end") == "code 0 asked\n")
        }

        @Test func killingTheCommandEndsItsTree() async throws {
            let command = try #require(try await start("setsid sleep 1000 & sleep 1000; true"))
            #expect(await eventually { mark.processes.count == 3 })
            kill(command.pid, SIGTERM)
            #expect(await eventually { !command.keeper.isInProcessTable })
            #expect(mark.processes.isEmpty)
            #expect(text("end") == "signal 15\n")
        }

        @Test func aCommandThatEndsByItselfLeavesItsCodeAndItsOutput() async throws {
            let command = try #require(try await start("echo out; echo err >&2; exit 3"))
            #expect(await eventually { !command.keeper.isInProcessTable })
            #expect(text("output.log") == "out\nerr\n")
            #expect(text("end") == "code 3\n")
            var status = stat()
            #expect(stat("\(folder)/output.log", &status) == 0 && status.st_mode & 0o777 == 0o600)
        }

        @Test func aProgramThatDoesNotExistIsAnError() async throws {
            let table = ProcessTable(keeper: .path(Built.keeper))
            let request = ProcessRequest(executable: "/no/such/program", environment: [:], workingDirectory: "/")
            await #expect(throws: SpawnError.failed(step: .exec, subject: "/no/such/program", errno: ENOENT)) {
                try await table.startInBackground(request, logFolder: folder) { _ in true }
            }
        }

        @Test func aLogThatExistsIsNotWrittenTo() async throws {
            symlink("/etc/passwd", "\(folder)/output.log")
            let table = ProcessTable(keeper: .path(Built.keeper))
            await #expect(throws: SpawnError.failed(step: .log, subject: "bash", errno: EEXIST)) {
                try await table.startInBackground(.bash("true", mark: mark), logFolder: folder) { _ in true }
            }
        }

        /// Two logs of 16 MiB at most, always the newest output.
        @Test func aLoudCommandCannotFillTheDisk() async throws {
            let line = String(repeating: "x", count: 99)
            let command = try #require(
                try await start("yes \(line) | head -c 50000000; echo; echo the end"))
            #expect(await eventually(within: .seconds(40)) { !command.keeper.isInProcessTable })
            let sizes = ["output.log", "output.1.log"].map { read("\(folder)/\($0)").count }
            #expect(sizes.allSatisfy { $0 <= Int(APUS_LOG_LIMIT) && $0 > 0 })
            #expect(text("output.log").hasSuffix("\nthe end\n"))
        }

        /// The record names a keeper that is gone, and another process has its number now.
        @Test func aStrangerWithTheNumberIsNeverSignalled() async throws {
            let stranger = try #require(try await start("sleep 1000"))
            var old = stranger.keeper
            old.startTime -= 1
            #expect(!old.isInProcessTable)
            #expect(KeeperProcess.end(old, within: .zero) == .wasOver)
            var otherBoot = stranger.keeper
            otherBoot.boot = "another"
            #expect(KeeperProcess.end(otherBoot, within: .zero) == .wasOver)
            #expect(stranger.keeper.isInProcessTable && mark.processes.count == 1)
            #expect(KeeperProcess.end(stranger.keeper, within: .seconds(20)) == .ended)
        }

        @Test func aBackgroundTreeThatWasNotLetGoDiesWithItsOwner() async throws {
            let frame = try launchFrame(
                .bash("sleep 1000 & sleep 1000", mark: mark), policy: Int(APUS_POLICY_BACKGROUND), logFolder: folder)
            var channel = try KeeperChannel(path: Built.keeper, frame: frame)
            #expect(await eventually { !channel.readReports().reports.isEmpty })
            channel.closeControl()
            #expect(await eventually { channel.reap() })
            #expect(mark.processes.isEmpty)
        }
    }
}
