import ApusBase
import ApusCore

/// Events as they come: on a socket, and as server-sent events (§3, §2.5 #12).
extension OptaFront {
    package func upgrade(_ head: HTTPHead) async -> HTTPUpgrade {
        do throws(OptaFailure) {
            try passWalls(head)
            if head.path != Self.socketPath { throw .noRoute(head) }
        } catch {
            return .refused(shared(error.answer, with: head))
        }
        let client = await identity(head, headerAlone: true)
        let query = OptaRequest.query(head.query)
        return .accepted { session in
            let pen = StreamPen(session.sink)
            guard let client else { return await OptaSocket.refuse(.unauthorized, 4001, "unauthorized", pen, session) }
            guard let target = self.target(query) else {
                return await OptaSocket.refuse(
                    OptaFailure(400, "Missing sessionId query parameter"), 4000, "missing sessionId", pen, session)
            }
            await self.life.counted {
                await self.registry.subscribed {
                    let socket = OptaSocket(
                        front: self, client: client, subscription: await self.subscription(target, query, pen), pen: pen,
                        session: session, revoked: self.access.revocation(of: client))
                    await socket.run()
                }
            }
        }
    }

    func eventStream(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        guard let target = target(request.query) else { throw OptaFailure(400, "Missing sessionId query param") }
        return stream(request) { [registry, services, setting] pen in
            try await pen.send([Array(": connected\n\n".utf8)])
            await registry.subscribed {
                let subscription = await self.subscription(target, request.query, pen) { Self.event($0) }
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { _ = await subscription.run() }
                    group.addTask {
                        do {
                            while true {
                                try await services.time.sleep(for: setting.heartbeat)
                                try await pen.send([Array(": ping\n\n".utf8)])
                            }
                        } catch {
                            // The stream is over.
                        }
                    }
                    await group.next()
                    group.cancelAll()
                }
            }
        }
    }

    /// A stream that ends with its body, with the listener, or with the key behind it.
    func stream(
        _ request: OptaRequest, fields: [(name: String, value: String)] = eventFields,
        _ body: @escaping @Sendable (StreamPen) async throws -> Void
    ) -> HTTPAnswer {
        if request.head.method == "HEAD" { return HTTPAnswer(200, fields: fields) }
        let revoked = access.revocation(of: request.client)
        return HTTPAnswer(
            200, fields: fields,
            .stream { sink in
                await self.life.counted {
                    await withTaskGroup(of: Void.self) { group in
                        group.addTask {
                            // Whatever ends it, the peer sees the end of the stream.
                            try? await body(StreamPen(sink))
                        }
                        group.addTask { await self.life.stopped() }
                        if let revoked { group.addTask { await revoked() } }
                        await group.next()
                        group.cancelAll()
                    }
                }
            })
    }

    static let eventFields = [
        (name: "content-type", value: "text/event-stream; charset=utf-8"),
        (name: "cache-control", value: "no-cache, no-transform"), (name: "x-accel-buffering", value: "no"),
    ]

    static func event(_ json: [UInt8]) -> [UInt8] { Array("data: ".utf8) + json + Array("\n\n".utf8) }

    private func target(_ query: [String: String]) -> OptaSubscription.Target? {
        guard let session = query["sessionId"], !session.isEmpty else { return nil }
        if session == "*" { return .all }
        return .one(SessionID(session), after: Self.leadingInteger(query["afterSeq"]))
    }

    private func subscription(
        _ target: OptaSubscription.Target, _ query: [String: String], _ pen: StreamPen,
        _ frame: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) async -> OptaSubscription {
        let telling = OptaTelling(await replay(dialect(query)), limit: setting.maximumWaitingEvents) {
            frames throws(ConnectionOver) in try await pen.send(frames.map(frame))
        }
        return OptaSubscription(target: target, telling: telling)
    }
}
