import ApusBase
import ApusTestServer
import Foundation
import Testing

/// What `apus daemon --opta --opta-home` leaves for its clients (`opta-v3.md` §1).
@Suite struct OptaFilesTests {
    @Test func theFilesAreAsClientsExpectThem() async throws {
        try await withOpta { daemon async throws in
            let state = try daemon.text("state.json")
            let form =
                /\{\n  "pid": (\d+),\n  "daemonId": "daemon_[A-Za-z0-9_-]{8}",\n  "host": "127\.0\.0\.1",\n  "port": (\d+),\n  "token": "([0-9a-f]{48})",\n  "startedAt": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",\n  "logsPath": "([^"]+)"\n\}/
            let match = try #require(state.wholeMatch(of: form), "\(state)")
            #expect(match.output.1 == "\(daemon.process.pid)")
            #expect(match.output.2 == "\(daemon.port)")
            #expect(match.output.4 == "\(daemon.folder)/daemon.log")
            #expect(try daemon.text("token") == match.output.3)
            #expect(try daemon.text("daemon.pid") == "\(daemon.process.pid)")
            #expect(try daemon.mode("") == 0o700)
            #expect(try daemon.names() == ["daemon.lock", "daemon.log", "daemon.pid", "state.json", "token"])
            for name in try daemon.names() { #expect(try daemon.mode(name) == 0o600, "\(name)") }
            #expect(try await daemon.status("/v3/health") == 401)
            #expect(try await daemon.admits(String(match.output.3)))
        }
    }

    @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
    func aCleanEndTakesTheStateAwayAndLeavesTheToken(signal: Int32, name: String) async throws {
        try await withOpta { daemon async throws in
            let id = try #require(try daemon.state()["daemonId"]?.stringValue)
            let outcome = try await daemon.end(signal)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try daemon.names() == ["daemon.lock", "daemon.log", "token"])
            let lines = try daemon.text("daemon.log").split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
            for line in lines { #expect(line["daemonId"] == .string(id) && line["level"] == "info" && line["ts"] != nil) }
            #expect(lines.first?["msg"] == "daemon started")
            let started: JSONValue = [
                "host": "127.0.0.1", "port": .integer(Int64(daemon.port)), "pid": .integer(Int64(daemon.process.pid)),
            ]
            #expect(lines.first?["data"] == started)
            #expect(lines.last?["msg"] == "daemon shutting down" && lines.last?["data"] == ["signal": .string(name)])
        }
    }

    @Test func everyStartHasATokenAndAnIdentityOfItsOwn() async throws {
        try await withOpta { first async throws in
            let (before, token) = (try first.state(), try first.token())
            _ = try await first.end()
            let second = try await RunningOpta.start(first.executable, first.home)
            defer { second.process.send(SIGKILL) }
            let after = try second.state()
            #expect(after["daemonId"] != before["daemonId"] && after["token"] != before["token"])
            #expect(try second.text("token") == second.token())
            #expect(try await second.admits(token) == false)
        }
    }

    @Test func whatAKilledDaemonLeavesIsReplaced() async throws {
        try await withOpta { first async throws in
            let before = try first.state()
            _ = try await first.end(SIGKILL)
            #expect(try first.state() == before)
            let second = try await RunningOpta.start(first.executable, first.home)
            defer { second.process.send(SIGKILL) }
            #expect(try second.state()["pid"]?.integerValue == Int64(second.process.pid))
            #expect(try second.text("daemon.pid") == "\(second.process.pid)")
        }
    }

    @Test func ofTwoDaemonsThatWantTheFolderOneHasIt() async throws {
        try await withOpta { first async throws in
            let before = try first.text("state.json")
            try await withHome { executable, home async throws in
                let words = ["daemon", "--port", "0", "--opta=0", "--opta-home", RunningOpta.optaHome(first.home)]
                let outcome = try await executable.start(words, home: home).finish()
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                #expect(outcome.text == "")
                let other = "Another daemon has \(first.folder): pid \(first.process.pid), at http://127.0.0.1:\(first.port)."
                #expect(outcome.diagnostics.contains(other), "\(outcome.everything)")
            }
            #expect(try first.text("state.json") == before)
            #expect(try await first.admits(try first.token()))
        }
    }

    @Test func withoutAHomeThereAreNoFilesAndOnlyKeysCount() async throws {
        try await withOpta(withFiles: false) { daemon async throws in
            let key = String(try await daemon.executable.start(["keys", "show-local"], home: daemon.home).finish().text.dropLast())
            #expect(try await daemon.admits(key))
            #expect(try await daemon.admits(String(repeating: "0", count: 48)) == false)
            #expect(!FileManager.default.fileExists(atPath: RunningOpta.optaHome(daemon.home)))
            #expect(try FileManager.default.contentsOfDirectory(atPath: daemon.home.user).isEmpty)
        }
    }

    /// One that others could read is made the owner's alone.
    @Test func anOpenFolderIsClosed() async throws {
        try await withHome { executable, home async throws in
            try FileManager.default.createDirectory(
                atPath: "\(RunningOpta.optaHome(home))/daemon", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            let daemon = try await RunningOpta.start(executable, home)
            defer { daemon.process.send(SIGKILL) }
            #expect(try daemon.mode("") == 0o700)
        }
    }

    @Test func aDiskThatIsNearlyFullIsSaidBeforeAnythingIsWritten() async throws {
        try await withHome { executable, home async throws in
            let words = ["daemon", "--port", "0", "--opta=0", "--opta-home", RunningOpta.optaHome(home)]
            let outcome = try await executable.start(words, home: home, environment: ["OPTA_DISK_HEADROOM_MB": "1000000000"]).finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.hasPrefix("ENOSPC: only "), "\(outcome.everything)")
            #expect(!FileManager.default.fileExists(atPath: RunningOpta.optaHome(home)))
        }
    }

    /// Threat S8: the token stands in the files that are its place, and nowhere else.
    @Test func theTokenIsNowhereInLogsFilesOrArguments() async throws {
        try await withOpta { daemon async throws in
            let (token, guess) = (try daemon.token(), String(repeating: "ab", count: 24))
            for secret in [token, guess] {
                for path in ["/v3/health?token=\(secret)", "/v3/nothing?token=\(secret)", "/v3/%zz/\(secret)"] {
                    _ = try await daemon.status(path)
                    _ = try await daemon.status(path, ["Authorization: Bearer \(secret)"])
                }
                let peer = try await RawPeer.connect(port: daemon.port)
                try await peer.send(WebSocketPeer.handshake(port: daemon.port, path: "/v3/ws?sessionId=s&token=\(secret)"))
                _ = try await peer.received { $0.count > 12 }
                await peer.close()
            }
            // What the kernel tells everybody of a process.
            let arguments = (try? String(contentsOfFile: "/proc/\(daemon.process.pid)/cmdline", encoding: .utf8)) ?? ""
            let status = try await daemon.executable.start(["daemon", "status", "--json"], home: daemon.home).finish()
            let outcome = try await daemon.end()
            for text in [arguments, status.everything, outcome.everything] { #expect(!text.contains(token) && !text.contains(guess)) }
            for folder in [daemon.home.apus, daemon.folder] {
                let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
                for name in names where !(folder == daemon.folder && name == "token") {
                    // Sockets and folders have no bytes.
                    let bytes = [UInt8]((try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)"))) ?? Data())
                    for secret in [token, guess] { #expect(bytes.firstRange(of: Array(secret.utf8)) == nil, "\(folder)/\(name)") }
                }
            }
        }
    }
}
