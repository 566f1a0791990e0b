import Synchronization

/// Carries a command's output from the thread that reads it, which may not wait, to the task that stores and shows it, which may.
///
/// When the task falls behind by more than ``maximumBytes``, the oldest waiting bytes are dropped and counted: the beginning was
/// taken already and the end is always kept.
final class OutputPipe: Sendable {
    struct Piece {
        var bytes: [UInt8]
        /// Bytes lost just before these.
        var dropped: Int
    }

    static let maximumBytes = 8 << 20

    private struct State {
        var waiting: [[UInt8]] = []
        var bytes = 0
        var dropped = 0
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    func push(_ bytes: [UInt8]) {
        let reader = state.withLock { state in
            state.waiting.append(bytes)
            state.bytes += bytes.count
            var surplus = 0
            while state.bytes > OutputPipe.maximumBytes, surplus < state.waiting.count - 1 {
                state.bytes -= state.waiting[surplus].count
                state.dropped += state.waiting[surplus].count
                surplus += 1
            }
            if surplus > 0 { state.waiting.removeFirst(surplus) }
            return state.reader.take()
        }
        reader?.resume()
    }

    func close() {
        let reader = state.withLock { state in
            state.isClosed = true
            return state.reader.take()
        }
        reader?.resume()
    }

    /// Everything that waits, in one piece; `nil` once closed and empty. One reader at a time.
    func next() async -> Piece? {
        while true {
            let piece = state.withLock { state -> Piece?? in
                if state.waiting.isEmpty { return state.isClosed ? .some(nil) : nil }
                let piece = Piece(bytes: Array(state.waiting.joined()), dropped: state.dropped)
                (state.waiting, state.bytes, state.dropped) = ([], 0, 0)
                return piece
            }
            if let piece { return piece }
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.isClosed || !state.waiting.isEmpty { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        }
    }
}
