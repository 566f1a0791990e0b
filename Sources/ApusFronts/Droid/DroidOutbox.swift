import ApusBase

/// The outgoing side of one connection: what is ready goes out in one piece, and whoever has more waits while the peer is slow.
final class DroidOutbox: Sendable {
    private struct State {
        var frames: [[UInt8]] = []
        var bytes = 0
        /// Handed to the sink, and not yet taken by it.
        var isSending = false
        var isOver = false
    }

    /// A slow peer costs no more than this, and one frame of each task that has something to say.
    private static let maximumBytes = 1 << 20
    private let state = Awaited(State())

    /// Hands frames over, in order. They are not split: what stands together here comes out together. Throws when the connection is over.
    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        if frames.isEmpty { return }
        let isTaken = await state.next { state -> Bool? in
            if state.isOver { return false }
            if state.bytes >= Self.maximumBytes { return nil }
            state.frames += frames
            state.bytes += frames.reduce(0) { $0 + $1.count }
            return true
        }
        if isTaken != true { throw ConnectionOver() }
    }

    /// Moves frames to the sink until it takes no more or the task is cancelled.
    func run(to sink: any FrameSink) async {
        while true {
            let batch = await state.next { state -> [[UInt8]]? in
                if state.frames.isEmpty { return nil }
                defer {
                    state.frames = []
                    state.bytes = 0
                    state.isSending = true
                }
                return state.frames
            }
            guard let batch else { break }
            do throws(ConnectionOver) { try await sink.send(batch) } catch { break }
            state.change { $0.isSending = false }
        }
        state.change {
            $0.isOver = true
            $0.frames = []
            $0.isSending = false
        }
    }

    /// Returns when everything was taken by the sink, or will never be.
    func flush() async {
        _ = await state.next { $0.isOver || ($0.frames.isEmpty && !$0.isSending) ? true : nil }
    }
}
