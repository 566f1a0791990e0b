import ApusCore

/// Hears all sessions from now on. One is followed as long as somebody has it open; nobody holds it open for this.
struct OptaStarEar: Sendable {
    let telling: OptaTelling

    private var services: ClientServices { telling.services }
    private var replay: OptaReplay { telling.replay }
    /// The last event of each session that was told. Nothing up to there is told again, whichever opening is being told.
    private var told: Awaited<[SessionID: EventNumber]> { telling.told }

    func run() async -> OptaSubscription.End {
        let end = Awaited<OptaSubscription.End?>(nil)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await followEach(end) }
            let first = await end.next { $0 }
            group.cancelAll()
            return first ?? .cancelled
        }
    }

    private func followEach(_ end: Awaited<OptaSubscription.End?>) async {
        // Those that are followed, each with the places at which it was opened again meanwhile.
        let followed = Awaited<[SessionID: [EventNumber]]>([:])
        let begin: @Sendable (SessionID, EventNumber?) async -> Void = { session, place in
            var next = place
            repeat {
                if let result = await follow(session, from: next) { return end.change { $0 = $0 ?? result } }
                next = followed.change { followed -> EventNumber? in
                    guard var places = followed[session], !places.isEmpty else {
                        followed[session] = nil
                        return nil
                    }
                    defer { followed[session] = places }
                    return places.removeFirst()
                }
            } while next != nil
        }
        var opened = await services.maintenance.opened(since: nil)
        await withDiscardingTaskGroup { group in
            for session in opened.open {
                followed.change { $0[session] = [] }
                group.addTask { await begin(session, nil) }
            }
            while !Task.isCancelled {
                let over = Set(told.value.keys).subtracting(followed.value.keys)
                opened = await services.maintenance.opened(since: opened.change)
                for opening in opened.openings {
                    let isNew = followed.change { followed in
                        followed[opening.session]?.append(opening.place)
                        if followed[opening.session] != nil { return false }
                        followed[opening.session] = []
                        return true
                    }
                    if isNew { group.addTask { await begin(opening.session, opening.place) } }
                }
                forget(over.subtracting(opened.openings.map(\.session)))
            }
        }
    }

    /// Whatever was opened before these were given up has been seen: that they were told need not be remembered any more.
    private func forget(_ sessions: Set<SessionID>) {
        if !sessions.isEmpty { told.change { told in for session in sessions { told[session] = nil } } }
    }

    /// - Parameter opening: the place of the session when it was opened; `nil` begins with what comes next.
    private func follow(_ session: SessionID, from opening: EventNumber?) async -> OptaSubscription.End? {
        // Whoever was told of one opening may have heard already what stands behind the next.
        let place = opening.map { max($0, told.value[session] ?? 0) }
        do throws(SessionError) {
            var (walk, head) = try await start(session, at: place)
            var cursor = OptaMapper.number(head, 3)
            let follower = try await services.sessions.follow(session, after: walk.place)
            switch await telling.tell(session, &walk, to: &cursor, from: head, through: follower, mayGoOn: false) {
            case .failed(let message): return await tellFault(message, cursor)
            case let end?: return end
            // Given up, perhaps before all of it was told.
            case nil: return await tellRest(of: session, from: told.value[session] ?? head)
            }
        } catch {
            guard let place else { return nil }
            return await tellRest(of: session, from: place)
        }
    }

    /// A walk that reaches the place, and the place.
    private func start(_ session: SessionID, at place: EventNumber?) async throws(SessionError) -> (FrameWalk<OptaMapper>, EventNumber) {
        let state = try await services.maintenance.peek(session)
        if let place, place < state.lastEvent { return (replay.walk(session, after: OptaMapper.number(place, 3)), place) }
        return (FrameWalk(replay.room(of: session), at: replay.mapper(state)), state.lastEvent)
    }

    /// What cannot be read of one session takes the others from nobody.
    private func tellFault(_ message: String, _ cursor: Int64) async -> OptaSubscription.End? {
        do throws(ConnectionOver) { try await telling.sendFault(message, cursor) } catch { return .over }
        return nil
    }

    private func tellRest(of session: SessionID, from place: EventNumber) async -> OptaSubscription.End? {
        // What cannot be read has nothing to tell.
        guard let head = try? await services.maintenance.glance(at: session).lastEvent, head > place else { return nil }
        let cursor = OptaMapper.number(place, 3)
        var mapper = replay.start(session, after: cursor)
        var isOver = false
        do throws(SessionError) {
            try await replay.run(&mapper, to: head, after: cursor) { frames in
                do throws(ConnectionOver) { try await telling.send(frames) } catch { isOver = true }
                return !isOver
            }
        } catch {
            // What was told until here stands.
        }
        telling.note(mapper.place, session)
        return isOver ? .over : nil
    }
}
