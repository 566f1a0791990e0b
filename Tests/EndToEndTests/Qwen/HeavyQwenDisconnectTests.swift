import ApusBase
import ApusTestServer
import Foundation
import QwenSDK
import Synchronization
import Testing

/// Clients that are cut off all the time, and a server that is stopped and killed under them: nothing is missing, nothing comes twice.
@Suite struct HeavyQwenDisconnectTests {
    private static let clients = 8
    private static let disconnects = 10_000
    private static let restarts = 20

    /// One client over all servers: the numbers and texts of what it has read.
    private struct Reader: Sendable {
        var cursor: Int64 = 0
        var events: [String] = []
        var text = ""
        var disconnects = 0

        mutating func take(_ event: DaemonEvent) {
            guard let id = event.id else { return }
            if id <= cursor { Issue.record("\(id) came behind \(cursor)") }
            // The word that the server ends is in no log.
            if event.type != "session_died" { events.append("\(id) \(event.type)") }
            cursor = max(cursor, id)
            text += event.text ?? ""
        }
    }

    @Test(.timeLimit(.minutes(8))) func tenThousandDisconnectsAndTwentyRestarts() async throws {
        let fragments = (0..<400).flatMap { [Fragment.piece("\($0) "), .pause(milliseconds: $0.isMultiple(of: 8) ? 1 : 0)] }
        let script = Script([ScriptStep(.stream(StreamedReply([.text(fragments)])), times: .forever)])
        try await withStage(.anthropic, script) { stage in
            let words = ["--port", "0", "--non-blocking-prompts"]
            var readers = Array(repeating: Reader(), count: Self.clients)
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
                readers = try await Self.harass(readers, url, session, until: quota, seed: UInt64(life))
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
            let whole = try await Self.finish(Reader(), url, session, prompts)
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

    /// Each reader connects, reads a little and is gone, again and again.
    private static func harass(
        _ readers: [Reader], _ url: String, _ session: String, until quota: Int, seed: UInt64
    ) async throws -> [Reader] {
        try await withThrowingTaskGroup(of: (Int, Reader).self) { group in
            for (index, reader) in readers.enumerated() {
                group.addTask {
                    var reader = reader
                    var generator = SplitMix(seed: seed << 8 | UInt64(index))
                    try await withDaemonClient(baseURL: url) { client in
                        while reader.disconnects < quota {
                            let wanted = Int.random(in: 0...6, using: &generator)
                            let patience = Duration.microseconds(Int.random(in: 500...12_000, using: &generator))
                            reader = try await glance(reader, client, session, wanted, patience)
                            reader.disconnects += 1
                        }
                    }
                    return (index, reader)
                }
            }
            var done = readers
            for try await (index, reader) in group { done[index] = reader }
            return done
        }
    }

    private final class Shared: Sendable {
        let reader: Mutex<Reader>
        init(_ reader: Reader) { self.reader = Mutex(reader) }
    }

    /// Reads so many events, or for so long, whichever is over first, and lets go.
    private static func glance(
        _ reader: Reader, _ client: DaemonClient, _ session: String, _ wanted: Int, _ patience: Duration
    ) async throws -> Reader {
        let shared = Shared(reader)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                var left = wanted
                do {
                    for try await event in client.subscribeEvents(session, lastEventID: reader.cursor) {
                        shared.reader.withLock { $0.take(event) }
                        left -= 1
                        if left <= 0 { break }
                    }
                } catch {
                    // Cut off before it began, or with a full house of readers that are just going.
                }
            }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
        return shared.reader.withLock { $0 }
    }

    /// Reads on until so many turns have ended, or to a number.
    private static func finish(
        _ reader: Reader, _ url: String, _ session: String, _ turns: Int?, last: Int64 = .max
    ) async throws -> Reader {
        try await withDaemonClient(baseURL: url) { client in
            var reader = reader
            if reader.cursor >= last { return reader }
            var ended = 0
            for try await event in client.subscribeEvents(session, lastEventID: reader.cursor) {
                reader.take(event)
                if event.type == "turn_complete" || event.type == "turn_error" { ended += 1 }
                if ended == turns || reader.cursor >= last { break }
            }
            return reader
        }
    }
}

/// A generator that gives the same numbers for the same seed.
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
