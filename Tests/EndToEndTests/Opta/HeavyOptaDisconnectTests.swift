import ApusBase
import ApusTestServer
import Foundation
import OptaSDK
import Testing

/// Sockets that are closed all the time, polls that are given up, and a daemon that is stopped and killed under them: nothing is missing, nothing comes
/// twice, and a cursor is good for every daemon that follows.
@Suite struct HeavyOptaDisconnectTests {
    private static let sockets = 8
    private static let pollers = 2
    private static let disconnects = 10_000
    private static let restarts = 20

    @Test(.timeLimit(.minutes(8))) func tenThousandDisconnectsAndTwentyRestarts() async throws {
        let fragments = (0..<400).flatMap { [Fragment.piece("\($0) "), .pause(milliseconds: $0.isMultiple(of: 8) ? 1 : 0)] }
        let script = Script([ScriptStep(.stream(StreamedReply([.text(fragments)])), times: .forever)])
        try await withTripleDaemon(script) { first in
            var daemon = first
            let readerCount = Self.sockets + Self.pollers
            var readers = Array(repeating: CutReader(), count: readerCount)
            var session = ""
            var daemons: Set<String> = []
            for life in 0..<Self.restarts {
                let client = DaemonClient(port: daemon.optaPort, token: daemon.key)
                if session.isEmpty { session = try await client.createSession().id }
                daemons.insert(try await client.health().daemonID)
                try await client.submitTurn(session, content: "Go on, \(life).")
                let quota = Self.disconnects * (life + 1) / Self.restarts / readerCount + 1
                readers = await Self.harass(readers, daemon, session, until: quota, seed: UInt64(life))
                await client.close()
                try await daemon.end(life.isMultiple(of: 2) ? SIGKILL : SIGTERM)
                daemon = try await daemon.restarted()
            }
            // Once more in peace: the whole of it, and what each reader does not have yet.
            let client = DaemonClient(port: daemon.optaPort, token: daemon.key)
            try await client.submitTurn(session, content: "Once more.")
            let whole = try await Self.finish(CutReader(), client, session, turns: Self.restarts + 1)
            #expect(whole.text.hasSuffix("398 399 "))
            for reader in readers {
                let done = try await Self.finish(reader, client, session, last: whole.cursor)
                #expect(done.text == whole.text)
                #expect(done.events == whole.events)
            }
            // The log that is polled is the same.
            var polled = CutReader()
            for event in try await client.getEvents(session) { Self.take(event, &polled) }
            #expect(polled.events == whole.events)
            await client.close()
            let total = readers.map(\.disconnects).reduce(0, +)
            #expect(total >= Self.disconnects)
            #expect(daemons.count == Self.restarts)
            print("\(total) disconnects, \(Self.restarts) restarts, \(whole.events.count) events, \(whole.text.utf8.count) bytes of text")
        }
    }

    /// All that must be the same for everybody: what a session was is told the same way by every daemon.
    private static func name(_ event: DaemonEvent) -> String { "\(event.wireName) \(event.payload.text)" }

    private static func take(_ event: DaemonEvent, _ reader: inout CutReader) { reader.take(event.seq, name(event), event.token) }

    private static func harass(
        _ readers: [CutReader], _ daemon: TripleDaemon, _ session: String, until quota: Int, seed: UInt64
    ) async -> [CutReader] {
        let clients = readers.map { _ in DaemonClient(port: daemon.optaPort, token: daemon.key) }
        let done = await CutReader.harass(readers, until: quota, seed: seed) { index, cursor, tell in
            do {
                if index >= Self.sockets {
                    for event in try await clients[index].getEvents(session, afterSeq: cursor) {
                        if !tell(event.seq, Self.name(event), event.token) { break }
                    }
                    return
                }
                let socket = try await clients[index].sockets.connect(sessionID: session, afterSeq: cursor)
                do {
                    while let frame = try await socket.next() {
                        guard case .event(let event) = frame else { continue }
                        if !tell(event.seq, Self.name(event), event.token) { break }
                    }
                } catch {
                    // Cut off.
                }
                await socket.close()
            } catch {
                // Cut off before it began.
            }
        }
        for client in clients { await client.close() }
        return done
    }

    /// Reads on until so many turns have ended, or to a number.
    private static func finish(
        _ reader: CutReader, _ client: DaemonClient, _ session: String, turns: Int? = nil, last: Int64 = .max
    ) async throws -> CutReader {
        var reader = reader
        if reader.cursor >= last { return reader }
        let socket = try await client.sockets.connect(sessionID: session, afterSeq: reader.cursor)
        var ended = 0
        while let frame = try await socket.next() {
            guard case .event(let event) = frame else { continue }
            take(event, &reader)
            if event.event == .turnDone || event.event == .turnError { ended += 1 }
            if reader.cursor >= last { break }
            // Behind the end comes what the session is after it.
            if ended == turns, event.event == .sessionUpdated { break }
        }
        await socket.close()
        return reader
    }
}
