import Synchronization

/// The sessions of one ``DaemonWebSocket`` and its readers.
final class SocketHub: FeedReaders {
    private struct State {
        var feeds: [String: SessionFeed] = [:]
        var readers: [Int: SocketReader] = [:]
        /// Those that want events; the closures may want only disconnects.
        var wanting: Set<Int> = []
        /// The loops that run.
        var loops: Set<Int> = []
        /// The place of the loop that left last, for the next one: events go on coming into it, up to its bound.
        var left: SocketReader?
        var hadLoop = false
        var nextID = 0
        var run: Task<Void, Never>?
        var isEnded = false
        var failure: (any Error)?
        var closures: Closures?
    }

    /// The reader of all closures, and what calls them.
    private struct Closures {
        var reader: SocketReader
        var onEvent: [@Sendable (DaemonEvent) -> Void] = []
        var onDisconnect: [@Sendable (DaemonDisconnect) -> Void] = []
        var pump: Task<Void, Never>?
    }

    private let tools: FeedTools
    private let bufferLimit: Int
    private let state = Mutex(State())
    /// Sessions to be followed, as many as were joined and not yet begun.
    private let joins: (stream: AsyncStream<SessionFeed>, continuation: AsyncStream<SessionFeed>.Continuation)

    init(tools: FeedTools, bufferLimit: Int) {
        self.tools = tools
        self.bufferLimit = bufferLimit
        joins = AsyncStream.makeStream()
    }

    // MARK: sessions

    func join(_ sessionID: String, afterSeq: Int64) {
        let feed = state.withLock { state -> SessionFeed? in
            if state.isEnded || state.feeds[sessionID] != nil { return nil }
            let feed = SessionFeed(sessionID: sessionID, afterSeq: afterSeq, tools: tools, hub: self)
            state.feeds[sessionID] = feed
            return feed
        }
        if let feed { joins.continuation.yield(feed) }
    }

    func leave(_ sessionID: String) {
        state.withLock { $0.feeds.removeValue(forKey: sessionID) }?.stop()
    }

    func feed(_ sessionID: String) -> SessionFeed? { state.withLock { $0.feeds[sessionID] } }
    var sessionIDs: [String] { state.withLock { $0.feeds.keys.sorted() } }

    private func start() {
        state.withLock { state in
            guard state.run == nil, !state.isEnded else { return }
            let feeds = joins.stream
            // SAFETY: `close()`, which the handle calls when it goes, cancels it.
            state.run = Task {
                await withDiscardingTaskGroup { group in
                    for await feed in feeds { group.addTask { await feed.run() } }
                    group.cancelAll()
                }
            }
        }
    }

    // MARK: readers

    var readers: [SocketReader] {
        state.withLock { state in state.wanting.compactMap { state.readers[$0] }.sorted { $0.id < $1.id } }
    }

    /// A new loop; it begins at once: the first where the socket was told to, one that follows others where the last of them stopped, and one
    /// beside others with what comes from now on.
    func addReader() -> SocketReader {
        let left = state.withLock { state -> SocketReader? in
            guard let reader = state.left else { return nil }
            state.left = nil
            state.loops.insert(reader.id)
            return reader
        }
        if let left { return left }
        let reader = makeReader(isLoop: true)
        // Closures may have had events already.
        if reader.beginsAtStart { for feed in state.withLock({ Array($0.feeds.values) }) { feed.begin(reader) } }
        start()
        return reader
    }

    /// A loop ended. Its place stays when it was the last one.
    func remove(_ reader: SocketReader) {
        let isOver = state.withLock { state -> Bool in
            state.loops.remove(reader.id)
            if state.loops.isEmpty, state.left == nil {
                state.left = reader
                return false
            }
            state.readers[reader.id] = nil
            state.wanting.remove(reader.id)
            return true
        }
        if isOver { reader.queue.finish() }
    }

    private func makeReader(isLoop: Bool) -> SocketReader {
        let queue = EventQueue(limit: bufferLimit) { [weak self] in self?.readAgain() }
        let (reader, isEnded, failure) = state.withLock { state -> (SocketReader, Bool, (any Error)?) in
            state.nextID += 1
            let reader = SocketReader(id: state.nextID, queue: queue, beginsAtStart: isLoop && !state.hadLoop)
            if isLoop {
                state.hadLoop = true
                state.loops.insert(reader.id)
            }
            if !state.isEnded {
                state.readers[reader.id] = reader
                if isLoop { state.wanting.insert(reader.id) }
            }
            return (reader, state.isEnded, state.failure)
        }
        if isEnded { queue.finish(failure) }
        return reader
    }

    private func readAgain() {
        for feed in state.withLock({ Array($0.feeds.values) }) { feed.readAgain() }
    }

    func onEvent(_ body: @escaping @Sendable (DaemonEvent) -> Void) {
        makeClosures()
        state.withLock { state in
            state.closures?.onEvent.append(body)
            if let id = state.closures?.reader.id, !state.isEnded { state.wanting.insert(id) }
        }
        start()
    }

    func onDisconnect(_ body: @escaping @Sendable (DaemonDisconnect) -> Void) {
        makeClosures()
        state.withLock { $0.closures?.onDisconnect.append(body) }
    }

    private func makeClosures() {
        if state.withLock({ $0.closures != nil }) { return }
        let reader = makeReader(isLoop: false)
        state.withLock { state in
            // Another task was quicker.
            if state.closures != nil {
                state.readers[reader.id] = nil
                return
            }
            state.closures = Closures(reader: reader)
            // SAFETY: ends with its queue, which `end` closes; keeps the hub only while something waits in it.
            state.closures?.pump = Task { [weak self] in
                do {
                    while let item = try await reader.queue.next() { self?.call(item) }
                } catch {
                    // Closures are told of the end by the disconnect before it.
                }
            }
        }
    }

    private func call(_ item: SocketItem) {
        guard let closures = state.withLock({ $0.closures }) else { return }
        switch item {
        case .event(let event): for body in closures.onEvent { body(event) }
        case .disconnect(let disconnect): for body in closures.onDisconnect { body(disconnect) }
        }
    }

    func tell(_ disconnect: DaemonDisconnect) {
        state.withLock { $0.closures?.reader }?.queue.push(.disconnect(disconnect))
    }

    // MARK: the end

    func fail(_ error: any Error) { end(error) }

    /// Returns when the sockets are closed, in bounded time.
    func close() async {
        let run = end(nil)
        await run?.value
    }

    @discardableResult
    func end(_ error: (any Error)?) -> Task<Void, Never>? {
        let (readers, feeds, run) = state.withLock { state -> ([SocketReader], [SessionFeed], Task<Void, Never>?) in
            if !state.isEnded { state.failure = error }
            state.isEnded = true
            defer {
                state.readers = [:]
                state.wanting = []
                state.feeds = [:]
            }
            return (Array(state.readers.values), Array(state.feeds.values), state.run)
        }
        joins.continuation.finish()
        for feed in feeds { feed.stop() }
        for reader in readers { reader.queue.finish(error) }
        return run
    }
}
