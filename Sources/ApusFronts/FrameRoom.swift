import ApusCore
import Synchronization

/// Turns the events of a session into the frames of a protocol, one after the other. A value: a copy is a place to go on from.
protocol FrameMapper: Sendable {
    /// The last event that was passed.
    var place: EventNumber { get }
    /// About as many bytes as a copy would come to hold for itself: places of a heavy one are kept further apart.
    var weight: Int { get }
    /// The number of the last frame up to here, zero before the first; `nil` when that is not known.
    var lastNumber: Int64? { get }

    /// Goes behind an event without telling it.
    mutating func pass(_ event: Event)

    /// Goes behind an event. What it says depends on the log alone, so that it is the same for all.
    mutating func told(of event: Event) -> [NumberedFrame]
}

/// A frame that is ready to be sent.
struct NumberedFrame: Hashable, Sendable {
    /// Rises within a session; zero for what is made for one listener.
    var number: Int64
    var bytes: [UInt8]
}

extension [NumberedFrame] {
    var byteCount: Int { reduce(0) { $0 + $1.bytes.count } }
}

/// Where all who listen to one session in one protocol share what was made for one of them: the newest frames, places of the log from which
/// one can go on without reading what is before, and the mapper of those who are furthest.
final class FrameRoom<Mapper: FrameMapper>: Sendable {
    /// A place among those who listen, held as long as its stream may run.
    final class Seat: Sendable {
        private let room: FrameRoom
        fileprivate init(_ room: FrameRoom) { self.room = room }
        deinit { room.rise() }
    }

    fileprivate struct State {
        var subscribers = 0
        var cache: [EventNumber: [NumberedFrame]] = [:]
        var cachedOrder: [EventNumber] = []
        var cachedBytes = 0
        var checkpoints: [Mapper] = []
        /// The furthest of a listener's places: who is there needs none of its own. Without listeners the furthest that was told.
        var lead: Mapper?
        var made = 0
    }

    private let cacheBytes = 256 << 10
    private let cachedEvents = 1_024
    private let checkpointDistance = 256
    private let maximumCheckpoints: Int
    private let state = Mutex(State())

    init(checkpoints: Int = 64) { maximumCheckpoints = checkpoints }

    // MARK: Listeners

    /// Given back when nothing holds it any more; `nil` when all are taken.
    func seat(atMost limit: Int = .max) -> Seat? {
        let isFree = state.withLock { state in
            if state.subscribers >= limit { return false }
            state.subscribers += 1
            return true
        }
        return isFree ? Seat(self) : nil
    }

    var subscriberCount: Int { state.withLock { $0.subscribers } }

    private func rise() {
        state.withLock { state in
            state.subscribers -= 1
            if state.subscribers == 0 { state.forget() }
        }
    }

    // MARK: Frames

    /// Frames are made once for all who listen at about the same place.
    func frames(for event: Event, _ mapper: inout Mapper) -> [NumberedFrame] {
        let (cached, isShared) = state.withLock { ($0.cache[event.number], $0.subscribers > 1) }
        if let cached {
            mapper.pass(event)
            keep(mapper)
            return cached
        }
        let frames = mapper.told(of: event)
        state.withLock { state in
            state.made += 1
            // Of those that are needed next none makes room for what is long gone.
            let isNear = state.lead.map { event.number + EventNumber(cachedEvents) > $0.place } ?? true
            if isShared, isNear { state.store(frames, of: event.number, bytes: cacheBytes, events: cachedEvents) }
        }
        keep(mapper)
        return frames
    }

    /// Goes behind an event that its reader has seen.
    func pass(_ event: Event, _ mapper: inout Mapper) {
        mapper.pass(event)
        keep(mapper)
    }

    /// The frames of the event that comes next for those who are at `place`; made by the first of them, and only once. `nil` when the lead is
    /// elsewhere and the frames are gone.
    fileprivate func frames(for event: Event, behind place: EventNumber) -> [NumberedFrame]? {
        // Made under the lock: the others want these very frames, and would make them all over while they wait.
        state.withLock { state in
            if let cached = state.cache[event.number] { return cached }
            guard let frames = state.advance(event, from: place) else { return nil }
            state.made += 1
            if state.subscribers > 1 { state.store(frames, of: event.number, bytes: cacheBytes, events: cachedEvents) }
            state.keepLead(atMost: maximumCheckpoints, apart: checkpointDistance)
            return frames
        }
    }

