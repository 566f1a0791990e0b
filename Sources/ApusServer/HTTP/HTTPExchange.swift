import ApusFronts
import NIOCore

/// One request and its answer. The connection's handler tells it what comes; a task of its own asks the service and has the answer written.
final class HTTPExchange: Sendable {
    /// What the handler is asked for; the promise holds when it is done, and fails when the connection is over.
    enum Order: Sendable {
        /// The body is wanted, this much of it.
        case admit(HTTPExchange, bodyBytes: Int)
        /// Done when a whole answer is with the kernel; of a stream, when it may begin.
        case answer(HTTPExchange, HTTPAnswer)
        /// There is something in the outbox.
        case write
        /// The stream has ended.
        case finish(HTTPExchange)
        /// Answer what was asked, and then close.
        case windDown
    }

    let head: HTTPHead
    let outbox: FrameOutbox
    private let channel: any Channel
    private let place: ConnectionTable.Place
    private let body: AsyncStream<HTTPBody>
    private let addBody: AsyncStream<HTTPBody>.Continuation
    /// Ends when the peer has gone.
    private let presence: AsyncStream<Void>
    private let endPresence: AsyncStream<Void>.Continuation

    init(_ head: HTTPHead, channel: any Channel, place: ConnectionTable.Place, streamBytes: Int) {
        self.head = head
        self.channel = channel
        self.place = place
        (body, addBody) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        (presence, endPresence) = AsyncStream.makeStream()
        outbox = FrameOutbox(maximumBytes: streamBytes) { channel.triggerUserOutboundEvent(Order.write, promise: nil) }
    }

    // MARK: - Told by the handler

    func received(_ body: HTTPBody) {
        addBody.yield(body)
        addBody.finish()
    }

    /// The peer has gone, or cannot be answered any more.
    func isGone() {
        addBody.finish()
        outbox.finish()
        endPresence.finish()
    }

    // MARK: - The task's

    /// Returns when the answer is written or cannot be.
    func run(_ service: any HTTPService) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.answer(by: service) }
            group.addTask { for await _ in self.presence {} }
            await group.next()
            group.cancelAll()
        }
    }

    private func answer(by service: any HTTPService) async {
        let answer: HTTPAnswer
        switch await service.admit(head) {
        case .refused(let refusal): answer = refusal
        case .admitted(let client, let bodyBytes):
            place.authenticated()
            guard await tell(.admit(self, bodyBytes: bodyBytes)), let body = await wholeBody() else { return }
            answer = await service.respond(to: head, body: body, from: client)
        }
        guard await tell(.answer(self, answer)), let write = answer.stream(for: head.method) else { return }
        await write(Sink(outbox: outbox))
        _ = await tell(.finish(self))
    }

    private func wholeBody() async -> HTTPBody? {
        for await body in body { return body }
        return nil
    }

    private func tell(_ order: Order) async -> Bool {
        do {
            try await channel.triggerUserOutboundEvent(order).get()
            return true
        } catch {
            // The connection is over, which everybody concerned hears in another way.
            return false
        }
    }

    private struct Sink: FrameSink {
        let outbox: FrameOutbox
        func send(_ frames: [[UInt8]]) async throws(ConnectionOver) { try await outbox.send(frames) }
    }
}
