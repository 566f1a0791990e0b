import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Who owns the home behind a port of the qwen protocol (`settled.md` 4).
@Suite struct QwenOwnerTests {
    private static func listeners(_ status: JSONValue) -> [String] {
        (status["listeners"]?.arrayValue ?? []).map { "\($0["protocol"]?.stringValue ?? "?") \($0["port"]?.integerValue ?? 0)" }
    }

    @Test func aServerOwnsAHomeThatNobodyOwns() async throws {
        try await withQwenServer { server async throws in
            let outcome = try await server.apus("daemon", "status", "--json")
            let status = try JSONValue(parsing: outcome.text)
            #expect(status["pid"]?.integerValue == Int64(server.process.pid))
            #expect(Self.listeners(status) == ["qwen \(server.port)"])
            let state = try JSONValue(parsing: try String(contentsOfFile: "\(server.home.apus)/daemon/state.json", encoding: .utf8))
            #expect(Self.listeners(state) == ["qwen \(server.port)"])
            #expect(try await server.apus("daemon", "stop").text == "The daemon has ended.\n")
            #expect(try await server.process.finish().status == .exited(0))
        }
    }

    @Test func onAHomeThatADaemonOwnsThatOneOpensThePort() async throws {
        try await withDaemon { daemon async throws in
            let server = try await RunningQwenServer.start(daemon.executable, daemon.home)
            #expect(server.line == "qwen serve listening on http://127.0.0.1:\(server.port) (mode=http-bridge)")
            #expect(Self.listeners(try await daemon.status()) == ["droid \(daemon.port)", "qwen \(server.port)"])
            #expect(try await server.answers() == true)
            server.process.send(SIGTERM)
            #expect(try await server.process.finish().status == .exited(0))
            let closed = " info closed url=http://127.0.0.1:\(server.port)\n"
            try await eventually("its port is closed", within: .seconds(60)) { try daemon.log().contains(closed) }
            #expect(try await server.answers() == false)
            #expect(try await daemon.answers(200))
            let second = try await RunningQwenServer.start(daemon.executable, daemon.home)
            #expect(try await daemon.apus("daemon", "stop").status == .exited(0))
            let outcome = try await second.process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
        }
    }

