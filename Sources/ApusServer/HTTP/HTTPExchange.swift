import ApusFronts
import NIOCore
import NIOHTTP1

/// One request and its answer. The connection's handler tells it what comes; a task of its own asks the service and has the answer written.
final class HTTPExchange: Sendable {
    /// What the handler is asked for; the promise holds when it is done, and fails when the connection is over.
    enum Order: Sendable {
        /// The body is wanted, this much of it.
        case admit(HTTPExchange, bodyBytes: Int)
        /// The connection goes on as this.
        case upgrade(HTTPExchange, WebSocketConnection)
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
    /// `nil` for a request that asks for none.
    private let handshake: WebSocketHandshake?
    private let limits: ListenerLimits
    private let channel: any Channel
    private let place: ConnectionTable.Place
    private let body: AsyncStream<HTTPBody>
    private let addBody: AsyncStream<HTTPBody>.Continuation
    /// Ends when the peer has gone.
    private let presence: AsyncStream<Void>
    private let endPresence: AsyncStream<Void>.Continuation

    init(
        _ head: HTTPHead, handshake: WebSocketHandshake?, channel: any Channel, place: ConnectionTable.Place, limits: ListenerLimits
    ) {
        self.head = head
        self.handshake = handshake
        self.limits = limits
        self.channel = channel
        self.place = place
        (body, addBody) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(1))
        (presence, endPresence) = AsyncStream.makeStream()
        outbox = FrameOutbox(maximumBytes: limits.http.streamBytes) { channel.triggerUserOutboundEvent(Order.write, promise: nil) }
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

    /// Returns when the answer is written or cannot be, with what the connection goes on as, if it does.
    func run(_ service: any HTTPService) async -> UpgradedConnection? {
        await withTaskGroup(of: UpgradedConnection?.self) { group in
            group.addTask {
                switch await self.upgrade(by: service) {
                case .no: await self.answer(by: service)
                case .answered: break
                case .done(let upgraded): return upgraded
                }
                return nil
            }
            group.addTask {
                for await _ in self.presence {}
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private enum Upgrade {
        case no
        case answered
        case done(UpgradedConnection)
    }

    private func upgrade(by service: any HTTPService) async -> Upgrade {
        guard let handshake else { return .no }
        switch await service.upgrade(head) {
        case .none: return .no
        case .refused(let refusal):
            await write(refusal)
            return .answered
        case .accepted(let serve):
            switch handshake {
            case .wrong(let status, let sentence):
                var fields = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
                if status == .upgradeRequired { fields += [("upgrade", "websocket"), ("sec-websocket-version", "13")] }
                await write(HTTPAnswer(Int(status.code), fields: fields, .bytes(Array((sentence + "\n").utf8))))
                return .answered
            case .right:
                let connection = WebSocketConnection(channel: channel, limits: limits)
                guard await tell(.upgrade(self, connection)) else { return .answered }
                return .done(UpgradedConnection(connection: connection, place: place, serve: serve))
            }
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
        await write(answer)
    }

    private func write(_ answer: HTTPAnswer) async {
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
