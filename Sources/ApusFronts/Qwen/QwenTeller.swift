import ApusBase
import ApusCore
import QwenWire

extension QwenStream {
    /// Pulls events and sends their frames, until there are no more or the reader is too slow.
    struct Teller: Sendable {
        enum Outcome: Sendable {
            /// The session was given up.
            case closed
            case cancelled
            /// Nothing can be sent any more, or the reader was told that it is evicted.
            case over
            /// The log cannot be read; a sentence.
            case failed(String)
        }

        struct Result: Sendable {
            var teller: Teller
            var outcome: Outcome
        }

        /// The last event that was pulled.
        private(set) var place: EventNumber
        private let room: QwenRoom
        private let pen: StreamPen
        private let limit: Int
        private let follower: any EventFollower
        private var mapper: QwenMapper
        /// Frames up to here are known to the client.
        private var seen: Int64
        /// Events up to here count for nothing.
        private var free: EventNumber
        /// The replay is over, and what came meanwhile as well.
        private var hasCaughtUp: Bool
        private var isWarned = false
        /// Events that came while the reader let a send wait, and were not sent yet: what it is behind by its own fault.
        private var late: [ClosedRange<EventNumber>] = []
        /// Live frames that were pulled and not sent.
        private var waiting: [NumberedFrame] = []

        private static let pulled = 256

        init(_ stream: QwenStream, _ pen: StreamPen) async throws(SessionError) {
            let start = stream.start
            room = stream.room
            self.pen = pen
            limit = start.maximumQueued
            free = start.head
            if let cursor = start.cursor, QwenMapper.event(of: cursor) <= start.head {
                hasCaughtUp = false
                // The event of the cursor may have more frames than were seen.
                seen = try await Self.limited(cursor, start, stream)
                mapper = Self.mapper(before: seen, start, room)
            } else {
                hasCaughtUp = true
                seen = QwenMapper.ending(after: start.head)
                mapper = start.live
            }
            place = mapper.place
            follower = try await stream.services.sessions.follow(room.session, after: mapper.place)
        }

        private static func mapper(before number: Int64, _ start: Start, _ room: QwenRoom) -> QwenMapper {
            room.stage.mapper(upTo: max(0, QwenMapper.event(of: number) - 1)) ?? QwenMapper(room.session, commands: start.commands)
        }

        /// A cursor from which no more than the ring's frames are replayed.
        private static func limited(_ cursor: Int64, _ start: Start, _ stream: QwenStream) async throws(SessionError) -> Int64 {
            guard let size = start.ringSize else { return cursor }
            var mapper = mapper(before: cursor, start, stream.room)
            let follower = try await stream.services.sessions.follow(stream.room.session, after: mapper.place)
            // The numbers of the last frames, and of the one before them.
            var numbers: [Int64] = []
            while mapper.place < start.head {
                let events: [ApusCore.Event]
                do throws(EventLogError) { events = try await follower.next(limit: pulled) } catch { throw .log(error) }
                if events.isEmpty { break }
                for event in events where event.number <= start.head {
                    numbers += mapper.frames(for: event).compactMap(\.id)
                }
                if numbers.count > 2 * size + pulled { numbers.removeFirst(numbers.count - size - 1) }
                if let last = events.last, last.number >= start.head { break }
            }
            return numbers.count > size ? max(cursor, numbers[numbers.count - size - 1]) : cursor
        }

        func run() async -> Result {
            var teller = self
            let outcome = await teller.tell()
            return Result(teller: teller, outcome: outcome)
        }

        private mutating func tell() async -> Outcome {
            do {
                while !Task.isCancelled {
                    let frames = try await pull(atMost: Self.pulled)
                    guard let frames else { return Task.isCancelled ? .cancelled : .closed }
                    try await send(frames)
                    if place < free { continue }
                    if !hasCaughtUp {
                        // What came during the replay is no fault of the reader's.
                        hasCaughtUp = true
                        free = follower.head
                        if place < free { continue }
                    }
                    while try await count() {
                        let lag = lag
                        if lag > limit, waiting.count > limit { return await evict() }
                        try await send(warned(lag))
                    }
                    isWarned = false
                }
                return .cancelled
            } catch let error as EventLogError {
                return .failed(error.description)
            } catch {
                return .over
            }
        }

