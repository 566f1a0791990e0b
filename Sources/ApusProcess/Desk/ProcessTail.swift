import ApusBase
import ApusCore
import Synchronization

/// What one process has written, as far as it is kept, and as far as the session's log was told of it.
///
/// Pieces of one stream that follow each other become one chunk, until somebody looks: what was seen never changes.
final class ProcessTail: Sendable {
    /// Of what the log is told.
    struct News {
        var chunks: [ProcessChunk] = []
        /// So far, when there is a reason to say it.
        var untoldBytes = 0
        var lastSeq = 0
    }

    private struct Run {
        var stream: ProcessStream
        var text: String
    }

    private struct Reader {
        var redaction: ByteRedaction
        var decoder = UTF8StreamDecoder()
    }

    private struct State {
        var readers: [ProcessStream: Reader]
        var waiting: [Run] = []
        var waitingBytes = 0
        var chunks: [ProcessChunk] = []
        var bytes = 0
        var lastSeq = 0
        /// The newest chunk that the log was told of, or will not be.
        var toldSeq = 0
        var toldBytes = 0
        var untoldBytes = 0
        var hasSaidUntold = false
    }

    /// A run this long becomes a chunk at once.
    private static let runBytes = 16 << 10
    /// A process that writes single letters fills memory with what is around them.
    private static let maximumChunks = 4_096

    private let bounds: ProcessBounds
    private let time: any TimeSource
    private let state: Mutex<State>

    init(_ bounds: ProcessBounds, _ time: any TimeSource, _ redaction: Redaction) {
        self.bounds = bounds
        self.time = time
        var readers: [ProcessStream: Reader] = [:]
        for stream in ProcessStream.allCases { readers[stream] = Reader(redaction: ByteRedaction(redaction)) }
        state = Mutex(State(readers: readers))
    }

    /// Quick: called on the process table's thread.
    func push(_ stream: ProcessStream, _ bytes: [UInt8]) {
        state.withLock { state in
            guard var reader = state.readers[stream] else { return }
            let text = reader.decoder.push(reader.redaction.push(bytes))
            state.readers[stream] = reader
            add(stream, text, &state)
        }
    }

    /// Nothing follows: what was held back is what it is.
    func finish() {
        state.withLock { state in
            for stream in ProcessStream.allCases {
                guard var reader = state.readers[stream] else { continue }
                let text = reader.decoder.push(reader.redaction.finish()) + reader.decoder.finish()
                state.readers[stream] = reader
                add(stream, text, &state)
            }
        }
    }

    func page(after seq: Int, limit: Int, stream: ProcessStream?) -> (chunks: [ProcessChunk], hasMore: Bool) {
        state.withLock { state in
            seal(&state)
            let found = state.chunks.lazy.filter { $0.seq > seq && (stream == nil || $0.stream == stream) }
            let chunks = Array(found.prefix(limit + 1))
            return (Array(chunks.prefix(limit)), chunks.count > limit)
        }
    }

    /// What the log has not been told, within the bound. What is left out is said when that begins, and at the end.
    func takeNews(isEnd: Bool) -> News {
        state.withLock { state in
            seal(&state)
            var news = News(lastSeq: state.lastSeq)
            for chunk in state.chunks where chunk.seq > state.toldSeq {
                let bytes = chunk.text.utf8.count
                if state.untoldBytes == 0, state.toldBytes + bytes <= bounds.toldBytes {
                    state.toldBytes += bytes
                    news.chunks.append(chunk)
                } else {
                    state.untoldBytes += bytes
                }
            }
            state.toldSeq = state.lastSeq
            if state.untoldBytes > 0, isEnd || !state.hasSaidUntold {
                state.hasSaidUntold = true
                news.untoldBytes = state.untoldBytes
            }
            return news
        }
    }

    private func add(_ stream: ProcessStream, _ text: String, _ state: inout State) {
        if text.isEmpty { return }
        if state.waiting.last?.stream == stream {
            state.waiting[state.waiting.count - 1].text += text
        } else {
            state.waiting.append(Run(stream: stream, text: text))
        }
        state.waitingBytes += text.utf8.count
        if state.waitingBytes >= Self.runBytes || state.waiting.count >= Self.maximumChunks { seal(&state) }
    }

    private func seal(_ state: inout State) {
        if state.waiting.isEmpty { return }
        let now = time.now
        for run in state.waiting {
            state.lastSeq += 1
            state.bytes += run.text.utf8.count
            state.chunks.append(ProcessChunk(seq: state.lastSeq, time: now, stream: run.stream, text: run.text))
        }
        state.waiting = []
        state.waitingBytes = 0
        var old = 0
        while old < state.chunks.count - 1, state.bytes > bounds.outputBytes || state.chunks.count - old > Self.maximumChunks {
            let chunk = state.chunks[old]
            let bytes = chunk.text.utf8.count
            state.bytes -= bytes
            // Gone before the log could be told.
            if chunk.seq > state.toldSeq { state.untoldBytes += bytes }
            old += 1
        }
        state.chunks.removeFirst(old)
    }
}
