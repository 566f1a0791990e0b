import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// Streams that connect again.
struct EventResumeTests {
    private let time = ManualTime()

    /// Turns the clock whenever somebody sleeps on it, and gives what the stream gave.
    private func ids(_ daemon: StubDaemon, from cursor: Int64? = 0, resume: EventResume = .automatic) async throws -> [Int64?] {
        try await events(daemon, from: cursor, resume: resume).map(\.id)
    }

    private func events(_ daemon: StubDaemon, from cursor: Int64? = 0, resume: EventResume = .automatic) async throws -> [DaemonEvent] {
        let stream = daemon.client(timeout: nil, clock: .manual(time)).subscribeEvents("s", lastEventID: cursor, resume: resume)
        return try await within { [time] in
            try await withThrowingTaskGroup(of: [DaemonEvent]?.self) { group in
                group.addTask { try await stream.all() }
                group.addTask {
                    for count in 1... {
                        try await time.sleeps(count)
                        if let last = time.requestedSleeps.last { time.advance(by: last) }
                    }
                    return nil
                }
                defer { group.cancelAll() }
                return try await group.next().flatMap { $0 } ?? []
            }
        }
    }

    private func cursors(_ daemon: StubDaemon) -> [String?] { daemon.seen.value.map { $0.headers["last-event-id"] } }

    private func milliseconds(_ counts: Int...) -> [Duration] { counts.map { .milliseconds($0) } }

