import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import OptaSDK
import QwenSDK
import Testing

/// The SDKs and a daemon that others could reach: TLS by a certificate that only its file vouches for.
@Suite struct OptaTLSTests {
    private func withSecureDaemon(_ body: (_ stage: Stage, _ certificate: String, _ text: String) async throws -> Void) async throws {
        try await withStage(.anthropic, [.text("Hello.")]) { stage in
            let home = stage.home
            let subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-days", "2", "-nodes"]
            let files = ["-newkey", "rsa:2048", "-keyout", "k.pem", "-out", "c.pem"]
            let made = try await ChildProcess(
                "/usr/bin/openssl", ["req", "-x509"] + subject + files, environment: home.environment, directory: home.work,
                scratch: home.scratch
            ).finish()
            #expect(made.status == .exited(0), "\(made.everything)")
            let process = try stage.start(
                "daemon", "--port", "0", "--qwen=0", "--opta=0", "--opta-home", "\(home.root)/opta", "--tls-cert", "c.pem", "--tls-key",
                "k.pem", environment: ["FACTORY_API_KEY": "fk-of-the-test"])
            do {
                try await eventually("the daemon listens", within: .seconds(60)) {
                    process.hasEnded || process.stdoutSoFar.count { $0 == "\n" } >= 3
                }
                try await body(stage, home.work + "/c.pem", process.stdoutSoFar)
            } catch {
                process.send(SIGKILL)
                throw error
            }
            process.send(SIGTERM)
            _ = try await process.finish(within: .seconds(60))
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl"), "openssl makes the certificate"))
    func theSDKsSpeakTLSWithACertificateOfTheirOwnTrust() async throws {
        try await withSecureDaemon { stage, certificate, text in
            #expect(text.contains("opta daemon listening on https://127.0.0.1:"), "\(text)")
            let file = "\(stage.home.root)/opta/daemon/state.json"

            // The Opta client over HTTP and over its socket.
            let client = try OptaSDK.DaemonClient.fromStateFile(at: file, tls: .certificates(file: certificate))
            #expect(try await client.health().status == "ok")
            let session = try await client.createSession()
            let ws = client.connectWebSocket()
            let turn = try await client.submitTurn(session.id, content: "Hi")
            var answer = ""
            for try await event in ws.events {
                answer += event.token ?? ""
                if event.endedTurnIDs.contains(turn.id) { break }
            }
            #expect(answer == "Hello.")
            _ = try await ws.cancel(session.id)
            await ws.close()
            await client.close()

            // Whom nobody vouches for is not believed, and gets nothing; and nobody is answered without TLS.
            for tls in [ServerTrust.system, nil] {
                let other = try OptaSDK.DaemonClient.fromStateFile(at: file, tls: tls)
                let error = await #expect(throws: OptaSDK.DaemonConnectionError.self) { try await other.health() }
                #expect(error?.wasSent == (tls == nil), "\(String(describing: error))")
                await #expect(throws: OptaSDK.DaemonConnectionError.self) { try await other.sockets.connect(sessionID: session.id) }
                await other.close()
            }

            // The others share it.
            let qwen = try #require(text.firstMatch(of: /https:\/\/127\.0\.0\.1:(\d+) \(mode/)?.1)
            let features = try await withDaemonClient(
                baseURL: "https://127.0.0.1:\(qwen)", token: "fk-of-the-test", trust: .certificates(file: certificate)
            ) { try await $0.capabilities().features }
            #expect(!features.isEmpty)
            let droid = try #require(text.firstMatch(of: /wss:\/\/127\.0\.0\.1:\d+/)?.0)
            let transport = WebSocketTransport(url: String(droid), patience: .local, trust: .certificates(file: certificate))
            try await transport.connect()
            await transport.close()
        }
    }
}
