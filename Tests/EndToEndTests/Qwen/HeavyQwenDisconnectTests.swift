import ApusBase
import ApusTestServer
import Foundation
import QwenSDK
import Testing

/// Clients that are cut off all the time, and a server that is stopped and killed under them: nothing is missing, nothing comes twice.
@Suite struct HeavyQwenDisconnectTests {
    private static let clients = 8
    private static let disconnects = 10_000
    private static let restarts = 20

    @Test(.timeLimit(.minutes(8))) func tenThousandDisconnectsAndTwentyRestarts() async throws {
        let fragments = (0..<400).flatMap { [Fragment.piece("\($0) "), .pause(milliseconds: $0.isMultiple(of: 8) ? 1 : 0)] }
        let script = Script([ScriptStep(.stream(StreamedReply([.text(fragments)])), times: .forever)])
        try await withStage(.anthropic, script) { stage in
            let words = ["--port", "0", "--non-blocking-prompts"]
            var readers = Array(repeating: CutReader(), count: Self.clients)
            var session = ""
            var prompts = 0
            for life in 0...Self.restarts {
                let server = try await RunningQwenServer.start(stage.executable, stage.home, words)
                defer { server.process.send(SIGKILL) }
                let url = "http://127.0.0.1:\(server.port)"
                session = try await withDaemonClient(baseURL: url) { client in
                    let id = session.isEmpty ? try await client.createOrAttachSession(workspaceCwd: stage.home.work).sessionId : session
                    _ = try await client.submitPrompt(id, prompt: [.text("Go on, \(life).")])
                    return id
                }
                prompts += 1
                let quota = Self.disconnects * (life + 1) / (Self.restarts + 1) / Self.clients + 1
                readers = await Self.harass(readers, url, session, until: quota, seed: UInt64(life))
                server.process.send(life.isMultiple(of: 2) ? SIGKILL : SIGTERM)
                _ = try await server.process.finish()
            }
            // Once more in peace: the whole of it, and what each reader does not have yet.
            let server = try await RunningQwenServer.start(stage.executable, stage.home, words)
            defer { server.process.send(SIGKILL) }
            let url = "http://127.0.0.1:\(server.port)"
            try await withDaemonClient(baseURL: url) { client in
                _ = try await client.submitPrompt(session, prompt: [.text("Once more.")])
            }
            prompts += 1
            let whole = try await Self.finish(CutReader(), url, session, prompts)
            #expect(whole.text.hasSuffix("398 399 "))
            for reader in readers {
                let done = try await Self.finish(reader, url, session, nil, last: whole.cursor)
                #expect(done.text == whole.text)
                #expect(done.events == whole.events)
            }
            let total = readers.map(\.disconnects).reduce(0, +)
            #expect(total >= Self.disconnects)
            print("\(total) disconnects, \(Self.restarts) restarts, \(whole.events.count) events, \(whole.text.utf8.count) bytes of text")
        }
    }

    private static func harass(
        _ readers: [CutReader], _ url: String, _ session: String, until quota: Int, seed: UInt64
    ) async -> [CutReader] {
        let clients = readers.map { _ in DaemonClient(baseURL: url) }
        let done = await CutReader.harass(readers, until: quota, seed: seed) { index, cursor, tell in
            do {
                for try await event in clients[index].subscribeEvents(session, lastEventID: cursor) {
                    guard let number = Self.number(event) else { continue }
                    if !tell(number, event.type, event.text) { break }
                }
            } catch {
                // Cut off before it began, or with a full house of readers that are just going.
            }
        }
        for client in clients { await client.close() }
        return done
    }

    /// The word that the server ends is in no log.
    private static func number(_ event: DaemonEvent) -> Int64? { event.type == "session_died" ? nil : event.id }

    /// Reads on until so many turns have ended, or to a number.
    private static func finish(
        _ reader: CutReader, _ url: String, _ session: String, _ turns: Int?, last: Int64 = .max
    ) async throws -> CutReader {
        try await withDaemonClient(baseURL: url) { client in
            var reader = reader
            if reader.cursor >= last { return reader }
            var ended = 0
            // Turns that went on are still speaking: who cannot keep up with them is put out, and comes back.
            for _ in 0..<100 {
                for try await event in client.subscribeEvents(session, lastEventID: reader.cursor) {
                    guard let number = number(event) else { continue }
                    reader.take(number, event.type, event.text)
                    if event.type == "turn_complete" || event.type == "turn_error" { ended += 1 }
                    if ended == turns || reader.cursor >= last { return reader }
                }
            }
            Issue.record("only \(ended) turns ended")
            return reader
        }
    }
}
