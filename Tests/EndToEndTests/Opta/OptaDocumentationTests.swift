import ApusBase
import ApusTestServer
import Foundation
import OptaSDK
import Testing

/// The examples of the client's documentation, one by one, in Swift and against the real daemon.
@Suite struct OptaDocumentationTests {
    private static let question = "Explain how unified memory works on Apple Silicon"

    private func withClient(
        _ script: Script, _ body: (TripleDaemon, DaemonClient) async throws -> Void
    ) async throws {
        try await withTripleDaemon(script) { daemon in
            let client = DaemonClient(host: "127.0.0.1", port: daemon.optaPort, token: daemon.key)
            do { try await body(daemon, client) } catch {
                await client.close()
                throw error
            }
            await client.close()
        }
    }

    /// "Creating a Client".
    @Test func aClientVerifiesItsConnection() async throws {
        try await withClient([]) { _, client in
            let health = try await client.health()
            #expect(health.status == "ok")
            #expect(health.contract == .expected)
            #expect(health.daemonID.hasPrefix("daemon_"))
        }
    }

    /// "The token is read from the daemon's state.json file".
    @Test func theTokenIsReadFromTheStateFile() async throws {
        try await withTripleDaemon([.text("Hello.")]) { daemon in
            let file = try DaemonStateFile.read(at: daemon.stateFile)
            #expect(file.port == daemon.optaPort)
            #expect(file.pid == Int(daemon.process.pid))
            #expect(file.token.wholeMatch(of: /[0-9a-f]{48}/) != nil)
            let client = try DaemonClient.fromStateFile(at: daemon.stateFile)
            #expect(try await client.health().daemonID == file.daemonID)
            // The file's own token may do everything that a session needs.
            let session = try await client.createSession()
            try await client.submitTurn(session.id, content: Self.question)
            try await eventually { try await client.getEvents(session.id).contains { $0.event == .turnDone } }
            await client.close()
        }
    }

    /// "Create a Session", "Submit a Turn".
    @Test func aSessionIsCreatedAndAskedInItsMode() async throws {
        try await withClient([.text("It is shared.")]) { _, client in
            let session = try await client.createSession(mode: .chat, model: "custom:scripted")
            #expect(!session.id.isEmpty)
            #expect(session.status == .active)
            #expect(session.model == "custom:scripted")
            let turn = try await client.submitTurn(session.id, content: Self.question)
            #expect(!turn.id.isEmpty && turn.queued == 0)
            let ws = client.connectWebSocket(sessionID: session.id)
            for try await event in ws.events {
                if case .turnStart(let start) = event.kind {
                    #expect(start.turnID == turn.id)
                    #expect(start.mode == .chat)
                }
                if event.isStop { break }
            }
            await ws.close()
            #expect(try await client.session(session.id).messages.map(\.text) == [Self.question, "It is shared."])
        }
    }

    /// "Poll Events".
    @Test func eventsArePolled() async throws {
        try await withClient([.text("One, ", "two, ", "three.")]) { _, client in
            let session = try await client.createSession()
            try await client.submitTurn(session.id, content: Self.question)
            try await eventually { try await client.getEvents(session.id, afterSeq: 0).contains { $0.event == .turnDone } }
            let events = try await client.getEvents(session.id, afterSeq: 0)
            #expect(events.filter { $0.event == .turnToken }.compactMap { $0.data["token"]?.stringValue } == ["One, ", "two, ", "three."])
            #expect(zip(events, events.dropFirst()).allSatisfy { $0.seq < $1.seq })
            // From any cursor exactly what is behind it.
            for (index, event) in events.enumerated() {
                #expect(try await client.getEvents(session.id, afterSeq: event.seq) == Array(events[(index + 1)...]))
            }
        }
    }

