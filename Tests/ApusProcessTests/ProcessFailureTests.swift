import Testing

@testable import ApusProcess

#if canImport(Glibc)
    import Glibc
#endif

extension RealProcesses {
    @Suite(.timeLimit(.minutes(5)))
    struct ProcessFailureTests {
        func failure(of request: ProcessRequest, keeper: String = Built.keeper) async -> SpawnError? {
            do {
                _ = try await ProcessTable(keeper: .path(keeper)).run(request, timeout: .seconds(20)) { _ in }
                return nil
            } catch {
                return error
            }
        }

        static func program(_ executable: String, _ arguments: [String] = [], in folder: String = "/") -> ProcessRequest {
            ProcessRequest(executable: executable, arguments: arguments, environment: ["PATH": "/usr/bin:/bin"], workingDirectory: folder)
        }

        @Test(arguments: [
            (program("no-such-program"), SpawnError.failed(step: .exec, subject: "no-such-program", errno: ENOENT)),
            (program("/no/such/program"), .failed(step: .exec, subject: "/no/such/program", errno: ENOENT)),
            (program("./bash"), .failed(step: .exec, subject: "./bash", errno: ENOENT)),
            (program("/etc/passwd"), .failed(step: .exec, subject: "/etc/passwd", errno: EACCES)),
            (program("/usr"), .failed(step: .exec, subject: "/usr", errno: EACCES)),
            (program("/bin/true", in: "/no/such/folder"), .failed(step: .directory, subject: "/no/such/folder", errno: ENOENT)),
            (program("/bin/true", in: "/etc/passwd"), .failed(step: .directory, subject: "/etc/passwd", errno: ENOTDIR)),
            (program("/bin/true", [String(repeating: "x", count: 200_000)]), .failed(step: .exec, subject: "/bin/true", errno: E2BIG)),
            (
                program("/bin/true", [String](repeating: String(repeating: "x", count: 100_000), count: 30)),
                .failed(step: .exec, subject: "/bin/true", errno: E2BIG)
            ),
        ])
        func stepAndErrorOfAFailedStartAreReported(request: ProcessRequest, expected: SpawnError) async {
            #expect(await failure(of: request) == expected)
        }

        @Test func relativePathCountsFromTheWorkingDirectory() async throws {
            let end = try await ProcessTable(keeper: .path(Built.keeper)).run(Self.program("./true", in: "/bin"), timeout: .seconds(20)) {
                _ in
            }
            #expect(end == .exited(0))
        }

        @Test(arguments: [
            (program(""), "The command names no program."),
            (program("a\0b"), "A NUL byte in the program's name: no process can be given one."),
            (program("a", ["b\0"]), "A NUL byte in argument 1 of a: no process can be given one."),
            (program("a", in: "b"), "The working directory \"b\" is not an absolute path."),
        ])
        func requestThatNoProcessCanBeGivenIsRefusedWithASentence(request: ProcessRequest, sentence: String) async {
            #expect(await failure(of: request) == .invalidRequest(sentence))
        }

        @Test(arguments: ["", "A=B"])
        func environmentNameThatIsNoneIsRefused(name: String) async {
            let request = ProcessRequest(executable: "/bin/true", environment: [name: "x"], workingDirectory: "/")
            #expect(await failure(of: request) == .invalidRequest("The environment name \"\(name)\" is empty or contains \"=\"."))
        }

        @Test func requestOverTheLimitIsRefusedBeforeAKeeperStarts() async {
            let request = Self.program("/bin/true", [String](repeating: String(repeating: "x", count: 1 << 20), count: 4))
            #expect(throws: SpawnError.self) { try launchFrame(request) }
            let sentence = await failure(of: request)?.description ?? ""
            #expect(sentence.hasPrefix("The arguments and environment of /bin/true take 4194") && sentence.contains("4194304 is the limit"))
        }

        @Test(arguments: ["/no/such/keeper", "/etc/passwd"])
        func missingKeeperIsNamed(path: String) async {
            #expect(await failure(of: Self.program("/bin/true"), keeper: path) == .keeperNotFound(looked: [path]))
        }

        @Test func keeperThatCannotBeExecutedIsNamed() async {
            #expect(await failure(of: Self.program("/bin/true"), keeper: "/usr") == .keeperFailed(path: "/usr", errno: EACCES))
        }

        @Test func programThatIsNoKeeperLosesTheCommand() async throws {
            let end = try await ProcessTable(keeper: .path("/bin/true")).run(Self.program("/bin/ls"), timeout: .seconds(20)) { _ in }
            #expect(end == .lost("The keeper of /bin/ls vanished before it started the command; nothing is known to have run."))
        }

        /// A program in a folder of its own that somebody still holds open for writing.
        private final class BusyProgram {
            let folder: String
            private(set) var writer: Int32

            init() throws {
                var name = Array("/tmp/apus-busy-XXXXXX".utf8CString)
                folder = String(cString: try #require(mkdtemp(&name)))
                writer = open("\(folder)/busy", O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
                let script = Array("#!/bin/sh\nexit 7\n".utf8)
                try #require(write(writer, script, script.count) == script.count)
            }

            /// Its processes before they have become the program: keepers' children that have entered its folder.
            var isTried: Bool {
                numbers(in: "/proc").contains { folder == link("/proc/\($0)/cwd") && Built.keeper == link("/proc/\($0)/exe") }
            }

            private func link(_ path: String) -> String {
                var room = [CChar](repeating: 0, count: 4096)
                let count = max(readlink(path, &room, room.count), 0)
                return String(decoding: room[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
            }

            func close() {
                _ = Glibc.close(writer)
                writer = -1
            }

            deinit {
                if writer >= 0 { close() }
                unlink("\(folder)/busy")
                rmdir(folder)
            }
        }

        @Test func programThatIsStillBeingWrittenIsWaitedFor() async throws {
            let program = try BusyProgram()
            let request = Self.program("./busy", in: program.folder)
            async let end = ProcessTable(keeper: .path(Built.keeper)).run(request, timeout: .seconds(20)) { _ in }
            #expect(await eventually { program.isTried })
            program.close()
            #expect(try await end == .exited(7))
        }

        @Test func programThatStaysBusyIsReported() async throws {
            let program = try BusyProgram()
            let expected = SpawnError.failed(step: .exec, subject: "./busy", errno: ETXTBSY)
            #expect(await failure(of: Self.program("./busy", in: program.folder)) == expected)
        }

        @Test func programOfADeadFolderIsNotFoundInAnEmptyPathEntry() async {
            let request = ProcessRequest(executable: "true", environment: ["PATH": ":/no/such:"], workingDirectory: "/bin")
            #expect(await failure(of: request) == .failed(step: .exec, subject: "true", errno: ENOENT))
        }
    }
}
