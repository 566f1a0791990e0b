import ApusBase
import ApusCore

/// What the daemon is and how it does (§2.4 #2, §2.5 #1, #3, #4).
extension OptaFront {
    func probe() -> HTTPAnswer { .json(200, ["status": "ok", "version": .string(version), "daemon": true]) }

    func health() async -> HTTPAnswer { .json(200, .object(await condition())) }

    func metrics() async -> HTTPAnswer {
        .json(
            200,
            [
                "daemonId": .string(setting.daemonID), "runtime": .object(await runtime()),
                "ts": .string(OptaWords.date(services.time.now)),
            ])
    }

    func healthStream(_ request: OptaRequest) -> HTTPAnswer {
        stream(request) { [services, setting] pen in
            repeat {
                var condition = await self.condition()
                condition["ts"] = .integer(services.time.now)
                try await pen.send([Self.event(JSONValue.object(condition).serializedBytes())])
                try await services.time.sleep(for: setting.healthInterval)
            } while !Task.isCancelled
        }
    }

    private func condition() async -> JSONObject {
        [
            "status": "ok", "version": .string(version), "daemonId": .string(setting.daemonID),
            "contract": ["name": "opta-daemon-v3", "version": 1], "runtime": .object(await runtime()),
        ]
    }

    /// Calls of one response that run side by side.
    private static let workers: Int64 = 8

    private func runtime() async -> JSONObject {
        let sessions = await services.maintenance.glances()
        for session in sessions { registry.note(session.lastTurn) }
        let active = sessions.count { $0.running != nil }
        let queued = sessions.reduce(0) { $0 + $1.queued }
        let busy = sessions.reduce(0) { $0 + $1.busyTools }
        let latencies = registry.latencies.sorted()
        func percentile(_ part: Double) -> JSONValue {
            latencies.isEmpty ? 0 : .integer(Int64(latencies[min(latencies.count - 1, Int(Double(latencies.count) * part))]))
        }
        return [
            "sessionCount": .integer(Int64(registry.sessionCount(with: sessions.map(\.session), at: services.time.now))),
            "activeTurnCount": .integer(Int64(active)),
            "queuedTurnCount": .integer(Int64(queued)), "subscriberCount": .integer(Int64(registry.subscribers)),
            "ingressSeq": .integer(Int64(registry.accepted)),
            "toolWorkers": ["workers": .integer(Self.workers), "busy": .integer(Int64(busy)), "queued": 0],
            "latency": ["p50Ms": percentile(0.5), "p99Ms": percentile(0.99), "samples": .integer(Int64(latencies.count))],
        ]
    }
}
