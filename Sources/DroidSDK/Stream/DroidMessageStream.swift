import DroidWire

/// The messages of one turn (`droid.md` §6).
///
/// Nothing is sent before the first message is asked for. The last message is the ``DroidMessage/result(_:)``; after ``DaemonSession/close()``
/// there is none. Leaving the loop early sends no interrupt: the turn goes on in the daemon, and the next stream is refused until it is over.
/// Cancelling the task, or aborting ``StreamOptions/abortSignal``, interrupts the turn and throws.
///
/// A reader that is behind gets deltas of one block joined. One that is behind by 16 384 messages or 64 MiB of deltas gets
/// ``SessionError`` (`overflow`); other sessions are never held up by it.
///
/// - Throws: ``SessionError`` when a turn runs already; what the prompt was refused with; ``ConnectionError`` or ``ProcessExitError`` as soon as
///   the connection is lost; ``TimeoutError`` when the prompt is not acknowledged within 30 s.
public struct DroidMessageStream: AsyncSequence, Sendable {
    public typealias Element = DroidMessage

    let client: DaemonClient
    let params: AddUserMessageParams
    let options: StreamOptions
    /// What is wrong before anything was sent.
    let fault: (any DroidError)?

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: TurnReader(self)) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: TurnReader

        public mutating func next() async throws -> DroidMessage? { try await reader.next() }
    }
}

/// Reads one turn, and leaves it when it is let go.
final class TurnReader {
    private let stream: DroidMessageStream
    private var turn: TurnStream?
    private var isAtEnd = false

    init(_ stream: DroidMessageStream) { self.stream = stream }

    deinit { turn?.leave() }

    func next() async throws -> DroidMessage? {
        if isAtEnd { return nil }
        do {
            let turn = try await begun()
            let message = try await turn.next()
            switch message {
            case nil, .result: isAtEnd = true
            default: break
            }
            return message
        } catch {
            isAtEnd = true
            throw error
        }
    }

    private func begun() async throws -> TurnStream {
        if let turn { return turn }
        if let fault = stream.fault { throw fault }
        if let reason = stream.options.abortSignal?.reason { throw reason }
        try Task.checkCancellation()
        let client = stream.client
        guard let sessionId = client.sessionId else { throw SessionError.noActiveSession }
        let turn = TurnStream(
            client, sessionId: sessionId, params: stream.params, messageId: stream.params.messageId ?? "",
            wantsPartial: stream.options.includePartialMessages)
        try await client.begin(turn)
        self.turn = turn
        turn.start(stream.params, sessionId: sessionId, abort: stream.options.abortSignal)
        return turn
    }
}