    private static let end = frame(99, "session_closed", #"{"sessionId":"s","reason":"client_close"}"#)

    @Test func itGoesOnBehindTheLastEvent() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1), frame(2))
        daemon.queue(stream: frame(3))
        daemon.queue(stream: frame(nil, "replay_complete"), frame(5), Self.end)
        #expect(try await ids(daemon) == [1, 2, 3, nil, 5, 99])
        #expect(cursors(daemon) == ["0", "2", "3"])
    }

    @Test func nothingComesTwiceWhenTheDaemonRepeats() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(4), frame(5))
        daemon.queue(stream: frame(4), frame(5), frame(6), Self.end)
        #expect(try await ids(daemon, from: nil) == [4, 5, 6, 99])
        #expect(cursors(daemon) == [nil, "5"])
    }

    @Test func withoutAnEventThereIsNoCursor() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: "")
        daemon.queue(stream: Self.end)
        #expect(try await ids(daemon, from: nil) == [99])
        #expect(cursors(daemon) == [nil, nil])
    }

    @Test func whatPassesIsTriedAgain() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1))
        daemon.queue { _ throws(HTTPTransportError) in throw .connectFailed("refused") }
        daemon.queue { _ throws(HTTPTransportError) in throw .connectionLost("cut") }
        for status in [408, 429, 500, 502, 503] { daemon.queue(status, "{}") }
        daemon.queue(stream: frame(2), frame(nil, "client_evicted", #"{"reason":"queue_overflow"}"#))
        daemon.queue(stream: frame(3), frame(nil, "stream_error", #"{"error":"e"}"#))
        daemon.queue(stream: Self.end)
        #expect(try await ids(daemon) == [1, 2, 3, 99])
        #expect(cursors(daemon) == ["0", "1", "1", "1", "1", "1", "1", "1", "1", "2", "3"])
        #expect(Array(time.requestedSleeps.prefix(8)) == milliseconds(250, 500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000))
    }

    @Test func thePauseBeginsAnewAfterAnEvent() async throws {
        let daemon = StubDaemon()
        for id in 1...3 {
            daemon.queue(stream: frame(id))
            daemon.queue(stream: "")
        }
        daemon.queue(stream: Self.end)
        #expect(try await ids(daemon) == [1, 2, 3, 99])
        #expect(time.requestedSleeps == milliseconds(250, 500, 250, 500, 250, 500))
    }

    @Test func theDaemonMayAskForALongerPause() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1))
        daemon.queue { _ in .json(429, "{}", [.init("Retry-After", "60")]) }
        daemon.queue(stream: Self.end)
        #expect(try await ids(daemon) == [1, 99])
        #expect(time.requestedSleeps == [.milliseconds(250), .seconds(60)])
    }

    @Test(arguments: ["session_died", "session_closed"]) func theEndOfTheSessionIsTheEnd(type: String) async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1), frame(nil, type, #"{"sessionId":"s","reason":"daemon_shutdown"}"#), frame(3))
        #expect(try await ids(daemon) == [1, nil])
        #expect(daemon.lines.count == 1)
    }

    @Test func aShutdownCanBeOutlived() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1), frame(7, "session_died", #"{"sessionId":"s","reason":"daemon_shutdown"}"#))
        daemon.queue { _ throws(HTTPTransportError) in throw .connectFailed("refused") }
        daemon.queue(stream: frame(2), frame(8, "session_died", #"{"sessionId":"s","reason":"channel_closed"}"#))
        var resume = EventResume.automatic
        resume.outlivesShutdown = true
        #expect(try await ids(daemon, resume: resume) == [1, 2, 8])
        #expect(cursors(daemon) == ["0", "1", "1"])
    }

    @Test(arguments: [400, 401, 403, 404]) func whatDoesNotPassIsThrown(status: Int) async throws {
        let daemon = StubDaemon(status, #"{"error":"e"}"#)
        daemon.queue(stream: frame(1))
        let error = await #expect(throws: DaemonHTTPError.self) { try await ids(daemon) }
        #expect(error?.status == status)
        #expect(daemon.lines.count == 2)
    }

    @Test func openingForTheFirstTimeIsNotRepeated() async throws {
        let daemon = StubDaemon(503, "{}")
        await #expect(throws: DaemonHTTPError.self) { try await ids(daemon) }
        #expect(daemon.lines.count == 1)
    }

    @Test func triesAreBounded() async throws {
        let daemon = StubDaemon(503, #"{"error":"down"}"#)
        daemon.queue(stream: frame(1))
        let error = await #expect(throws: DaemonHTTPError.self) { try await ids(daemon, resume: EventResume(attempts: 3)) }
        #expect(error?.status == 503)
        #expect(daemon.lines.count == 4)
        let silent = StubDaemon { _ in
            let body = MemoryHTTPBody()
            body.finish()
            return .events(body)
        }
        await #expect(throws: DaemonConnectionError.self) { try await ids(silent, resume: EventResume(attempts: 3)) }
        #expect(silent.lines.count == 4)
    }

    @Test func aConnectionThatStoodLongIsNoFailure() async throws {
        let daemon = StubDaemon()
        // Each connection stands for 11 s before it ends without an event.
        let bodies = (0..<6).map { _ in MemoryHTTPBody() }
        for body in bodies { daemon.queue(body) }
        let last = MemoryHTTPBody()
        last.push(Self.end)
        daemon.queue(last)
        let stream = daemon.client(timeout: nil, clock: .manual(time)).subscribeEvents(
            "s", lastEventID: 0, resume: EventResume(attempts: 2))
        let count = Watched(0)
        let task = Task {
            for try await event in stream { count.change { $0 += event.type == "replay_complete" ? 1 : 0 } }
        }
        for (index, body) in bodies.enumerated() {
            body.push(frame(nil, "replay_complete"))
            _ = try await within { await count.first { $0 == index + 1 } }
            time.advance(by: .seconds(11))
            body.finish()
            try await time.sleeps(index + 1)
            time.advance(by: .milliseconds(250))
        }
        try await within { try await task.value }
        #expect(time.requestedSleeps == Array(repeating: .milliseconds(250), count: 6))
    }

    @Test func aDaemonThatCountsAnewIsReadFromItsStart() async throws {
        let daemon = StubDaemon()
        let first = MemoryHTTPBody()
        first.push(frame(40) + frame(41))
        first.finish()
        daemon.queue(first, epoch: "one")
        let second = MemoryHTTPBody()
        second.push(frame(1) + frame(2))
        second.finish()
        daemon.queue(second, epoch: "two")
        daemon.queue(stream: frame(nil, "state_resync_required", #"{"reason":"epoch_reset"}"#), frame(1), Self.end)
        #expect(try await ids(daemon) == [40, 41, 1, 2, nil, 1, 99])
        #expect(cursors(daemon) == ["0", "41", "2"])
        #expect(daemon.seen.value.map { $0.headers["x-qwen-event-epoch"] } == [nil, "one", "two"])
    }

    @Test func aStreamThatNeverResumesEndsWithItsConnection() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1), frame(nil, "client_evicted", #"{"reason":"queue_overflow","droppedAfter":9}"#))
        let events = try await events(daemon, resume: .never)
        #expect(events.map(\.type) == ["session_update", "client_evicted"])
        #expect(daemon.lines.count == 1)
    }

    @Test func cutAnywhereTheTextIsTheSame() async throws {
        let whole = (1...60).map { (number: Int) in frame(number, "session_update", "{\"n\":\(number)}") }
        // A daemon that sends from the cursor on, and loses the connection after some bytes.
        let daemon = StubDaemon { request in
            let cursor = Int(request.header("Last-Event-ID") ?? "0") ?? 0
            let text = Array((whole[cursor...].joined() + Self.end).utf8)
            let isLast = Int.random(in: 0..<40) == 0
            let body = MemoryHTTPBody()
            body.push(isLast ? text : Array(text.prefix(Int.random(in: 0...300))))
            body.finish(Bool.random() && !isLast ? .connectionLost("cut") : nil)
            return .events(body)
        }
        daemon.queue(stream: "")
        #expect(try await ids(daemon, resume: EventResume(attempts: 1_000)) == (1...60).map(Int64.init) + [99])
    }
}
