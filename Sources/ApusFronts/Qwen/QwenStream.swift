import ApusBase
import ApusCore
import QwenWire

/// One subscription of a session's events, from its cursor on (§3).
///
/// The log is the queue: what waits for a slow reader is behind its cursor, and is counted whenever a send returns. What was there when
/// the subscription began is replay and counts for nothing; and of what came since, only what came while the reader let a send wait.
struct QwenStream: Sendable {
    /// Everything that is known when the subscription begins; later changes come as events.
    struct Start: Sendable {
        /// The last event then.
        var head: EventNumber
        /// At the head.
        var live: QwenMapper
        var commands: [JSONValue]
        /// What the client has seen; `nil` begins with what comes next.
        var cursor: Int64?
        var maximumQueued: Int
        /// Frames that replay gives at most.
        var ringSize: Int?
        var heartbeat: Duration
    }

    let services: ClientServices
    let room: QwenRoom
    let start: Start
    /// Returns when the daemon stops.
    let stopped: @Sendable () async -> Void
    /// Returns when the key behind the stream is revoked; `nil` where there is none.
    let revoked: (@Sendable () async -> Void)?

    private enum Event: Sendable {
        case told(Teller.Result)
        case stopped, revoked, silent
    }

    /// Returns when the stream is over. What its end is called is the last frame; a peer that is gone hears none.
    func run(_ sink: any FrameSink) async {
        let pen = StreamPen(sink)
        do throws(ConnectionOver) { try await pen.send([QwenEvent.retry]) } catch { return }
        do throws(SessionError) {
            _ = try await services.attendance.enter(room.session)
        } catch {
            if !Task.isCancelled { await last("stream_error", ["error": .string(error.description)], pen) }
            return
        }
        await follow(pen)
        await services.attendance.leave(room.session)
    }

    private func follow(_ pen: StreamPen) async {
        let teller: Teller
        do throws(SessionError) {
            teller = try await Teller(self, pen)
        } catch {
            return await last("stream_error", ["error": .string(error.description)], pen)
        }
        var result: Teller.Result?
        var cause: Event?
        await withTaskGroup(of: Event.self) { group in
            group.addTask { .told(await teller.run()) }
            group.addTask {
                await stopped()
                return .stopped
            }
            group.addTask {
                await beat(pen)
                return .silent
            }
            if let revoked {
                group.addTask {
                    await revoked()
                    return .revoked
                }
            }
            for await event in group {
                if case .told(let told) = event { result = told }
                if cause == nil {
                    cause = event
                    group.cancelAll()
                }
            }
        }
        if Task.isCancelled { return }
        guard let result, let cause else { return }
        await end(result, because: cause, pen)
    }

    private func end(_ result: Teller.Result, because cause: Event, _ pen: StreamPen) async {
        switch (cause, result.outcome) {
        case (_, .over), (.silent, _): return
        case (_, .failed(let sentence)): await last("stream_error", ["error": .string(sentence)], pen)
        case (.revoked, _): await last("stream_error", ["error": "The key of this stream was revoked"], pen)
        case (.stopped, _):
            var teller = result.teller
            await teller.drain()
            await last(
                "session_died", ["sessionId": .string(room.session.rawValue), "reason": "daemon_shutdown"], pen, after: teller.place)
        case (.told, .cancelled): return
        case (.told, .closed): await closed(after: result.teller.place, pen)
        }
    }

    private func closed(after place: EventNumber, _ pen: StreamPen) async {
        let session = JSONValue.string(room.session.rawValue)
        if let closing = room.closing {
            var data: JSONObject = ["sessionId": session, "reason": "client_close"]
            if let client = closing.by { data["closedBy"] = .string(client) }
            return await last("session_closed", .object(data), pen, after: place, by: closing.by)
        }
        services.qwen.forget(room, isDead: true)
        await last(
            "session_died", ["sessionId": session, "reason": "channel_closed", "exitCode": .null, "signalCode": .null], pen,
            after: place)
    }

    /// The last frame. Those that end a session have a number of their own behind its last event; they are in no log.
    private func last(_ type: String, _ data: JSONValue, _ pen: StreamPen, after place: EventNumber? = nil, by client: String? = nil) async
    {
        let event = QwenEvent(id: place.map(QwenMapper.ending(after:)), type: type, data: data, originatorClientId: client)
        // A peer that is gone has no use for it.
        try? await pen.send([event.frame])
    }

    private func beat(_ pen: StreamPen) async {
        while true {
            do {
                try await services.time.sleep(for: start.heartbeat)
                try await pen.send([QwenEvent.heartbeat])
            } catch {
                return
            }
        }
    }
}
