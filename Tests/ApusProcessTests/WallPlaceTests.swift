#if os(Linux)
    import ApusBase
    import ApusCore
    import ApusProcess
    import Foundation
    import Testing

    extension RealProcesses {
        /// Single places of the wall, as commands find them.
        @Suite(.enabled(if: KernelFeatures.canStandIn, "needs user and mount namespaces"), .timeLimit(.minutes(5)))
        final class WallPlaceTests: Sendable {
            private let table = ProcessTable(keeper: .path(Built.keeper))
            private let folder: String

            init() throws {
                folder = "/tmp/apus-places-" + randomToken(length: 12)
                for name in ["main/.git/refs", "tree", "private"] {
                    try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
                }
                try write("main head", to: "main/.git/HEAD")
                try write("secret", to: "main/beside")
            }

            deinit { try? FileManager.default.removeItem(atPath: folder) }

            private func write(_ text: String, to name: String) throws {
                try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
            }

            private func read(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

            /// What a command says behind a wall that replaces `/tmp`.
            private func output(of command: String, _ change: (inout Confinement) -> Void) async throws -> String {
                var confinement = Confinement(
                    level: .low, temporary: "\(folder)/private", maximumProcesses: 64, maximumWrittenBytes: 1 << 30)
                change(&confinement)
                var request = ProcessRequest.bash(command)
                request.confinement = confinement
                let output = Collector()
                let end = try await table.run(request, timeout: .seconds(60)) { output.add($0) }
                #expect(end == .exited(0), "\(output.text)")
                return output.text
            }

            @Test(arguments: [true, false])
            func whatIsVisibleAndProtectedIsSeenAndNotChanged(isWritable: Bool) async throws {
                let git = "\(folder)/main/.git"
                let text = try await output(
                    of:
                        "cat \(git)/HEAD; echo x 2>/dev/null > \(git)/HEAD; mkdir \(git)/new 2>/dev/null; test -e \(folder)/main/beside || echo gone"
                ) {
                    $0.writable = ["\(folder)/tree"] + (isWritable ? [git] : [])
                    $0.visible = [git]
                    $0.protected = [git, git + "/hooks"]
                }
                #expect(text == "main head" + "gone\n")
                #expect(try read("main/.git/HEAD") == "main head")
                #expect(try FileManager.default.contentsOfDirectory(atPath: git).sorted() == ["HEAD", "refs"])
            }

            /// Inside something that can be changed it stays where it is, too.
            @Test func whatIsVisibleAndProtectedInsideAWritablePlaceCannotBeMovedAway() async throws {
                let text = try await output(of: "mv \(folder)/main \(folder)/other 2>/dev/null || echo stays; cat \(folder)/main/.git/HEAD")
                {
                    $0.writable = [folder]
                    $0.visible = ["\(folder)/main/.git"]
                    $0.protected = ["\(folder)/main/.git"]
                }
                #expect(text == "stays\nmain head")
            }

            @Test func aStandInIsSeenInPlaceOfAFolderAndCannotBeChangedOrMoved() async throws {
                try write("what was checked", to: "private/checked")
                for name in ["tree/hooks", "copy"] {
                    try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
                }
                try write("what came later", to: "tree/hooks/run")
                try write("only there", to: "tree/hooks/more")
                try write("what was checked", to: "copy/run")
                let hooks = "\(folder)/tree/hooks"
                let text = try await output(
                    of:
                        "cd \(folder)/tree; cat hooks/run; ls hooks; echo x 2>/dev/null > hooks/run || mv hooks h 2>/dev/null || rm -r hooks/run "
                        + "2>/dev/null || echo held; test -e \(folder)/copy || echo hidden"
                ) {
                    $0.writable = ["\(folder)/tree"]
                    $0.standIns = [hooks: "\(folder)/copy"]
                }
                #expect(text == "what was checkedrun\nheld\nhidden\n")
                #expect(try read("tree/hooks/run") == "what came later" && read("copy/run") == "what was checked")
            }

            @Test func aFileCanBeStoodInForAsWell() async throws {
                try write("later", to: "tree/file")
                try write("checked", to: "copy")
                let text = try await output(of: "cat \(folder)/tree/file") {
                    $0.visible = ["\(folder)/tree"]
                    $0.standIns = ["\(folder)/tree/file": "\(folder)/copy"]
                }
                #expect(text == "checked")
            }

            /// What would be seen otherwise is what must not be seen.
            @Test(arguments: [true, false]) func withoutItNothingRuns(isThere: Bool) async throws {
                try write("later", to: "tree/file")
                if isThere { try write("checked", to: "copy") }
                var request = ProcessRequest.bash("echo ran")
                request.confinement = Confinement(level: .low, maximumProcesses: 64, maximumWrittenBytes: 1 << 30)
                request.confinement?.standIns = ["\(folder)/tree/file": "\(folder)/copy"]
                // As where the kernel has no view of the file system to offer.
                if isThere { request.leftOut = .mounts }
                let output = Collector()
                await #expect(throws: SpawnError.self) { try await self.table.run(request, timeout: .seconds(60)) { output.add($0) } }
                #expect(output.text == "")
            }
        }
    }
#endif
