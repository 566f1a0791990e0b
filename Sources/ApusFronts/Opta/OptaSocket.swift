import ApusBase
import ApusCore

/// One WebSocket: events go out, and messages of the client are answered between them (§3).
struct OptaSocket: Sendable {
    /// What a client may say.
    private enum Message: String, CaseIterable {
        case hello
        case submit = "turn.submit"
        case resolve = "permission.resolve"
        case cancel = "turn.cancel"
    }

    private enum Cause: Sendable {
        case subscription(OptaSubscription.End)
        case hungUp, stopped, revoked
    }

    let front: OptaFront
    let client: ClientIdentity
    let subscription: OptaSubscription
    let pen: StreamPen
    let session: WebSocketSession
    /// Returns when the key behind the socket is taken back; `nil` where there is none.
    let revoked: (@Sendable () async -> Void)?

    /// An answer waits so long, at most, for the events that it is about.
    private static let patience = Duration.seconds(2)

    func run() async {
        await withTaskGroup(of: Cause.self) { group in
            group.addTask { .subscription(await subscription.run()) }
            group.addTask {
                await read()
                return .hungUp
            }
            group.addTask {
                await front.life.stopped()
                return .stopped
            }
            if let revoked {
                group.addTask {
                    await revoked()
                    return .revoked
                }
            }
            let first = await group.next() ?? .hungUp
            // At once: the others may be waiting for the reader.
            if !Task.isCancelled { end(because: first) }
            group.cancelAll()
        }
    }

    private func end(because cause: Cause) {
        switch cause {
        case .hungUp, .subscription(.over), .subscription(.cancelled): return
        case .stopped: session.close(1001, "daemon shutting down")
        case .subscription(.tooSlow): session.close(1013, "too far behind; come back with afterSeq")
        case .subscription(.failed(let sentence)):
            session.cut(JSONValue.object(["error": .string(sentence)]).serializedBytes(), 1011, "the log cannot be read")
        case .revoked:
            session.cut(JSONValue.object(OptaFailure.unauthorized.body ?? [:]).serializedBytes(), 4001, "unauthorized")
        }
    }

    /// After the upgrade, as the protocol wants it: a word, and then the close.
    static func refuse(_ failure: OptaFailure, _ code: UInt16, _ reason: String, _ pen: StreamPen, _ session: WebSocketSession) async {
        // A peer that is gone has no use for it.
        try? await pen.send([JSONValue.object(failure.body ?? [:]).serializedBytes()])
        session.close(code, reason)
    }

    private func say(_ answer: JSONObject) async {
        // A peer that is gone has no use for it: its messages end as well.
        try? await pen.send([JSONValue.object(answer).serializedBytes()])
    }

    // MARK: Messages

    private static let invalid = "Invalid WS payload"

    private func read() async {
        for await bytes in session.messages {
            if let answer = await answer(to: bytes) { await say(answer) }
        }
    }

    private func answer(to bytes: [UInt8]) async -> JSONObject? {
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: bytes) } catch { return ["error": "Invalid JSON payload"] }
        if OptaRequest.isPoisoned(value) { return ["error": "Invalid JSON payload"] }
        var form = OptaForm(value, Self.invalid)
        guard form.issues.isEmpty, let message = value["type"]?.stringValue.flatMap({ Message(rawValue: $0) }) else {
            if form.issues.isEmpty { form.add(Self.unknownType) }
            return OptaFailure.invalid(Self.invalid, form.issues).body
        }
        do throws(OptaFailure) {
            return try await answer(message, &form, value)
        } catch {
            return error.body
        }
    }

    private static var unknownType: OptaIssue {
        let words = Message.allCases.map(\.rawValue)
        let expected = words.map { "'\($0)'" }.joined(separator: " | ")
        return OptaIssue(
            code: "invalid_union_discriminator", path: [.key("type")], message: "Invalid discriminator value. Expected \(expected)",
            more: ["options": .array(words.map { .string($0) })])
    }

    private func answer(_ message: Message, _ form: inout OptaForm, _ value: JSONValue) async throws(OptaFailure) -> JSONObject? {
        let place = SessionID(form.required("sessionId"))
        switch message {
        case .hello:
            _ = form.requiredName("clientId")
            _ = form.integer("afterSeq", in: 0...Int64.max)
            try form.check()
            return nil
        case .submit:
            let turn = OptaTurn(&form, mode: .chat)
            try form.check()
            try OptaFront.check(client, .prompter)
            let (id, queued) = try await front.submit(turn, to: place, by: client)
            await catchUp(place)
            return [
                "type": "ack", "action": "turn.submit", "turnId": .string(id.rawValue), "queued": .integer(Int64(queued)),
            ]
        case .resolve:
            let (id, decision) = OptaFront.answer(&form)
            try form.check()
            try OptaFront.check(client, .approver)
            let resolution = try await front.resolve(id, decision, in: place, by: client)
            await catchUp(place)
            return ["type": "ack", "action": "permission.resolve", "result": .object(resolution.json)]
        case .cancel:
            _ = form.optionalName("turnId")
            _ = form.optionalName("writerId")
            try form.check()
            try OptaFront.check(client, .prompter)
            let cancelled = try await front.cancel(value, in: place)
            await catchUp(place)
            return [
                "type": "ack", "action": "turn.cancel",
                "cancelled": [
                    "cancelledQueued": .integer(Int64(cancelled.queued.count)), "cancelledActive": .bool(cancelled.active != nil),
                ],
            ]
        }
    }

    /// What the message has brought about is told before its answer, where this socket tells it at all.
    private func catchUp(_ place: SessionID) async {
        if case .one(let session, _) = subscription.target, session != place { return }
        // In one that nobody has open nothing was brought about.
        guard let head = try? await front.services.sessions.follow(place, after: .max).head else { return }
        await front.services.time.within(Self.patience) { [told = subscription.told] in
            _ = await told.next { ($0[place] ?? 0) >= head ? true : nil }
        }
    }
}