    /// A listener's mapper takes the lead when it is the furthest. What it still needs for itself is returned: nothing, where the lead is.
    fileprivate func merge(_ mapper: consuming Mapper) -> Mapper? {
        state.withLock { [mapper] state in
            let lead = state.lead?.place ?? 0
            if mapper.place < lead { return mapper }
            if mapper.place > lead || state.lead == nil || state.lead?.lastNumber == nil { state.lead = mapper }
            return nil
        }
    }

    /// Events whose frames were made here, for measuring.
    var made: Int { state.withLock { $0.made } }

    // MARK: Places

    private func keep(_ mapper: Mapper) { state.withLock { $0.keep(mapper, atMost: maximumCheckpoints, apart: checkpointDistance) } }

    /// What somebody has told up to who does not stay.
    func offer(_ mapper: Mapper) {
        state.withLock { state in
            guard state.subscribers == 0, mapper.place > state.lead?.place ?? 0 else { return }
            state.lead = mapper
        }
    }

    /// Whether there is nothing behind a number, up to an event; `nil` when that is not known.
    func isTold(_ number: Int64, upTo event: EventNumber) -> Bool? {
        state.withLock { state in
            guard let lead = state.lead, lead.place >= event, let last = lead.lastNumber else { return nil }
            if last <= number { return true }
            return lead.place == event ? false : nil
        }
    }

    /// The furthest known place from which everything behind a number can be told: the lead where that has told nothing behind it, or else
    /// the nearest at or before an event.
    func mapper(after number: Int64, upTo event: EventNumber) -> Mapper? {
        state.withLock { state in
            if let lead = state.lead, let last = lead.lastNumber, last <= number { return lead }
            return state.checkpoints.last { $0.place <= event }
        }
    }

    /// The nearest known place at or before an event.
    func mapper(upTo event: EventNumber) -> Mapper? {
        state.withLock { state in state.checkpoints.last { $0.place <= event } }
    }
}

extension FrameRoom.State {
    /// The lead goes on, if it is there. In place: what grows in it is not copied.
    fileprivate mutating func advance(_ event: Event, from place: EventNumber) -> [NumberedFrame]? {
        guard lead?.place == place else { return nil }
        return lead?.told(of: event)
    }

    /// Looks at the distance first: to hold the lead twice is to copy what grows in it.
    fileprivate mutating func keepLead(atMost limit: Int, apart distance: Int) {
        guard let place = lead?.place, place >= (checkpoints.last?.place ?? 0) + EventNumber(distance), let lead else { return }
        keep(lead, atMost: limit, apart: distance)
    }

    /// Only forward: replays come upon places that are known.
    fileprivate mutating func keep(_ mapper: Mapper, atMost limit: Int, apart distance: Int) {
        guard mapper.place >= (checkpoints.last?.place ?? 0) + EventNumber(max(distance, mapper.weight / 64)) else { return }
        checkpoints.append(mapper)
        if checkpoints.count > limit {
            // Every second one: coarser further back, never gone.
            checkpoints = checkpoints.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
        }
    }

    fileprivate mutating func store(_ frames: [NumberedFrame], of event: EventNumber, bytes: Int, events: Int) {
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

/// One listener's way through the events of a session. It has a mapper of its own only where nobody else is.
struct FrameWalk<Mapper: FrameMapper>: Sendable {
    let room: FrameRoom<Mapper>
    /// The last event that was passed.
    private(set) var place: EventNumber
    private var own: Mapper?
    private let seat: FrameRoom<Mapper>.Seat?

    init(_ room: FrameRoom<Mapper>, at mapper: Mapper) {
        self.room = room
        place = mapper.place
        seat = room.seat()
        own = room.merge(mapper)
    }

    /// Goes behind the next event, and returns what it says. `nil` for one who is too far behind the others to be told by them: the walk is
    /// where it was, and another one is to be begun, at a mapper of its own.
    ///
    /// - Parameter isSeen: whether nobody wants to know.
    mutating func frames(for event: Event, isSeen: Bool = false) -> [NumberedFrame]? {
        var told: [NumberedFrame]? = []
        if var mapper = own {
            // Held once only: it is changed in place.
            own = nil
            if isSeen { room.pass(event, &mapper) } else { told = room.frames(for: event, &mapper) }
            own = room.merge(mapper)
        } else {
            told = room.frames(for: event, behind: place)
        }
        if told != nil { place = event.number }
        return told
    }
}