        /// Pulls what has come since the last send. False when there is nothing.
        private mutating func count() async throws -> Bool {
            let head = follower.head
            while place < head, waiting.count <= limit, !Task.isCancelled {
                guard let frames = try await pull(atMost: min(Self.pulled, limit + 1 - waiting.count)) else { break }
                waiting += frames
            }
            return !waiting.isEmpty
        }

        /// `nil` when the session was given up, or the task was cancelled.
        private mutating func pull(atMost limit: Int) async throws(EventLogError) -> [NumberedFrame]? {
            let events = try await follower.next(limit: limit)
            if events.isEmpty { return nil }
            var frames: [NumberedFrame] = []
            for event in events {
                if QwenMapper.ending(after: event.number) <= seen {
                    mapper.pass(event)
                } else {
                    frames += room.stage.frames(for: event, &mapper).filter { $0.number > seen }
                }
            }
            place = mapper.place
            return frames
        }

        /// What comes while this waits for the reader counts against it; what comes while frames are made does not.
        private mutating func send(_ frames: [NumberedFrame]) async throws {
            late.removeAll { $0.upperBound <= place }
            if frames.isEmpty { return }
            let before = follower.head
            try await pen.send(frames.map(\.bytes))
            let after = follower.head
            guard hasCaughtUp, after > before else { return }
            if let last = late.last, last.upperBound == before {
                late[late.count - 1] = last.lowerBound...after
            } else {
                late.append(before + 1...after)
            }
        }

        /// Frames that wait by the reader's fault: those that were pulled, and an event for a frame of the others.
        private var lag: Int {
            let pulled = waiting.count { frame in
                let event = QwenMapper.event(of: frame.number)
                return late.contains { $0.contains(event) }
            }
            return pulled + late.reduce(0) { $0 + Int(max(0, $1.upperBound - max($1.lowerBound - 1, place))) }
        }

        /// What waits, behind a warning when it is much for the first time since it was little.
        private mutating func warned(_ lag: Int) -> [NumberedFrame] {
            defer { waiting = [] }
            if lag * 8 <= limit * 3 { isWarned = false }
            guard !isWarned, lag * 4 >= limit * 3 else { return waiting }
            isWarned = true
            return [warning(lag, after: waiting)] + waiting
        }

        private func warning(_ lag: Int, after frames: [NumberedFrame]) -> NumberedFrame {
            let event = QwenEvent(
                type: "slow_client_warning",
                data: [
                    "queueSize": .integer(Int64(lag)), "maxQueued": .integer(Int64(limit)),
                    "lastEventId": .integer(frames.last?.number ?? 0),
                ])
            return NumberedFrame(number: 0, bytes: event.frame)
        }

        /// The queue as far as it reaches, and then the word that it is over. Who fell behind within one send was not warned yet: that stands
        /// where the queue was three quarters full.
        private mutating func evict() async -> Outcome {
            let dropped = waiting[limit].number
            let event = QwenEvent(
                type: "client_evicted", data: ["reason": "queue_overflow", "droppedAfter": .integer(dropped)])
            var frames = Array(waiting.prefix(limit))
            if !isWarned {
                // One send took so long that the whole queue came meanwhile: the warning stands where it was due.
                let due = (limit * 3 + 3) / 4
                frames.insert(warning(due, after: Array(frames.prefix(due))), at: due)
            }
            waiting = []
            // A peer that is gone by now is no less evicted.
            try? await pen.send(frames.map(\.bytes) + [event.frame])
            return .over
        }

        /// Sends what there is, without waiting for more.
        mutating func drain() async {
            do {
                try await send(waiting)
                waiting = []
                _ = try await count()
                try await send(waiting)
            } catch {
                // What could not be read or sent is in the log.
            }
        }
    }
}
