import ApusBase
import ApusCore
import OptaWire

/// What a session's log holds, told from a cursor on in one dialect, and the places from which one can go on.
struct OptaReplay: Sendable {
    let services: ClientServices
    let daemon: String
    let defaultModel: String
    let dialect: OptaDialect

    static let pulled = 256

    func mapper(_ state: SessionState) -> OptaMapper {
        OptaMapper(state, daemon: daemon, defaultModel: defaultModel, dialect: dialect)
    }

    /// Where those who follow a session share what is made for them. What is said depends on all that the name of it has.
    func room(of session: SessionID) -> OptaRoom {
        services.opta.room(OptaRoomName(session: session, daemon: daemon, defaultModel: defaultModel, dialect: dialect))
    }

    /// The nearest known place from which everything behind a number can be told.
    func start(_ session: SessionID, after number: Int64) -> OptaMapper {
        // The event of a number may have more frames than were seen.
        room(of: session).mapper(after: number, upTo: max(0, OptaMapper.event(of: number) - 1)) ?? mapper(SessionState(id: session))
    }

    /// A walk from there.
    func walk(_ session: SessionID, after number: Int64) -> FrameWalk<OptaMapper> {
        FrameWalk(room(of: session), at: start(session, after: number))
    }

    /// Goes on to `head`, and hands over each batch of frames with a number above `cursor`, until it is told that this is enough. Whoever
    /// owns the session.
    func run(
        _ mapper: inout OptaMapper, to head: EventNumber, after cursor: Int64, _ take: ([[UInt8]]) async -> Bool
    ) async throws(SessionError) {
        guard mapper.place < head else { return }
        let session = mapper.state.header.id
        let room = room(of: session)
        while mapper.place < head, !Task.isCancelled {
            let events = try await services.maintenance.events(in: session, after: mapper.place, limit: Self.pulled)
            if events.isEmpty { break }
            var told: [[UInt8]] = []
            for event in events where event.number <= head {
                if OptaMapper.number(event.number, 3) <= cursor {
                    room.pass(event, &mapper)
                } else {
                    for frame in room.frames(for: event, &mapper) where frame.number > cursor { told.append(frame.bytes) }
                }
            }
            if !told.isEmpty, await !take(told) { break }
        }
        room.offer(mapper)
    }
}
