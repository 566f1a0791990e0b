import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `apus serve` from its start to its end (`qwen-serve.md` §1, §4.5).
@Suite struct QwenBootTests {
    private static let open = "qwen serve: bearer auth disabled (loopback default). Set QWEN_SERVER_TOKEN to enable.\n"

    @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")])
    func itSaysWhereItListensAndEndsCleanlyOnASignal(signal: Int32, name: String) async throws {
        try await withQwenServer { server async throws in
            #expect(try await server.answers() == true)
            server.process.send(signal)
            let outcome = try await server.process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "qwen serve listening on http://127.0.0.1:\(server.port) (mode=http-bridge)\n")
            #expect(outcome.diagnostics == Self.open + "qwen serve: received \(name), draining...\n")
            #expect(try await server.answers() == false)
            #expect(try await server.apus("daemon", "status").status == .exited(3))
        }
    }

    @Test func aSecondSignalEndsItAtOnce() async throws {
        try await withQwenServer { server async throws in
            // Somebody who does not stop talking is waited for when the others have gone.
            let peer = try await RawPeer.connect(port: server.port, staysOpen: true)
            try await peer.send("POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 9999999\r\n\r\n")
            _ = try await peer.all()
            server.process.send(SIGTERM)
            try await eventually("it was told", within: .seconds(60)) { server.process.stderrSoFar.contains("draining") }
            // One that comes within half a second is the same wish told twice; nothing goes on in the meantime.
            server.process.send(SIGSTOP)
            let start = ContinuousClock.now
            try await eventually("half a second is over", within: .seconds(60)) { ContinuousClock.now - start > .milliseconds(600) }
            for signal in [SIGINT, SIGCONT] { server.process.send(signal) }
            let outcome = try await server.process.finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(
                outcome.diagnostics.dropFirst(Self.open.count)
                    == "qwen serve: received SIGTERM, draining...\nqwen serve: received SIGINT during drain — forcing exit\n")
            await peer.close()
        }
    }

    /// Supervisors signal a process, and then its group.
    @Test func aSignalThatIsToldTwiceIsOneAndNobodyMissesTheFarewell() async throws {
        try await withQwen { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            // Both are there when it goes on, in whatever order they are told.
            for signal in [SIGSTOP, SIGTERM, SIGINT, SIGCONT] { served.server.process.send(signal) }
            let last = try #require(try await ear.whole().last)
            #expect(last.type == "session_died" && last.data["reason"] == "daemon_shutdown")
            let outcome = try await served.server.process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!outcome.diagnostics.contains("forcing exit"), "\(outcome.everything)")
        }
    }

    @Test func withAWorkspaceTheLineNamesIt() async throws {
        try await withHome { executable, home async throws in
            let link = "\(home.scratch)/link"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: home.work)
            let server = try await RunningQwenServer.start(executable, home, ["--port", "0", "--workspace", link])
            defer { server.process.send(SIGKILL) }
            #expect(server.line == "qwen serve listening on http://127.0.0.1:\(server.port) (mode=http-bridge, workspace=\(home.work))")
        }
    }

    @Test func whatIsWorthKnowingIsOnStderr() async throws {
        let words = ["--port", "0", "--token", " secret ", "--no-http-bridge", "--max-connections", "0", "--max-sessions", "Infinity"]
        try await withQwenServer(words) { server async throws in
            #expect(try await server.answers() == true)
            server.process.send(SIGTERM)
            let outcome = try await server.process.finish()
            #expect(
                outcome.diagnostics
                    == "qwen serve: --token can be read in the list of processes. Set QWEN_SERVER_TOKEN instead.\n"
                    + "qwen serve: --no-http-bridge has no effect: http-bridge is the only mode.\n"
                    + "qwen serve: received SIGTERM, draining...\n")
        }
        try await withQwenServer(environment: ["QWEN_SERVER_TOKEN": "secret"]) { server async throws in
            server.process.send(SIGTERM)
            #expect(try await server.process.finish().diagnostics == "qwen serve: received SIGTERM, draining...\n")
        }
    }

    @Test(arguments: [
        (["--hostname", "0.0.0.0"], "Refusing to bind 0.0.0.0:0 without a bearer token."),
        (["--hostname", "0.0.0.0", "--token", "  "], "Refusing to bind 0.0.0.0:0 without a bearer token."),
        (["--hostname", "::"], "Refusing to bind :::0 without a bearer token."),
        (["--hostname", "localhost.evil"], "Refusing to bind localhost.evil:0 without a bearer token."),
        (["--hostname", "0.0.0.0", "--token", "x"], "Refusing to listen on 0.0.0.0 without TLS"),
        (["--hostname", "0.0.0.0", "--insecure-bind"], "Refusing to bind 0.0.0.0:0 without a bearer token."),
        (["--tls-cert", "c.pem"], "--tls-cert needs --tls-key."), (["--require-auth"], "Refusing to start with --require-auth"),
        (["--hostname", "localhost:4170"], "--hostname \"localhost:4170\""), (["--hostname", "[]"], "--hostname \"[]\""),
        (["--hostname", "[a]:1"], "--hostname \"[a]:1\""), (["--hostname", ""], "--hostname \"\""),
        (["--port", "70000"], "--port is \"70000\""), (["--port", "x"], "--port is \"x\""),
        (["--max-sessions", "NaN"], "--max-sessions is"),
        (["--max-sessions=-1"], "--max-sessions is \"-1\""), (["--max-sessions", "-1"], "--max-sessions is \"-1\""),
        (["--max-connections", "-1"], "--max-connections is \"-1\""), (["--event-ring-size", "-1"], "--event-ring-size is \"-1\""),
        (["--permission-response-timeout-ms", "-1"], "--permission-response-timeout-ms is \"-1\""), (["--port", "-1"], "--port is \"-1\""),
        (["--max-connections", "many"], "--max-connections is \"many\""),
        (["--event-ring-size", "0"], "--event-ring-size is \"0\""),
        (["--permission-response-timeout-ms", "1.5"], "--permission-response-timeout-ms is \"1.5\""),
        (["--workspace", "relative"], "--workspace is \"relative\". Use an absolute path."),
        (["--workspace", "/nowhere/at/all"], "--workspace is \"/nowhere/at/all\""),
    ])
    func aBootThatFailsSaysWhyInOneLine(words: [String], why: String) async throws {
        try await withHome { executable, home async throws in
            let outcome = try await executable.start(["serve", "--port", "0"] + words, home: home).finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.text == "")
            #expect(outcome.diagnostics.hasPrefix("qwen serve: \(why)"), "\(outcome.everything)")
            #expect(outcome.diagnostics.split(separator: "\n").count == 1, "\(outcome.everything)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.apus).isEmpty)
        }
    }

    @Test(arguments: [["--qwen=abc"], ["--qwen=70000"], ["--qwen=-1"], ["--qwen", "abc"]])
    func aPortOfADaemonThatIsNoneIsAWrongCommandLine(words: [String]) async throws {
        try await withHome { executable, home async throws in
            for command in [["daemon"], ["daemon", "start"]] {
                let outcome = try await executable.start(command + ["--port", "0"] + words, home: home).finish()
                #expect(outcome.status == .exited(2), "\(outcome.everything)")
                #expect(outcome.text == "")
                #expect(outcome.diagnostics.contains("Use a port, 0 to 65535, or none."), "\(outcome.everything)")
            }
        }
    }

    @Test func aPortThatIsTakenIsABootThatFails() async throws {
        try await withQwenServer { other async throws in
            try await withHome { executable, home async throws in
                let outcome = try await executable.start(["serve", "--port", "\(other.port)"], home: home).finish()
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                #expect(outcome.diagnostics.hasPrefix("qwen serve: Cannot listen on 127.0.0.1 port \(other.port): another program has it."))
            }
        }
    }

    @Test(arguments: ["Localhost", "LOCALHOST", "127.0.0.2"])
    func everyNameOfThisMachineIsServedWithoutAToken(name: String) async throws {
        try await withQwenServer(["--port", "0", "--hostname", name]) { server async throws in
            #expect(server.line == "qwen serve listening on http://\(name):\(server.port) (mode=http-bridge)")
        }
    }

    private static let hasIPv6 =
        FileManager.default.fileExists(atPath: "/proc/net/if_inet6")
        && ((try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.contains("00000000000000000000000000000001") ?? false)

    @Test(.enabled(if: hasIPv6, "needs IPv6"), arguments: ["::1", "[::1]"])
    func addressesOfIPv6HaveBracketsInTheLine(name: String) async throws {
        try await withQwenServer(["--port", "0", "--hostname", name]) { server async throws in
            #expect(server.line == "qwen serve listening on http://[::1]:\(server.port) (mode=http-bridge)")
            #expect(try await RunningQwenServer.request(server.port, host: "::1")?.hasPrefix("HTTP/1.1 ") == true)
        }
    }

    @Test func moreConnectionsThanAllowedAreToldSo() async throws {
        try await withQwenServer(["--port", "0", "--max-connections", "1"]) { server async throws in
            let first = try await RawPeer.connect(port: server.port)
            try await first.send("GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
            _ = try await first.received { $0.count > 12 }
            let refused = try QwenAnswer(try #require(try await RunningQwenServer.request(server.port)))
            #expect(refused.status == 503)
            #expect(refused.fields["content-type"] == "application/json; charset=utf-8")
            #expect(refused.body == ["error": "Too many connections at a time; try again later", "code": "connection_limit_exceeded"])
            await first.close()
        }
    }

    private static let hasTLSTools = ["/usr/bin/openssl", "/usr/bin/curl"].allSatisfy(FileManager.default.isExecutableFile(atPath:))

    @Test(.enabled(if: hasTLSTools, "needs openssl and curl"))
    func othersReachItByTLSWithAToken() async throws {
        try await withHome { executable, home async throws in
            let subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes", "-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "c.pem"]
            let made = try await ChildProcess(
                "/usr/bin/openssl", ["req", "-x509"] + subject, environment: home.environment, directory: home.work, scratch: home.scratch
            ).finish()
            #expect(made.status == .exited(0), "\(made.everything)")
            let words = ["--hostname", "0.0.0.0", "--port", "0", "--tls-cert", "c.pem", "--tls-key", "k.pem"]
            let server = try await RunningQwenServer.start(executable, home, words, environment: ["QWEN_SERVER_TOKEN": "secret"])
            defer { server.process.send(SIGKILL) }
            #expect(server.line == "qwen serve listening on https://0.0.0.0:\(server.port) (mode=http-bridge)")
            func get(_ words: String...) async throws -> String {
                let url = "https://localhost:\(server.port)/capabilities"
                return try await ChildProcess(
                    "/usr/bin/curl", ["-s", "-k", "-i", "--noproxy", "*"] + words + [url], environment: home.environment,
                    directory: home.work, scratch: home.scratch
                ).finish().text
            }
            let stranger = try await get()
            #expect(stranger.hasPrefix("HTTP/1.1 401 ") && stranger.hasSuffix(#"{"error":"Unauthorized"}"#), "\(stranger)")
            let known = try await get("-H", "Authorization: Bearer secret")
            #expect(known.hasPrefix("HTTP/1.1 200 ") && known.contains(#""mode":"http-bridge""#), "\(known)")
            // Without TLS nobody is answered.
            #expect(try await RunningQwenServer.request(server.port)?.contains("HTTP/1.1 ") != true)
        }
    }
}
