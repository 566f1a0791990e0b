import ApusBase
import ApusTestServer
import Foundation
import Testing

/// The walls of a daemon's port, tried on the real executable (threats S1, S2, S7, S8, S18).
@Suite struct DaemonWallTests {
    @Test func nothingButHealthAnswersWithoutAKey() async throws {
        try await withDaemon { daemon in
            for path in ["/", "/healthz", "/health/x", "/api/health", "/sessions", "/v1/sessions", "/status", "/metrics", "/..%2fhealth"] {
                #expect(try await daemon.answers(404, path), "\(path)")
            }
            let body = try #require(try await RunningDaemon.get(daemon.port)?.split(separator: "\r\n\r\n").last)
            // Nothing about sessions, folders or the user.
            #expect(try JSONValue(parsing: String(body)).objectValue?.keys == ["status", "name", "version"])
        }
    }

    @Test func foreignPagesAndNamesAreTurnedAway() async throws {
        try await withDaemon(["--port", "0", "--allow-host", "Box.Example"]) { daemon async throws in
            for origin in ["http://evil.test", "null", "http://localhost.evil", "http://127.0.0.1:\(daemon.port).evil.test", "file://"] {
                #expect(try await daemon.answers(403, headers: ["Origin: \(origin)"]), "\(origin)")
                #expect(try await daemon.handshake(["Origin: \(origin)"]).hasPrefix("HTTP/1.1 403 "), "\(origin)")
            }
            for host in ["attacker.test", "attacker.test:\(daemon.port)", "LOCALHOST.attacker.test", "[::2]:\(daemon.port)"] {
                #expect(try await daemon.answers(421, headers: ["Host: \(host)"]), "\(host)")
            }
            for host in ["LocalHost:\(daemon.port)", "localhost.", "[::1]:\(daemon.port)", "127.0.0.1", "box.example:1"] {
                #expect(try await daemon.answers(200, headers: ["Host: \(host)"]), "\(host)")
            }
        }
    }

