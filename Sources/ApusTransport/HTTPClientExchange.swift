import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// One answer on its way in. Read by one task at a time.
///
/// Pieces that arrive faster than they are read are joined; above a bound the connection is not read any more until the reader has
/// caught up. Every wait ends with the answer, with a failure or by cancellation.
final class HTTPClientExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    private enum Ending {
        case finished
        case failed(HTTPTransportError)
    }

    private struct State {
        var head: HTTPResponseHead?
        var bytes: [UInt8] = []
        var ending: Ending?
        var waiting: CheckedContinuation<Void, Never>?
        /// Kept unfulfilled while the reader is behind.
        var pause: EventLoopPromise<Void>?
        var task: HTTPClient.Task<Void>?
    }

    /// Unread bytes above which the connection is paused.
    private static let highWater = 256 << 10

    private let state = Mutex(State())

    func attach(_ task: HTTPClient.Task<Void>) {
        let isOver = state.withLock { state in
            state.task = task
            return state.ending != nil
        }
        if isOver { task.cancel() }
    }

    func head() async throws(HTTPTransportError) -> HTTPResponseHead {
        while true {
            if Task.isCancelled { fail(.cancelled) }
            let (head, ending) = state.withLock { ($0.head, $0.ending) }
            if case .failed(let error) = ending, head == nil || error == .cancelled { throw error }
            if let head { return head }
            await park { $0.head != nil }
        }
    }

    /// The next bytes, never empty; `nil` after the last. What arrived before a failure is given before the failure is thrown.
    func next() async throws(HTTPTransportError) -> [UInt8]? {
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
            case nil: await park { !$0.bytes.isEmpty }
            }
        }
    }

    /// Ends the exchange and its connection now. Nothing happens when it is over already.
    func abandon() { fail(.cancelled) }

    private func park(until hasNews: (borrowing State) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state -> Bool in
                    if state.ending != nil || hasNews(state) { return true }
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            fail(.cancelled)
        }
    }

    private func fail(_ error: HTTPTransportError) { end(.failed(error))?.cancel() }

    /// The first ending counts. Gives back the task to cancel.
    @discardableResult
    private func end(_ ending: Ending) -> HTTPClient.Task<Void>? {
        typealias Left = (CheckedContinuation<Void, Never>?, EventLoopPromise<Void>?, HTTPClient.Task<Void>?)
        let (waiting, pause, task) = state.withLock { state -> Left in
            guard state.ending == nil else { return (nil, nil, nil) }
            state.ending = ending
            return (state.waiting.take(), state.pause.take(), state.task)
        }
        waiting?.resume()
        pause?.succeed(())
        return task
    }

    // MARK: what the client library tells us, on its event loop

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let waiting = state.withLock { state in
            state.head = head
            return state.waiting.take()
        }
        waiting?.resume()
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let (waiting, pause) = state.withLock { state -> (CheckedContinuation<Void, Never>?, EventLoopPromise<Void>?) in
            if state.ending != nil || buffer.readableBytes == 0 { return (nil, nil) }
            state.bytes.append(contentsOf: buffer.readableBytesView)
            if state.bytes.count > Self.highWater { state.pause = task.eventLoop.makePromise(of: Void.self) }
            return (state.waiting.take(), state.pause)
        }
        waiting?.resume()
        return pause?.futureResult ?? task.eventLoop.makeSucceededVoidFuture()
    }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { end(.finished) }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) {
        let hasHead = state.withLock { $0.head != nil }
        end(.failed(Self.classify(error, hasHead: hasHead)))
    }

    private static func classify(_ error: any Error, hasHead: Bool) -> HTTPTransportError {
        switch error {
        case let error as HTTPClientError where error == .cancelled: return .cancelled
        case let error as HTTPClientError where error == .alreadyShutdown: return .closed
        case let error as HTTPClientError where error == .connectTimeout: return .connectFailed("no answer in time")
        case let error as HTTPClientError where error == .remoteConnectionClosed:
            return .connectionLost("the server closed it" + (hasHead ? " before the end of its answer" : " without an answer"))
        case HTTPParserError.invalidEOFState: return .connectionLost("the server closed it before the end of its answer")
        case let error as HTTPClientError: return .connectionLost("\(error)")
        case let error as NIOConnectionError: return .connectFailed(WebSocketDial.text(of: error))
        case is NIOSSLError: return hasHead ? .connectionLost("\(error)") : .connectFailed("\(error)")
        default: return hasHead ? .connectionLost("\(error)") : .connectFailed("\(error)")
        }
    }
}
