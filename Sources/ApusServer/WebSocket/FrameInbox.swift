import Synchronization

/// Messages of one connection on their way to its front, oldest first. One task reads them; when it is behind, the socket is not read.
package final class FrameInbox: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = Never

    private struct State {
        var messages: [[UInt8]] = []
        var first = 0
        var bytes = 0
        var isOver = false
        var isHeld = false
        var reader: CheckedContinuation<[UInt8]?, Never>?

        mutating func take() -> [UInt8]? {
            guard first < messages.count else { return nil }
            let message = messages[first]
            messages[first] = []
            first += 1
            if first == messages.count { (messages, first) = ([], 0) }
            bytes -= message.count
            return message
        }
    }

    private let maximumBytes: Int
    private let maximumMessages: Int
    private let readOn: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter readOn: called when the socket may be read again, after ``offer(_:)`` has said that it may not.
    init(maximumBytes: Int, maximumMessages: Int, readOn: @escaping @Sendable () -> Void) {
        self.maximumBytes = maximumBytes
        self.maximumMessages = maximumMessages
        self.readOn = readOn
    }

    /// Takes all of them; false when no more should be read for now.
    func offer(_ messages: [[UInt8]]) -> Bool {
        let (reader, message, mayGoOn) = state.withLock { state -> (CheckedContinuation<[UInt8]?, Never>?, [UInt8]?, Bool) in
            if state.isOver { return (nil, nil, true) }
            state.messages += messages
            for message in messages { state.bytes += message.count }
            var given: [UInt8]?
            let reader = state.reader
            if reader != nil, let message = state.take() {
                given = message
                state.reader = nil
            }
            state.isHeld = isFull(state)
            return (given == nil ? nil : reader, given, !state.isHeld)
        }
        reader?.resume(returning: message)
        return mayGoOn
    }

    /// No more comes. What waits is still read, unless it is dropped.
    func finish(dropping: Bool) {
        let reader = state.withLock { state in
            state.isOver = true
            if dropping { (state.messages, state.first, state.bytes) = ([], 0, 0) }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(inbox: self) }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let inbox: FrameInbox

        /// `nil` when the connection is over or the task is cancelled.
        package mutating func next() async -> [UInt8]? { await inbox.next() }

        package mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? { await inbox.next() }
    }

    private func isFull(_ state: State) -> Bool {
        state.bytes >= maximumBytes || state.messages.count - state.first >= maximumMessages
    }

    private func next() async -> [UInt8]? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                enum Answer { case now([UInt8]?, readsOn: Bool), later }
                let answer = state.withLock { state -> Answer in
                    if Task.isCancelled { return .now(nil, readsOn: false) }
                    if let message = state.take() {
                        let readsOn = state.isHeld && !isFull(state)
                        if readsOn { state.isHeld = false }
                        return .now(message, readsOn: readsOn)
                    }
                    // A second reader would take the first one's place for ever.
                    if state.isOver || state.reader != nil { return .now(nil, readsOn: false) }
                    state.reader = continuation
                    return .later
                }
                guard case .now(let message, let readsOn) = answer else { return }
                if readsOn { readOn() }
                continuation.resume(returning: message)
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(returning: nil)
        }
    }
}
