import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// One answer on its way in. Read by one task at a time.
///
/// Pieces that arrive faster than they are read are joined; above a bound the connection is not read any more until the reader has
/// caught up. Every wait ends by a deadline, by the end of the answer or by cancellation, whichever is first.
final class HTTPExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    private enum Ending {
        case finished
        case failed(HTTPStreamError)
    }

    private struct Wait {
        var continuation: CheckedContinuation<Void, Never>
        var phase: HTTPStreamError.Phase
        var limit: Duration
        var deadline: NIODeadline
    }

    private struct State {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
        var ending: Ending?
        var wait: Wait?
        /// Kept unfulfilled while the reader is behind.
        var pause: EventLoopPromise<Void>?
        var task: HTTPClient.Task<Void>?
        var nextTick: NIODeadline = .distantFuture
        var isDraining = false
    }

    /// Unread bytes above which the connection is paused.
    private static let highWater = 64 << 10
    /// How long the rest of an answer nobody needs may take before its connection is given up.
    private static let drainLimit: TimeAmount = .seconds(1)

    private let state = Mutex(State())
    private let deadlines: HTTPDeadlines
    private let connectLimit: Duration
    private let totalDeadline: NIODeadline
    private let proxy: String?

    /// - Parameter proxy: what the proxy on the way is called in messages.
    init(deadlines: HTTPDeadlines, connectLimit: Duration, proxy: String? = nil) {
        self.proxy = proxy
        self.deadlines = deadlines
        self.connectLimit = connectLimit
        totalDeadline = .now() + TimeAmount(deadlines.total)
    }

    var status: Int { state.withLock { Int($0.head?.status.code ?? 0) } }

    /// The first header of that name; names compare without case.
    func header(_ name: String) -> String? { state.withLock { $0.head?.headers.first(name: name) } }

    /// The next bytes, never empty; `nil` after the last. What arrived before a failure is given before the failure is thrown.
    /// - Parameter idle: replaces the deadline between two pieces.
    func next(idle: Duration? = nil) async throws(HTTPStreamError) -> [UInt8]? {
        while true {
            if Task.isCancelled { fail(.cancelled) }
            let (bytes, pause, ending) = state.withLock { state -> ([UInt8], EventLoopPromise<Void>?, Ending?) in
                if case .failed(.cancelled) = state.ending { return ([], nil, state.ending) }
                guard !state.bytes.isEmpty else { return ([], nil, state.ending) }
                var taken: [UInt8] = []
                swap(&taken, &state.bytes)
                return (taken, state.pause.take(), nil)
            }
            pause?.succeed(())
            if !bytes.isEmpty { return bytes }
            switch ending {
            case .finished: return nil
            case .failed(let error): throw error
            case nil: await park(.idle, for: idle ?? deadlines.idle)
            }
        }
    }

    /// The whole rest, cut off at `limit`.
    func rest(limit: Int) async throws(HTTPStreamError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit, let piece = try await next() { bytes += piece.prefix(limit - bytes.count) }
        return bytes
    }

    /// The reader has all it needs: what still comes is thrown away in the background, so that the connection can be used again.
    func drain() {
        let (pause, task) = state.withLock { state -> (EventLoopPromise<Void>?, HTTPClient.Task<Void>?) in
            state.isDraining = true
            state.bytes = []
            return (state.pause.take(), state.ending == nil ? state.task : nil)
        }
        pause?.succeed(())
        guard let task else { return }
        task.eventLoop.scheduleTask(in: Self.drainLimit) { [weak self] in self?.fail(.cancelled) }
    }

    /// Ends the exchange and its connection now. Nothing happens when it is over already, or draining.
    func abandon() {
        if state.withLock({ $0.isDraining }) { return }
        fail(.cancelled)
    }

    func waitForHead() async throws(HTTPStreamError) {
        while true {
            if Task.isCancelled { fail(.cancelled) }
            let (head, ending) = state.withLock { ($0.head, $0.ending) }
            if case .failed(let error) = ending, head == nil || error == .cancelled { throw error }
            if head != nil { return }
            await park(.firstByte, for: deadlines.firstByte)
        }
    }

    func attach(_ task: HTTPClient.Task<Void>) {
        let isOver = state.withLock { state in
            state.task = task
            state.nextTick = totalDeadline
            return state.ending != nil
        }
        if isOver { return task.cancel() }
        schedule(totalDeadline, on: task.eventLoop)
    }

    // MARK: waiting

    private func park(_ phase: HTTPStreamError.Phase, for limit: Duration) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let deadline = NIODeadline.now() + TimeAmount(limit)
                let (hasNews, loop) = state.withLock { state -> (Bool, (any EventLoop)?) in
                    let isHeadNews = phase == .firstByte && state.head != nil
                    if !state.bytes.isEmpty || state.ending != nil || isHeadNews { return (true, nil) }
                    state.wait = Wait(continuation: continuation, phase: phase, limit: limit, deadline: deadline)
                    guard deadline < state.nextTick else { return (false, nil) }
                    state.nextTick = deadline
                    return (false, state.task?.eventLoop)
                }
                if hasNews { continuation.resume() }
                if let loop { schedule(deadline, on: loop) }
            }
        } onCancel: {
            fail(.cancelled)
        }
    }

    /// Ticks are never taken back: one that comes too early or too late finds nothing due. Few exist, as the limits hardly change.
    private func schedule(_ deadline: NIODeadline, on loop: any EventLoop) {
        loop.scheduleTask(deadline: deadline) { [weak self] in self?.tick() }
    }

    private func tick() {
        let (error, next) = state.withLock { state -> (HTTPStreamError?, (NIODeadline, (any EventLoop)?)?) in
            guard state.ending == nil, !state.isDraining else { return (nil, nil) }
            let now = NIODeadline.now()
            if now >= totalDeadline { return (.timeout(.total, deadlines.total), nil) }
            if let wait = state.wait, now >= wait.deadline { return (.timeout(wait.phase, wait.limit), nil) }
            state.nextTick = min(state.wait?.deadline ?? totalDeadline, totalDeadline)
            return (nil, (state.nextTick, state.task?.eventLoop))
        }
        if let error { return fail(error) }
        if let (deadline, loop) = next, let loop { schedule(deadline, on: loop) }
    }

    private func fail(_ error: HTTPStreamError) {
        end(.failed(error))?.cancel()
    }

    /// The first ending counts. Gives back the task to cancel.
    @discardableResult
    private func end(_ ending: Ending) -> HTTPClient.Task<Void>? {
        let (wait, pause, task) = state.withLock { state -> (Wait?, EventLoopPromise<Void>?, HTTPClient.Task<Void>?) in
            guard state.ending == nil else { return (nil, nil, nil) }
            state.ending = ending
            return (state.wait.take(), state.pause.take(), state.task)
        }
        wait?.continuation.resume()
        pause?.succeed(())
        return task
    }

    // MARK: what the client library tells us, on its event loop

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let wait = state.withLock { state -> Wait? in
            state.head = head
            return state.wait.take()
        }
        wait?.continuation.resume()
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let (wait, pause) = state.withLock { state -> (Wait?, EventLoopPromise<Void>?) in
            if state.isDraining || state.ending != nil || buffer.readableBytes == 0 { return (nil, nil) }
            state.bytes.append(contentsOf: buffer.readableBytesView)
            if state.bytes.count > Self.highWater { state.pause = task.eventLoop.makePromise(of: Void.self) }
            return (state.wait.take(), state.pause)
        }
        wait?.continuation.resume()
        return pause?.futureResult ?? task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws {
        end(.finished)
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        let hasHead = state.withLock { $0.head != nil }
        end(.failed(HTTPFailure.classify(error, hasHead: hasHead, connectLimit: connectLimit, proxy: proxy)))
    }
}
