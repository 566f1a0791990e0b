import ApusBase
import ApusCore
import QwenWire
import Synchronization

/// What this process knows of one session beyond its log: who attached, who listens, and frames that were made for one of them already.
final class QwenRoom: Sendable {
    /// How the session was ended here.
    struct Closing: Hashable {
        var by: String?
    }

    fileprivate struct State {
        var clients: [String] = []
        var subscribers = 0
        var closing: Closing?
        var restored: JSONValue?
        var lateVotes: [String: Int] = [:]
        var cache: [EventNumber: [QwenFrame]] = [:]
        var cachedOrder: [EventNumber] = []
        var cachedBytes = 0
        var checkpoints: [QwenMapper] = []
    }

    fileprivate static let maximumClients = 1_024
    private static let maximumLateVotes = 16
    private static let maximumLateRequests = 512
    private static let cacheBytes = 256 << 10
    private static let cachedEvents = 1_024
    private static let maximumCheckpoints = 64
    private static let checkpointDistance: EventNumber = 256

    let session: SessionID
    let workspace: String
    let createdAt: Timestamp
    /// Its ids were given out by a process before this one, which nobody remembers.
    private let isOld: Bool
    /// One change of the model at a time.
    let switching = Awaited(false)
    private let state = Mutex(State())

    init(_ header: SessionHeader, directory: String, isOld: Bool) {
        session = header.id
        workspace = directory
        createdAt = header.createdAt
        self.isOld = isOld
    }

    // MARK: Clients

    /// The id that came with the request when it is one of ours, or a new one.
    func attach(_ given: String?) -> String {
        state.withLock { state in
            if let given, state.clients.contains(given) { return given }
            let client = "client_" + randomUUIDText()
            state.add(client)
            return client
        }
    }

    func knows(_ client: String) -> Bool {
        state.withLock { state in
            if state.clients.contains(client) { return true }
            guard isOld, client.hasPrefix("client_"), client.utf8.count == 43 else { return false }
            state.add(client)
            return true
        }
    }

    var clientCount: Int { state.withLock { $0.clients.count } }

    // MARK: Streams

    /// A place among those who listen, given back when nothing holds it any more; `nil` when all are taken.
    func seat(atMost limit: Int) -> QwenSeat? {
        let isFree = state.withLock { state in
            if state.subscribers >= limit { return false }
            state.subscribers += 1
            return true
        }
        return isFree ? QwenSeat(self) : nil
    }

    var subscriberCount: Int { state.withLock { $0.subscribers } }

    fileprivate func rise() {
        state.withLock { state in
            state.subscribers -= 1
            if state.subscribers == 0 { state.forget() }
        }
    }

    /// Frames are made once for all who listen at about the same place.
    func frames(for event: Event, _ mapper: inout QwenMapper) -> [QwenFrame] {
        let (cached, isShared) = state.withLock { ($0.cache[event.number], $0.subscribers > 1) }
        if let cached {
            mapper.pass(event)
            keep(mapper)
            return cached
        }
        let frames = mapper.frames(for: event).map { QwenFrame(number: $0.id ?? 0, bytes: $0.frame) }
        if isShared, !frames.isEmpty {
            state.withLock { $0.store(frames, of: event.number, bytes: Self.cacheBytes, events: Self.cachedEvents) }
        }
        keep(mapper)
        return frames
    }

    private func keep(_ mapper: QwenMapper) {
        state.withLock { state in
            // Only forward: replays come upon places that are known.
            guard mapper.place >= (state.checkpoints.last?.place ?? 0) + Self.checkpointDistance else { return }
            state.checkpoints.append(mapper)
            if state.checkpoints.count > Self.maximumCheckpoints {
                // Every second one: coarser further back, never gone.
                state.checkpoints = state.checkpoints.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            }
        }
    }

    /// The nearest known place at or before an event.
    func mapper(upTo event: EventNumber) -> QwenMapper? {
        state.withLock { state in state.checkpoints.last { $0.place <= event } }
    }

    // MARK: Ends

    func close(by client: String?) { state.withLock { $0.closing = Closing(by: client) } }
    var closing: Closing? { state.withLock { $0.closing } }

    // MARK: Restoring and voting

    /// What the first load answered; later ones answer the same.
    func restored(_ make: () -> JSONValue) -> JSONValue {
        if let known = state.withLock({ $0.restored }) { return known }
        let made = make()
        return state.withLock { state in
            if state.restored == nil { state.restored = made }
            return state.restored ?? made
        }
    }

    /// Whether another answer that came too late is worth a note.
    func notesLateVote(on request: String) -> Bool {
        state.withLock { state in
            if state.lateVotes[request] == nil, state.lateVotes.count >= Self.maximumLateRequests { state.lateVotes = [:] }
            let count = state.lateVotes[request, default: 0]
            state.lateVotes[request] = count + 1
            return count < Self.maximumLateVotes
        }
    }
}

extension QwenRoom.State {
    fileprivate mutating func add(_ client: String) {
        if clients.count >= QwenRoom.maximumClients { clients.removeFirst() }
        clients.append(client)
    }

    fileprivate mutating func store(_ frames: [QwenFrame], of event: EventNumber, bytes: Int, events: Int) {
        guard cache[event] == nil else { return }
        cache[event] = frames
        cachedOrder.append(event)
        cachedBytes += frames.byteCount
        while cachedBytes > bytes || cachedOrder.count > events, let first = cachedOrder.first {
            cachedOrder.removeFirst()
            cachedBytes -= cache.removeValue(forKey: first)?.byteCount ?? 0
        }
    }

    fileprivate mutating func forget() { (cache, cachedOrder, cachedBytes) = ([:], [], 0) }
}

/// One place of a room, held as long as its stream may run.
final class QwenSeat: Sendable {
    private let room: QwenRoom
    fileprivate init(_ room: QwenRoom) { self.room = room }
    deinit { room.rise() }
}

/// A frame that is ready to be sent.
struct QwenFrame: Hashable, Sendable {
    /// Zero for what is made for one subscriber.
    var number: Int64
    var bytes: [UInt8]
}

extension [QwenFrame] {
    var byteCount: Int { reduce(0) { $0 + $1.bytes.count } }
}
