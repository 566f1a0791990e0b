import ApusCore

/// What all listeners of the protocol in one process share: which sessions were made or brought back here, and to which a client of a
/// workspace is attached. Nothing of it outlives the process; a session that is not here answers all the same, from its log.
package final class QwenRegistry: Sendable {
    /// A session on its way: who comes meanwhile waits for its outcome.
    final class Spawn: Sendable {
        struct State {
            var outcome: Result<QwenRoom, QwenFailure>?
            var waiters = 0
        }

        let state = Awaited(State())

        /// `nil` when the waiting task is cancelled.
        func outcome() async -> Result<QwenRoom, QwenFailure>? { await state.next { $0.outcome } }
    }

    struct Restore {
        var action: String
        var spawn: Spawn
    }

    fileprivate struct State {
        var rooms: [SessionID: QwenRoom] = [:]
        /// Those that were made or loaded here, oldest first.
        var registered: [SessionID] = []
        var targets: [String: SessionID] = [:]
        var spawns: [String: Spawn] = [:]
        var restores: [SessionID: Restore] = [:]
        var inFlight = 0
        /// Sessions that died here, newest last.
        var dead: [SessionID] = []
    }

    enum Plan {
        case attach(SessionID)
        case wait(Spawn)
        /// To be ended by ``finish(_:_:in:)``.
        case spawn(Spawn)
        case full(Int)
    }

    enum RestorePlan {
        case live(QwenRoom)
        case wait(Spawn)
        /// To be ended by ``finish(_:_:restoring:)``.
        case restore(Spawn)
        case conflict(active: String)
        case full(Int)
    }

    private static let maximumGuests = 1_024
    private static let maximumDead = 512

    private let state = Awaited(State())

    package init() {}

    // MARK: Making sessions

    func plan(for workspace: String, atMost limit: Int?) -> Plan {
        state.change { state in
            if let target = state.targets[workspace] { return .attach(target) }
            if let spawn = state.spawns[workspace] {
                spawn.state.change { $0.waiters += 1 }
                return .wait(spawn)
            }
            if let limit, !state.hasRoom(limit) { return .full(limit) }
            let spawn = Spawn()
            state.spawns[workspace] = spawn
            state.inFlight += 1
            return .spawn(spawn)
        }
    }

    /// Whoever waits hears of the outcome; a failure frees the place.
    ///
    /// - Parameter isWanted: whether its maker still is there. A session that nobody wants is nobody's to attach to: in one step with the
    ///   look at who waits, so that nobody comes to it while it is put away.
    /// - Returns: false for a session that nobody wants.
    @discardableResult
    func finish(
        _ spawn: Spawn, _ outcome: Result<QwenRoom, QwenFailure>, in workspace: String, isWanted: () -> Bool = { true }
    ) -> Bool {
        let isKept = state.change { state in
            state.inFlight -= 1
            state.spawns[workspace] = nil
            guard case .success(let room) = outcome else { return true }
            guard isWanted() || spawn.state.value.waiters > 0 else { return false }
            state.register(room)
            state.targets[workspace] = room.session
            return true
        }
        spawn.state.change { $0.outcome = outcome }
        return isKept
    }

    /// A client that waited has gone.
    func stopWaiting(for spawn: Spawn) { spawn.state.change { $0.waiters -= 1 } }

    /// A place for a session that nobody will be attached to.
    func reserve(atMost limit: Int?) -> Bool {
        state.change { state in
            if let limit, !state.hasRoom(limit) { return false }
            state.inFlight += 1
            return true
        }
    }

    func finish(_ room: QwenRoom?) {
        state.change { state in
            state.inFlight -= 1
            if let room { state.register(room) }
        }
    }

    // MARK: Bringing sessions back

    func plan(_ action: String, _ session: SessionID, atMost limit: Int?) -> RestorePlan {
        state.change { state in
            if let restore = state.restores[session] {
                return restore.action == action ? .wait(restore.spawn) : .conflict(active: restore.action)
            }
            if state.registered.contains(session), let room = state.rooms[session] { return .live(room) }
            if let limit, !state.hasRoom(limit) { return .full(limit) }
            let restore = Restore(action: action, spawn: Spawn())
            state.restores[session] = restore
            state.inFlight += 1
            return .restore(restore.spawn)
        }
    }

    func finish(_ spawn: Spawn, _ outcome: Result<QwenRoom, QwenFailure>, restoring session: SessionID) {
        state.change { state in
            state.inFlight -= 1
            state.restores[session] = nil
            if case .success(let room) = outcome { state.register(room) }
        }
        spawn.state.change { $0.outcome = outcome }
    }

    // MARK: Looking up

    /// The room of a session that is in the log, made when there is none yet.
    ///
    /// - Parameter isOld: whether a process before this one may have given out ids for it.
    func room(of session: SessionState, isOld: Bool = true) -> QwenRoom {
        state.change { state in
            let id = session.header.id
            if let room = state.rooms[id] { return room }
            if state.rooms.count - state.registered.count >= Self.maximumGuests { state.dropGuests() }
            let room = QwenRoom(session.header, directory: session.directory, isOld: isOld)
            state.rooms[id] = room
            return room
        }
    }

    /// Sessions that live here in a workspace, oldest first.
    func rooms(in workspace: String) -> [QwenRoom] {
        let state = state.value
        return state.registered.compactMap { state.rooms[$0] }.filter { $0.workspace == workspace }
    }

    func isDead(_ session: SessionID) -> Bool { state.value.dead.contains(session) }

    /// Somebody works in it again.
    func revive(_ session: SessionID) {
        if isDead(session) { state.change { $0.dead.removeAll { $0 == session } } }
    }

    /// Nobody is attached to it any more, and it takes no place.
    func forget(_ room: QwenRoom, isDead: Bool = false) {
        state.change { state in
            guard state.rooms[room.session] === room else { return }
            state.rooms[room.session] = nil
            state.registered.removeAll { $0 == room.session }
            state.targets = state.targets.filter { $0.value != room.session }
            if isDead {
                state.dead.append(room.session)
                if state.dead.count > Self.maximumDead { state.dead.removeFirst() }
            }
        }
    }

    func forgetTarget(_ session: SessionID) {
        state.change { state in
            if let room = state.rooms[session] {
                state.rooms[session] = nil
                state.registered.removeAll { $0 == room.session }
            }
            state.targets = state.targets.filter { $0.value != session }
        }
    }
}

extension QwenRegistry.State {
    fileprivate func hasRoom(_ limit: Int) -> Bool { registered.count + inFlight < limit }

    fileprivate mutating func register(_ room: QwenRoom) {
        rooms[room.session] = room
        dead.removeAll { $0 == room.session }
        if !registered.contains(room.session) { registered.append(room.session) }
    }

    /// Guests whose streams are over are nobody's loss.
    fileprivate mutating func dropGuests() {
        let kept = Set(registered)
        rooms = rooms.filter { kept.contains($0.key) || $0.value.stage.subscriberCount > 0 }
    }
}
