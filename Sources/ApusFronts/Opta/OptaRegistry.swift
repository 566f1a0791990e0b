import ApusCore
import OptaWire
import Synchronization

/// What all listeners of the protocol in one process share and nobody else knows. Nothing of it outlives the process.
package final class OptaRegistry: Sendable {
    fileprivate struct State {
        /// Turns that were accepted since the start.
        var accepted = 0
        var acceptedTurns: [TurnID] = []
        var subscribers = 0
        /// When clients asked for a session last.
        var used: [SessionID: Timestamp] = [:]
        /// Milliseconds of the newest turns that ended, oldest first.
        var latencies: [Int] = []
        /// Those that somebody holds.
        var rooms: [OptaRoomName: HeldRoom] = [:]
        /// When those that nobody holds any more are swept out.
        var sweepAt = 64
        /// The newest are held here: who polls, or comes back, finds what it left.
        var recent: [(name: OptaRoomName, room: OptaRoom)] = []
    }

    private static let keptTurns = 1_000
    private static let keptLatencies = 100
    private static let keptUses = 10_000
    /// As long as the original keeps a session in memory in which nothing happens.
    private static let memory: Timestamp = 30 * 60_000
    private static let keptRooms = 16
    /// A place holds a conversation: fewer than where it holds names only.
    private static let keptPlaces = 16

    private let state = Mutex(State())
    /// Sessions in which a prompt is being accepted: one after the other, so that what it has seen is what there is.
    private let submitting = Awaited(Set<SessionID>())

    package init() {}

    // MARK: Counting

    func accept(_ turn: TurnID) {
        state.withLock { state in
            state.accepted += 1
            state.acceptedTurns.append(turn)
            if state.acceptedTurns.count > Self.keptTurns { state.acceptedTurns.removeFirst() }
        }
    }

    var accepted: Int { state.withLock { $0.accepted } }

    /// Each turn counts once, and only those that were accepted here.
    func note(_ end: TurnEnd?) {
        guard let end else { return }
        state.withLock { state in
            guard let index = state.acceptedTurns.lastIndex(of: end.turn) else { return }
            state.acceptedTurns.remove(at: index)
            guard end.reason == .completed else { return }
            state.latencies.append(end.durationMilliseconds)
            if state.latencies.count > Self.keptLatencies { state.latencies.removeFirst() }
        }
    }

    var latencies: [Int] { state.withLock { $0.latencies } }

    var subscribers: Int { state.withLock { $0.subscribers } }

    /// A subscriber counts as long as this takes.
    func subscribed<Value: Sendable>(_ body: () async -> Value) async -> Value {
        state.withLock { $0.subscribers += 1 }
        defer { state.withLock { $0.subscribers -= 1 } }
        return await body()
    }

    func use(_ session: SessionID, at now: Timestamp) {
        state.withLock { state in
            if state.used.count >= Self.keptUses { state.used = state.used.filter { now - $0.value < Self.memory } }
            if state.used.count < Self.keptUses || state.used[session] != nil { state.used[session] = now }
        }
    }

    /// Sessions that are in memory, as clients of the original see it: those that are open, and those that were asked for in the last half
    /// hour. Here the others are no further away, and the log holds what they are.
    func sessionCount(with open: [SessionID], at now: Timestamp) -> Int {
        state.withLock { state in
            state.used = state.used.filter { now - $0.value < Self.memory }
            return state.used.count + Set(open).count { state.used[$0] == nil }
        }
    }

    // MARK: One prompt at a time

    /// `nil` when the task is cancelled first.
    func alone<Value: Sendable>(in session: SessionID, _ body: () async -> Value) async -> Value? {
        let isMine: Bool? = await submitting.next { $0.insert(session).inserted ? true : nil }
        guard isMine != nil else { return nil }
        defer { submitting.change { _ = $0.remove(session) } }
        return await body()
    }

    // MARK: Rooms

    /// The one room of that name. It stays as long as somebody holds it, and for a while.
    func room(_ name: OptaRoomName) -> OptaRoom {
        state.withLock { state in
            if let last = state.recent.last, last.name == name { return last.room }
            let room = state.rooms[name]?.room ?? state.make(name, places: Self.keptPlaces)
            state.recent.removeAll { $0.name == name }
            state.recent.append((name, room))
            if state.recent.count > Self.keptRooms { state.recent.removeFirst() }
            return room
        }
    }

    /// Events whose frames were made in the rooms of a session, for measuring.
    func made(in session: SessionID) -> Int {
        state.withLock { state in state.rooms.reduce(0) { $0 + ($1.key.session == session ? $1.value.room?.made ?? 0 : 0) } }
    }
}

private struct HeldRoom {
    weak var room: OptaRoom?
}

extension OptaRegistry.State {
    fileprivate mutating func make(_ name: OptaRoomName, places: Int) -> OptaRoom {
        if rooms.count >= sweepAt {
            rooms = rooms.filter { $0.value.room != nil }
            sweepAt = max(64, 2 * rooms.count)
        }
        let room = OptaRoom(checkpoints: places)
        rooms[name] = HeldRoom(room: room)
        return room
    }
}

/// Where those share frames who follow one session of one daemon in one dialect.
typealias OptaRoom = FrameRoom<OptaMapper>

struct OptaRoomName: Hashable, Sendable {
    var session: SessionID
    var daemon: String
    var defaultModel: String
    var dialect: OptaDialect
}