    @Test func whoIsAttachedToAKilledDaemonSaysSo() async throws {
        try await withDaemon { daemon async throws in
            let server = try await RunningQwenServer.start(daemon.executable, daemon.home)
            daemon.process.send(SIGKILL)
            let outcome = try await server.process.finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("qwen serve: The daemon that owned this home ended without saying so."))
        }
    }

    @Test func theSamePortIsSharedOnlyForTheSame() async throws {
        try await withDaemon { daemon async throws in
            let first = try await RunningQwenServer.start(daemon.executable, daemon.home)
            let second = try await RunningQwenServer.start(daemon.executable, daemon.home, ["--port", "\(first.port)"])
            first.process.send(SIGTERM)
            _ = try await first.process.finish()
            #expect(try await second.answers())
            for words in [["serve", "--max-sessions", "3"], ["daemon"]] {
                let outcome = try await daemon.executable.start(words + ["--port", "\(second.port)"], home: daemon.home).finish()
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                #expect(outcome.diagnostics.contains("another program has it"), "\(outcome.everything)")
            }
        }
    }

    @Test func aDaemonServesBothWhenItIsTold() async throws {
        try await withHome { executable, home async throws in
            let process = try executable.start(["daemon", "--port", "0", "--qwen=0"], home: home)
            defer { process.send(SIGKILL) }
            try await eventually("both are open", within: .seconds(60)) { process.stdoutSoFar.split(separator: "\n").count == 2 }
            let lines = /listening on ws:\/\/127\.0\.0\.1:(\d+)\nqwen serve listening on http:\/\/127\.0\.0\.1:(\d+) \(mode=http-bridge\)\n/
            let match = try #require(process.stdoutSoFar.wholeMatch(of: lines), "\(process.stdoutSoFar)")
            let status = try await executable.start(["daemon", "status", "--json"], home: home).finish()
            #expect(Self.listeners(try JSONValue(parsing: status.text)) == ["droid \(match.output.1)", "qwen \(match.output.2)"])
            let port = try #require(Int(match.output.2))
            #expect(try await RunningQwenServer.request(port) != nil)
            process.send(SIGTERM)
            let outcome = try await process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics == "")
            #expect(try await RunningQwenServer.request(port) == nil)
        }
    }

    @Test func aDaemonThatAttachesBringsItsQwenPortAlong() async throws {
        try await withDaemon { daemon async throws in
            let process = try daemon.executable.start(["daemon", "--port", "0", "--qwen=0"], home: daemon.home)
            defer { process.send(SIGKILL) }
            try await eventually("both are open", within: .seconds(60)) { process.stdoutSoFar.split(separator: "\n").count == 2 }
            #expect(try await daemon.status()["listeners"]?.arrayValue?.count == 3)
        }
    }

    @Test func aDaemonCanBeStartedBehindAServer() async throws {
        try await withQwenServer { server async throws in
            let started = try await server.apus("daemon", "start", "--port", "0")
            #expect(started.status == .exited(0), "\(started.everything)")
            let match = try #require(
                started.text.wholeMatch(of: /A daemon runs already \(pid (\d+)\): http:\/\/127\.0\.0\.1:\d+, ws:\/\/127\.0\.0\.1:(\d+)\n/),
                "\(started.everything)")
            #expect(Int32(match.output.1) == server.process.pid)
            let port = try #require(Int(match.output.2))
            #expect(try await RunningDaemon.get(port)?.contains(#""name":"apus""#) == true)
        }
    }

    @Test func twoHomesHaveAServerEach() async throws {
        try await withQwenServer { one async throws in
            try await withQwenServer { other async throws in
                #expect(one.port != other.port)
                other.process.send(SIGTERM)
                #expect(try await other.process.finish().status == .exited(0))
                #expect(try await one.answers() == true)
            }
        }
    }

    /// A daemon that is attached to learns of the token when it opens the port: from then on no tool shows it to anybody.
    @Test func theTokenOfAnAttachedServerIsShownByNoTool() async throws {
        let canary = "canary-\(UUID().uuidString.lowercased())"
        try await withDaemonStage([.toolCall("Read", ["file_path": "note.txt"]), .text("Read.")]) { daemon in
            let stage = daemon.stage
            try stage.home.write("The token is \(canary).\n", to: "note.txt")
            let server = try await RunningQwenServer.start(
                stage.executable, stage.home, environment: ["QWEN_SERVER_TOKEN": " \(canary)\n"])
            defer { server.process.send(SIGKILL) }
            let served = QwenServed(stage: stage, server: server)
            let own = ["Authorization: Bearer \(canary)"]
            let session = try await served.session(headers: own)
            let prompted = try await served.prompt(session, headers: own)
            #expect(prompted.status == 200, "\(prompted.text)")
            let ear = try await served.listen(session, headers: own)
            let told = try await ear.frames { $0.contains { $0.type == "turn_complete" } }
            #expect(told.contains { $0.envelope.serialized().contains("The token is ***.") })
            #expect(!told.contains { $0.envelope.serialized().contains(canary) })
            await ear.close()
            // The model has not seen it either.
            #expect(!stage.server.requests.contains { $0.body.serialized().contains(canary) })
        }
    }

    /// By flag, by variable, through the control socket: nowhere afterwards.
    @Test func theTokenIsNowhereInLogsFilesOrArguments() async throws {
        let canary = "canary-\(UUID().uuidString.lowercased())"
        try await withDaemon { daemon async throws in
            let server = try await RunningQwenServer.start(
                daemon.executable, daemon.home, environment: ["QWEN_SERVER_TOKEN": "  \(canary)\n"])
            let headers = ["Authorization: Bearer \(canary)", "Origin: http://\(canary).test"]
            _ = try await RunningQwenServer.request(server.port, "GET /x?token=\(canary)", headers: headers)
            for process in [daemon.process, server.process] {
                let arguments = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process.pid)/cmdline"))
                #expect(!String(decoding: arguments, as: UTF8.self).contains(canary))
            }
            for words in [["daemon", "status", "--json"], ["daemon", "logs"]] {
                #expect(try await daemon.executable.start(words, home: daemon.home).finish().everything.contains(canary) == false)
            }
            server.process.send(SIGTERM)
            #expect(try await server.process.finish().everything.contains(canary) == false)
            let files = FileManager.default.enumerator(atPath: daemon.home.root)?.compactMap { $0 as? String } ?? []
            #expect(files.count > 5)
            for file in files {
                // Folders and sockets have no content.
                let content = (try? Data(contentsOf: URL(fileURLWithPath: "\(daemon.home.root)/\(file)"))) ?? Data()
                #expect(content.range(of: Data(canary.utf8)) == nil, "\(file)")
            }
        }
    }
}