    /// "WebSocket Streaming": the printed program, and what it would have written.
    @Test func theStreamIsReadWithClosures() async throws {
        let replies: Script = [.command("echo made", id: "call-1"), .text("It is ", "done.")]
        try await withClient(replies) { _, client in
            let written = Collected<String>()
            let disconnects = Collected<String>()
            let ws = client.connectWebSocket()
            ws.on(.event) { envelope in
                switch envelope.event {
                case .turnToken: written.add(envelope.data["token"]?.stringValue ?? "?")
                case .toolCall:
                    written.add(
                        "Tool: \(envelope.data["toolName"]?.stringValue ?? "?") \(envelope.data["args"]?["command"]?.stringValue ?? "?")")
                case .toolResult: written.add("Result: \(envelope.data["result"]?.stringValue ?? "?")")
                case .turnDone: written.add("Stats: \(envelope.stats?.toolCalls ?? -1)")
                case .turnError: written.add("Error: \(envelope.data["message"]?.stringValue ?? "?")")
                case .sessionCancelled: written.add("Session cancelled")
                default: break
                }
            }
            ws.on(.disconnect) { disconnects.add("WebSocket disconnected") }
            // Sessions that the client creates later join by themselves.
            let session = try await client.createSession(mode: .do)
            try await client.submitTurn(session.id, content: Self.question)
            try await eventually { written.values.contains { $0.hasPrefix("Stats") } }
            #expect(written.values.first == "Tool: Execute echo made", "\(written.values)")
            #expect(
                written.values.dropFirst().first?.hasPrefix("Result: ") == true && written.values[1].contains("made"), "\(written.values)")
            #expect(written.values.dropFirst(2) == ["It is ", "done.", "Stats: 1"], "\(written.values)")
            #expect(disconnects.values.isEmpty)
            await ws.close()
        }
    }

    /// "Event Handling": a cancelled turn stops, and nothing more is emitted for it.
    @Test func aStopEventIsTheLastOfItsTurn() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withClient([.stream(StreamedReply([.text([.piece("It "), .wait(gate)])]))]) { _, client in
            let session = try await client.createSession()
            let ws = client.connectWebSocket(sessionID: session.id)
            let events = Collected<DaemonEvent>()
            ws.on(.event) { events.add($0) }
            let turn = try await ws.submitTurn(session.id, content: Self.question)
            try await eventually { events.values.contains { $0.token == "It " } }
            let cancelled = try await ws.cancel(session.id, turnID: turn.id)
            #expect(cancelled == CancelResult(cancelledQueued: 0, cancelledActive: true))
            try await eventually { events.values.contains(where: \.isStop) }
            let stop = try #require(events.values.first { $0.isStop })
            #expect(stop.endedTurnIDs == [turn.id])
            // Both ends are in the log, in this order, and the socket tells one of them.
            let ends = try await client.getEvents(session.id).filter { $0.event == .sessionCancelled || $0.event == .turnError }
            #expect(ends.map(\.event) == [.sessionCancelled, .turnError])
            #expect(ends.last?.data["message"] == "Turn cancelled")
            #expect(events.values.count(where: \.isStop) == 1)
            await ws.close()
        }
    }

    /// "Reconnection with afterSeq".
    @Test func aCursorGivesEachEventOnce() async throws {
        try await withClient([.text("One, ", "two, ", "three."), .text("Four.")]) { _, client in
            let session = try await client.createSession()
            try await client.submitTurn(session.id, content: Self.question)
            var seen: [DaemonEvent] = []
            // Gone after every event, and back for the rest.
            while !(seen.contains { $0.event == .sessionUpdated }) {
                let ws = client.connectWebSocket(sessionID: session.id, afterSeq: seen.last?.seq)
                for try await event in ws.events where !event.isLocal {
                    seen.append(event)
                    break
                }
                await ws.close()
            }
            let logged = try await client.getEvents(session.id)
            #expect(seen.map(\.seq) == logged.map(\.seq))
            #expect(seen.compactMap(\.token).joined() == "One, two, three.")
        }
    }

    /// What the documentation promises of permissions elsewhere: whoever answers first decides.
    @Test func theFirstAnswerToAPermissionCounts() async throws {
        try await withClient([.command("touch allowed.txt"), .text("Done.")]) { daemon, client in
            let session = try await client.createSession(mode: .chat)
            let ws = client.connectWebSocket(sessionID: session.id)
            try await client.submitTurn(session.id, content: Self.question)
            for try await event in ws.events {
                if case .permissionRequest(let request) = event.kind {
                    #expect(request.requestID.wholeMatch(of: /perm_[A-Za-z0-9_-]{10}/) != nil, "\(request.requestID)")
                    #expect(request.args["command"] == "touch allowed.txt")
                    #expect(try await ws.resolvePermission(session.id, requestID: request.requestID, .allow).ok)
                    let late = try await client.resolvePermission(session.id, requestID: request.requestID, .deny)
                    #expect(!late.ok && late.conflict)
                }
                if event.isStop { break }
            }
            let file = try await client.session(session.id)
            #expect(file.toolCallCount == 1)
            await ws.close()
        }
    }

    /// The documentation's own words on the wire, for who asks for them.
    @Test(arguments: ["events", "socket", "sse"])
    func theDialectOfTheDocumentation(way: String) async throws {
        try await withClient([.command("echo made", id: "call-1"), .text("It is done.")]) { daemon, client in
            let session = try await client.createSession(mode: .do)
            try await client.submitTurn(session.id, content: Self.question)
            try await eventually { try await client.getEvents(session.id).contains { $0.event == .turnDone } }
            func told(_ dialect: String) async throws -> [JSONValue] {
                let query = "sessionId=\(session.id)&afterSeq=0\(dialect)"
                switch way {
                case "events":
                    let answer = try await daemon.call(daemon.optaPort, "GET /v3/sessions/\(session.id)/events?afterSeq=0\(dialect)")
                    return answer.body["events"]?.arrayValue ?? []
                case "socket":
                    let peer = try await WebSocketPeer.open(
                        port: daemon.optaPort, path: "/v3/ws?\(query)", headers: ["Authorization: Bearer \(daemon.key)"])
                    var events: [JSONValue] = []
                    while let frame = try await peer.message() {
                        events.append(try JSONValue(parsing: frame.text))
                        if events.last?["event"] == "session.updated" { break }
                    }
                    await peer.raw.close()
                    return events
                default:
                    let peer = try await daemon.ask(daemon.optaPort, "GET /v3/sse/events?\(query)")
                    let (bytes, _) = try await peer.received {
                        QwenEar.body(of: $0).text.contains("session.updated") && $0.suffix(4) == Array("\n\n\r\n".utf8)
                    }
                    await peer.close()
                    return QwenEar.body(of: bytes).text.split(separator: "\n").filter { $0.hasPrefix("data: ") }
                        .compactMap { try? JSONValue(parsing: String($0.dropFirst(6))) }
                }
            }
            let wire = try await told("")
            let documented = try await told("&dialect=doc")
            #expect(wire.map { $0["seq"] } == documented.map { $0["seq"] })
            #expect(wire.allSatisfy { $0["data"] == nil && $0["v"] == "3" })
            #expect(wire.map { $0["payload"] } == documented.map { $0["payload"] })
            func one(_ events: [JSONValue], _ name: String) throws -> JSONValue {
                try #require(events.first { $0["event"] == .string(name) })
            }
            #expect(try one(wire, "tool.start")["payload"]?["args"]?.stringValue?.contains("echo made") == true)
            #expect(try one(documented, "turn.tool_call")["data"]?["toolName"] == "Execute")
            #expect(try one(documented, "turn.tool_call")["data"]?["args"]?["command"] == "echo made")
            #expect(try one(documented, "turn.tool_result")["data"]?["result"]?.stringValue?.contains("made") == true)
            #expect(try one(documented, "turn.token")["data"]?["token"] == "It is done.")
            let done = try one(documented, "turn.done")
            #expect(done["stats"] == done["payload"]?["stats"] && done["stats"]?["toolCalls"] == 1)
        }
    }
}
