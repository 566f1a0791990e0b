import ApusCore

/// Hears one session from a cursor on: it is joined whenever it is there.
struct OptaEar: Sendable {
    let telling: OptaTelling
    let session: SessionID

    private var services: ClientServices { telling.services }
    private var replay: OptaReplay { telling.replay }

    func run(after cursor: Int64) async -> OptaSubscription.End {
        var cursor = cursor
        var patience = OptaPatience(services)
        var fault: SessionError?
        while !Task.isCancelled {
            await patience.next()
            guard await isThere else {
                // Another process may make it, or bring it back.
                patience.grow()
                continue
            }
            var (walk, head): (FrameWalk<OptaMapper>, EventNumber)
            do throws(SessionError) {
                (walk, head) = try await enter(after: cursor)
            } catch {
                // Another process has it, which is said once, or this one stops.
                if error != .closing, error != fault {
                    do throws(ConnectionOver) { try await telling.sendFault(error.description, cursor) } catch { return .over }
                }
                fault = error
                patience.grow()
                continue
            }
            fault = nil
            patience.reset()
            let end = await follow(&walk, to: &cursor, from: head)
            await services.attendance.leave(session)
            if let end { return end }
        }
        return .cancelled
    }

    /// A session that was put away is there again when somebody opens it.
    private var isThere: Bool {
        get async {
            // What cannot be read is not there yet.
            guard let glance = try? await services.maintenance.glance(at: session), glance.lastEvent > 0 else { return false }
            if glance.archivedAt == nil { return true }
            return await services.maintenance.opened().contains(session)
        }
    }

    /// Where to begin, and what is there. The state itself is not held: it would be copied with the next event.
    private func enter(after cursor: Int64) async throws(SessionError) -> (FrameWalk<OptaMapper>, EventNumber) {
        let state = try await services.attendance.enter(session)
        let head = state.lastEvent
        if OptaMapper.event(of: cursor) > head { return (FrameWalk(replay.room(of: session), at: replay.mapper(state)), head) }
        return (replay.walk(session, after: cursor), head)
    }

    /// Until the session is given up, which is `nil`.
    private func follow(
        _ walk: inout FrameWalk<OptaMapper>, to cursor: inout Int64, from head: EventNumber
    ) async -> OptaSubscription.End? {
        let follower: any EventFollower
        do throws(SessionError) {
            follower = try await services.sessions.follow(session, after: walk.place)
        } catch {
            // Given up meanwhile; it is joined anew.
            if case .log(.notFound) = error { return nil }
            return await telling.goOn(session, error, &walk, &cursor)
        }
        return await telling.tell(session, &walk, to: &cursor, from: head, through: follower)
    }
}
