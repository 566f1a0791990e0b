import ApusBase
import ApusCore

/// Tells one client what comes in a session, as long as the session is open.
///
/// The log is the queue: what waits for a slow reader is behind its cursor, and is counted whenever a send returns. What was there when the
/// subscription began, or came while that was told, counts for nothing.
struct OptaTelling: Sendable {
    typealias Send = @Sendable ([[UInt8]]) async throws(ConnectionOver) -> Void

    let replay: OptaReplay
    /// Events that may wait.
    let limit: Int
    let send: Send
    let told = Awaited<[SessionID: EventNumber]>([:])

    var services: ClientServices { replay.services }

    init(_ replay: OptaReplay, limit: Int, send: @escaping Send) {
        self.replay = replay
        self.limit = limit
        self.send = send
    }

    /// Until the session is given up, which is `nil`.
    ///
    /// - Parameters:
    ///   - cursor: frames up to here are known to the client.
    ///   - head: what is there already: it counts for nothing.
    func tell(
        _ session: SessionID, _ walk: inout FrameWalk<OptaMapper>, to cursor: inout Int64, from head: EventNumber,
        through first: any EventFollower, mayGoOn: Bool = true
    ) async -> OptaSubscription.End? {
        var follower = first
        var free = head
        var hasCaughtUp = walk.place >= head
        // A walk that is begun anew goes over what it was told before.
        var reached = walk.place
        note(walk.place, session)
        while true {
            let events: [Event]
            do throws(EventLogError) {
                events = try await follower.next(limit: OptaReplay.pulled)
            } catch {
                if mayGoOn, !hasCaughtUp { return await goOn(session, .log(error), &walk, &cursor) }
                return .failed(error.description)
            }
            if events.isEmpty { return Task.isCancelled ? .cancelled : nil }
            let (frames, isLost) = frames(of: events, &walk, &cursor)
            if !frames.isEmpty { do throws(ConnectionOver) { try await send(frames) } catch { return .over } }
            note(walk.place, session)
            if isLost {
                walk = replay.walk(session, after: cursor)
                do throws(SessionError) {
                    follower = try await services.sessions.follow(session, after: walk.place)
                } catch {
                    return nil
                }
            }
            reached = max(reached, walk.place)
            if reached < free { continue }
            let now = follower.head
            if !hasCaughtUp {
                hasCaughtUp = true
                free = now
            } else if now - reached > EventNumber(limit) {
                return .tooSlow
            }
        }
    }

    /// - Returns: what the client has not seen, and whether it is too far behind the others for the rest.
    private func frames(
        of events: [Event], _ walk: inout FrameWalk<OptaMapper>, _ cursor: inout Int64
    ) -> (frames: [[UInt8]], isLost: Bool) {
        var frames: [[UInt8]] = []
        for event in events {
            if case .turnFinished(let end) = event.kind { services.opta.note(end) }
            guard let told = walk.frames(for: event, isSeen: OptaMapper.number(event.number, 3) <= cursor) else { return (frames, true) }
            for frame in told where frame.number > cursor {
                cursor = frame.number
                frames.append(frame.bytes)
            }
        }
        return (frames, false)
    }

    func note(_ place: EventNumber, _ session: SessionID) {
        told.change { $0[session] = max($0[session] ?? 0, place) }
    }

    /// The history could not be read: the client hears it, and what comes is told all the same.
    func goOn(
        _ session: SessionID, _ error: SessionError, _ walk: inout FrameWalk<OptaMapper>, _ cursor: inout Int64
    ) async -> OptaSubscription.End? {
        do throws(ConnectionOver) { try await sendFault(error.description, cursor) } catch { return .over }
        do throws(SessionError) {
            walk = FrameWalk(walk.room, at: replay.mapper(try await services.maintenance.peek(session)))
            let follower = try await services.sessions.follow(session, after: walk.place)
            return await tell(session, &walk, to: &cursor, from: walk.place, through: follower, mayGoOn: false)
        } catch {
            return .failed(error.description)
        }
    }

    func sendFault(_ message: String, _ cursor: Int64) async throws(ConnectionOver) {
        let fault: JSONValue = ["error": "Event replay failed", "message": .string(message), "afterSeq": .integer(cursor)]
        try await send([fault.serializedBytes()])
    }
}