    @Test(arguments: [
        (["--host", "0.0.0.0"], "without TLS"), (["--host", "::"], "without TLS"), (["--host", "192.0.2.1"], "without TLS"),
        (["--host", "localhost.evil"], "without TLS"), (["--tls-cert", "c.pem"], "--tls-key"), (["--tls-key", "k.pem"], "--tls-cert"),
        (["--host", "0.0.0.0", "--insecure-bind", "--tls-cert", "c.pem"], "--tls-key"),
    ])
    func unsafeAddressesAreRefusedWithOneSentence(words: [String], why: String) async throws {
        try await withHome { executable, home in
            for command in [["daemon"], ["daemon", "start"], ["daemon", "install"]] {
                let outcome = try await executable.start(command + ["--port", "0"] + words, home: home).finish()
                #expect(outcome.status == .exited(2), "\(outcome.everything)")
                #expect(outcome.text == "")
                #expect(outcome.diagnostics.contains(why), "\(outcome.everything)")
                #expect(outcome.diagnostics.split(separator: "\n").count == 1, "\(outcome.everything)")
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.user).isEmpty)
        }
    }

    @Test func anAddressThatOthersReachNeedsOnlyTheFlag() async throws {
        try await withDaemon(["--host", "0.0.0.0", "--port", "0", "--insecure-bind"]) { daemon async throws in
            #expect(try await daemon.answers(200))
            #expect(try await daemon.answers(421, headers: ["Host: 0.0.0.0:\(daemon.port)"]))
        }
    }

    @Test(arguments: [["--port", "70000"], ["--port", "x"], ["--port=-1"], ["--nonsense"]])
    func wrongWordsEndWithTwo(words: [String]) async throws {
        try await withHome { executable, home in
            let outcome = try await executable.start(["daemon"] + words, home: home).finish()
            #expect(outcome.status == .exited(2), "\(outcome.everything)")
        }
    }

    @Test func certificatesThatCannotBeUsedAreNamed() async throws {
        try await withHome { executable, home in
            try home.write("no certificate", to: "c.pem")
            let words = ["daemon", "--port", "0", "--tls-cert", "c.pem", "--tls-key", "k.pem"]
            let outcome = try await executable.start(words, home: home).finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("c.pem is no certificate"), "\(outcome.everything)")
        }
    }

    private static let hasTLSTools = ["/usr/bin/openssl", "/usr/bin/curl"].allSatisfy(FileManager.default.isExecutableFile(atPath:))

    @Test(.enabled(if: hasTLSTools, "needs openssl and curl"))
    func withACertificateItSpeaksTLS() async throws {
        try await withHome { executable, home in
            let subject = ["-subj", "/CN=localhost", "-days", "2", "-nodes", "-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "c.pem"]
            let made = try await ChildProcess(
                "/usr/bin/openssl", ["req", "-x509"] + subject, environment: home.environment, directory: home.work, scratch: home.scratch
            ).finish()
            #expect(made.status == .exited(0), "\(made.everything)")
            let words = ["--host", "0.0.0.0", "--port", "0", "--tls-cert", "c.pem", "--tls-key", "k.pem"]
            let daemon = try await RunningDaemon.start(executable, home, words)
            defer { daemon.process.send(SIGKILL) }
            #expect(daemon.process.stdoutSoFar.hasPrefix("listening on wss://"))
            let got = try await ChildProcess(
                "/usr/bin/curl", ["-s", "-k", "--noproxy", "*", "https://localhost:\(daemon.port)/health"],
                environment: home.environment, directory: home.work, scratch: home.scratch
            ).finish()
            #expect(got.text.contains(#""name":"apus""#), "\(got.everything)")
            // Without TLS nobody is answered.
            #expect(try await RunningDaemon.get(daemon.port)?.contains("HTTP/1.1 200") != true)
        }
    }

    /// A key in the environment, in a URL, in a header: nowhere afterwards.
    @Test func keysAreNowhereInLogsFilesOrArguments() async throws {
        let canary = "canary-\(UUID().uuidString.lowercased())"
        try await withDaemon(environment: ["FACTORY_API_KEY": canary]) { daemon in
            _ = try await RunningDaemon.get(daemon.port, "/?token=\(canary)", headers: ["Authorization: Bearer \(canary)"])
            _ = try await RunningDaemon.get(daemon.port, "/", headers: ["Origin: http://\(canary).test"])
            await (try WebSocketPeer.open(port: daemon.port, path: "/?key=\(canary)")).raw.close()
            let second = try await RunningDaemon.start(daemon.executable, daemon.home, environment: ["FACTORY_API_KEY": canary])
            for process in [daemon.process, second.process] {
                // Only Linux shows it this way.
                let words = FileManager.default.contents(atPath: "/proc/\(process.pid)/cmdline") ?? Data()
                #expect(!String(decoding: words, as: UTF8.self).contains(canary))
            }
            let added = try await daemon.apus("keys", "add", "--name", "ci")
            let local = try await daemon.apus("keys", "show-local")
            #expect(try await daemon.apus("daemon", "stop").status == .exited(0))
            for process in [daemon.process, second.process] {
                let said = try await process.finish().everything
                #expect(!said.contains(canary))
            }
            let secrets = [canary, String(added.text.dropLast()), String(local.text.dropLast())]
            let files = try #require(FileManager.default.enumerator(atPath: daemon.home.apus)).compactMap { $0 as? String }
            #expect(files.contains("daemon/daemon.log"))
            for file in files where file != "daemon/local.key" {
                let text = String(decoding: FileManager.default.contents(atPath: "\(daemon.home.apus)/\(file)") ?? Data(), as: UTF8.self)
                for secret in secrets { #expect(!text.contains(secret), "\(file)") }
            }
        }
    }
}
