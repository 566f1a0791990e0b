import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 38 to 46 and 48 on the real executable: streams of events.
@Suite struct QwenConformanceStreamTests {
    /// 38, 39, and the members of an update, nested and flat
    @Test func numbersRiseAndACursorGivesWhatComesBehindIt() async throws {
        try await withQwen([.text("Hello ", "you."), .text("Again.")]) { served in
            let session = try await served.session()
            let live = try await served.listen(session, after: nil)
            #expect(try await served.prompt(session).status == 200)
            _ = try await live.event("turn_complete")
            let frames = try await served.replay(session, turns: 1)
            let ids = frames.compactMap(\.id)
            #expect(ids.count == frames.count && ids == Set(ids).sorted() && ids.allSatisfy { $0 >= 1 })
            // Whoever was there saw the same from where it came in.
            let seen = try await live.frames { $0.types.contains("turn_complete") }
            #expect(frames.suffix(seen.count) == seen[...])
            for frame in frames where frame.type == "session_update" {
                #expect(frame.data["sessionId"] == .string(session))
                let members = frame.data["update"]?.objectValue ?? [:]
                for name in members.keys { #expect(frame.data[name] == members[name], "\(name)") }
            }
            for (index, cursor) in ids.enumerated().dropLast() {
                let ear = try await served.listen(session, after: "\(cursor)")
                let rest = try await ear.frames { $0.types.contains("turn_complete") }
                #expect(rest[...] == frames[(index + 1)...])
                await ear.close()
            }
            // What is none counts as absent: nothing is replayed.
            for cursor in ["1abc", "-1", "", "9007199254740993", "0x1"] {
                let ear = try await served.listen(session, after: cursor)
                #expect(QwenEar.frames(of: try await ear.peer.received { _ in true }.bytes).isEmpty, "\(cursor)")
                await ear.close()
            }
            await live.close()
        }
    }

    /// 40
    @Test func aRingGivesExactlyItsLastFrames() async throws {
        try await withQwen([.text("a"), .text("b")], ["--event-ring-size", "3"]) { served in
            let session = try await served.session()
            for _ in 0..<2 { #expect(try await served.prompt(session).status == 200) }
            let ear = try await served.listen(session)
            let last = try await ear.frames { $0.types.last == "turn_complete" }
            #expect(last.count == 3)
            await ear.close()
            #expect(try await served.stop().status == .exited(0))
            let whole = try await QwenServed.start(served.stage)
            defer { whole.server.process.send(SIGKILL) }
            #expect(try await whole.replay(session, turns: 2).suffix(3) == last[...])
        }
    }

    /// 41
    @Test func aReplayLargerThanTheQueueIsCompleteAndNobodyIsPutOut() async throws {
        let pieces = (0..<200).map { Fragment.piece("w\($0) ") }
        let text = (0..<200).map { "w\($0) " }.joined()
        try await withQwen([.stream(StreamedReply([.text(pieces)])), .text("Live.")]) { served in
            let session = try await served.session()
            #expect(try await served.prompt(session).status == 200)
            let ear = try await served.listen(session, query: "?maxQueued=16")
            #expect(try await served.prompt(session).status == 200)
            let frames = try await ear.frames { $0.types.count { $0 == "turn_complete" } == 2 }
            #expect(frames.text == text + "Live.")
            #expect(!frames.types.contains("client_evicted"))
            await ear.close()
        }
    }

    /// 42, 43
    @Test func whoDoesNotReadIsWarnedThenToldAndPutOutAndNobodyElseSuffers() async throws {
        let block = String(repeating: "x", count: 12_000)
        let pieces = (0..<400).flatMap { _ in [Fragment.piece(block), .pause(milliseconds: 2)] }
        try await withQwen([.stream(StreamedReply([.text(pieces)]))], ["--non-blocking-prompts"]) { served in
            let session = try await served.session()
            let stuck = try await served.listen(session, query: "?maxQueued=16")
            try await stuck.peer.stopReading()
            let reading = try await served.ask("GET /session/\(session)/events?maxQueued=2048", headers: ["Last-Event-ID: 0"])
            #expect(try await served.prompt(session).status == 202)
            let needle = Array("event: turn_complete".utf8)
            let (bytes, _) = try await reading.received(within: .seconds(60)) { $0.suffix(2_000).firstRange(of: needle) != nil }
            let all = QwenEar.frames(of: bytes)
            #expect(all.text.utf8.count == 400 * 12_000 && !all.types.contains("client_evicted"))
            try await stuck.peer.readOn()
            let frames = try await stuck.whole()
            #expect(frames.last?.type == "client_evicted" && frames.last?.id == nil)
            #expect(frames.last?.data["reason"] == "queue_overflow")
            let warning = try #require(frames.first { $0.type == "slow_client_warning" })
            #expect(warning.id == nil && warning.data["maxQueued"] == 16)
            #expect(frames.count { $0.type == "client_evicted" } == 1)
            // What it got is the beginning of what the other got.
            let got = frames.filter { $0.id != nil }
            #expect(got[...] == all.prefix(got.count))
            await reading.close()
        }
    }

    /// 44
    @Test func theQueueHasBounds() async throws {
        try await withQwen { served in
            let session = try await served.session()
            for (word, error) in [
                ("15", "`maxQueued` must be in [16, 2048]"), ("2049", "`maxQueued` must be in [16, 2048]"),
                ("abc", "`maxQueued` must be a decimal integer"), ("", "`maxQueued` must be a decimal integer"),
            ] {
                let answer = try await served.call("GET /session/\(session)/events?maxQueued=\(word)")
                #expect(answer.status == 400, "\(word)")
                #expect(answer.body == ["error": .string(error), "code": "invalid_max_queued"], "\(word)")
            }
            for word in ["16", "2048"] { await (try await served.listen(session, query: "?maxQueued=\(word)")).close() }
        }
    }

    /// 46, 48
    @Test func theSixtyFifthReaderIsRefusedAndAPlaceIsGivenBack() async throws {
        try await withQwen { served in
            let session = try await served.session()
            var ears: [QwenEar] = []
            for _ in 0..<64 { ears.append(try await served.listen(session)) }
            let refused = try await served.call("GET /session/\(session)/events")
            #expect(refused.status == 429 && refused.fields["retry-after"] == "5")
            #expect(
                refused.body == [
                    "error": "EventBus subscriber limit reached (64)", "code": "subscriber_limit_exceeded", "limit": 64,
                ])
            await ears.removeLast().close()
            try await eventually {
                let peer = try await served.ask("GET /session/\(session)/events")
                let (bytes, _) = try await peer.received { $0.count > 12 }
                await peer.close()
                return String(decoding: bytes, as: UTF8.self).hasPrefix("HTTP/1.1 200 ")
            }
            for ear in ears { await ear.close() }
        }
    }
}
