import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Keys shown over the socket of the real executable (threats S1, S5, S6, S8).
@Suite struct DaemonAuthenticationTests {
    @Test func everyKeyOfTheDaemonCounts() async throws {
        try await withDaemon(environment: ["FACTORY_API_KEY": "from-the-environment"]) { daemon in
            let local = try await daemon.localKey()
            let added = String(try await daemon.apus("keys", "add", "--name", "ci").text.dropLast())
            for key in [local, added, "from-the-environment"] { await (try daemon.connect(key)).raw.close() }
        }
    }

    @Test func whatIsSentWithTheKeyInOneGoIsAnswered() async throws {
        try await withDaemon { daemon in
            let local = try await daemon.localKey()
            let peer = try await WebSocketPeer.open(port: daemon.port)
            let open: JSONObject = ["machineId": "m", "cwd": .string(daemon.home.work), "token": .string(local), "sessionId": "s1"]
            let frames = [
                WebSocketPeer.request("daemon.authenticate", ["apiKey": .string(local), "caller": "droid-sdk"], id: "1"),
                WebSocketPeer.request("daemon.initialize_session", open, id: "2"),
                WebSocketPeer.request("daemon.rename_session", ["sessionId": "s1", "title": "In one go"], id: "3"),
            ]
            try await peer.raw.send(frames.flatMap { WebSocketPeer.frame(1, Array($0.utf8)) })
            var answered: [String] = []
            while answered.count < frames.count, let message = try await peer.message() {
                let frame = try JSONValue(parsing: message.text)
                guard frame["type"] == "response" else { continue }
                #expect(frame["error"] == nil, "\(frame)")
                answered.append(frame["id"]?.stringValue ?? "")
            }
            #expect(answered == ["1", "2", "3"])
            await peer.raw.close()
        }
    }

    @Test func aKeyThatDoesNotCountIsRefusedAndLoggedByItsHash() async throws {
        let wrong = "wrong-\(UUID().uuidString)"
        try await withDaemon { daemon in
            let peer = try await WebSocketPeer.open(port: daemon.port)
            for _ in 0..<5 { #expect(try await peer.authenticate(wrong)["error"]?["code"] == -32_001) }
            try await peer.send(WebSocketPeer.request("daemon.authenticate", ["apiKey": .string(wrong), "caller": "droid-sdk"]))
            #expect(try await peer.closeCode() == 1008)
            let log = try daemon.log()
            #expect(log.contains(" warning a key was refused sha256="))
            #expect(log.contains("apus keys add"))
            #expect(!log.contains(wrong))
        }
    }

    @Test func aRevokedKeyClosesItsConnectionsAndNoOthers() async throws {
        try await withDaemon { daemon in
            let added = String(try await daemon.apus("keys", "add", "--name", "ci").text.dropLast())
            let local = try await daemon.localKey()
            let mine = try await daemon.connect(local)
            let theirs = try await daemon.connect(added)
            #expect(try await daemon.apus("keys", "remove", "ci").status == .exited(0))
            #expect(try await theirs.closeCode() == 1008)
            let again = try await WebSocketPeer.open(port: daemon.port)
            #expect(try await again.authenticate(added)["error"]?["code"] == -32_001)
            #expect(try await mine.authenticate(local)["result"] != nil)
        }
    }

    @Test func clientsAreToldWhenTheDaemonEnds() async throws {
        try await withDaemon { daemon in
            let local = try await daemon.localKey()
            let peer = try await daemon.connect(local)
            daemon.process.send(SIGTERM)
            #expect(try await peer.closeCode() == 1001)
            #expect(try await daemon.process.finish().status == .exited(0))
        }
    }

    @Test func nothingIsDoneBeforeAKey() async throws {
        try await withDaemon { daemon in
            for method in ["daemon.initialize_session", "daemon.list_sessions", "daemon.add_mcp_server", "daemon.interrupt_session"] {
                let peer = try await WebSocketPeer.open(port: daemon.port)
                try await peer.send(WebSocketPeer.request(method, [:]))
                let answer = try JSONValue(parsing: try #require(try await peer.message()).text)
                #expect(answer["error"]?["code"] == -32_001, "\(method): \(answer)")
                await peer.raw.close()
            }
        }
    }
}
