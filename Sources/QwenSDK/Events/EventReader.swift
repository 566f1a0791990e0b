/// Reads one subscription, over several connections when it may.
final class EventReader {
    private let client: DaemonClient
    private let request: EventRequest
    private var connection: EventConnection?
    private var cursor: Int64?
    private var epoch: String?
    private var isOver = false
    /// Tries that failed one after another.
    private var failures = 0
    private var hasOpened = false
    /// Since when the present connection stands.
    private var openedAt: Duration?

    init(_ client: DaemonClient, _ request: EventRequest) {
        self.client = client
        self.request = request
        cursor = request.lastEventID
        epoch = request.epoch
        hasOpened = request.continues
    }

    private var resumes: Bool { request.resume.attempts > 0 }

    func next() async throws -> DaemonEvent? {
        while !isOver {
            do {
                try Task.checkCancellation()
                let event = try await (connected()).next()
                guard let event else {
                    try await again(nil)
                    continue
                }
                if let event = admitted(event) { return event }
            } catch is CancellationError {
                finish()
            } catch {
                try await again(error)
            }
        }
        return nil
    }

    private func finish() {
        isOver = true
        connection = nil
    }

    private func connected() async throws -> EventConnection {
        if let connection { return connection }
        let connection = try await EventConnection.open(client, request.call(from: cursor, epoch: epoch))
        if let now = connection.epoch {
            // The daemon began anew: numbers it gives now are no continuation of those that were read.
            if let epoch, epoch != now, hasOpened { cursor = 0 }
            epoch = now
        }
        hasOpened = true
        openedAt = client.clock.now()
        self.connection = connection
        return connection
    }

    /// What is to be handed out of what came.
    private func admitted(_ event: DaemonEvent) -> DaemonEvent? {
        guard resumes else { return event }
        switch event.kind {
        case .clientEvicted, .streamError: return nil
        case .sessionDied(let died) where request.resume.outlivesShutdown && died.reason == "daemon_shutdown": return nil
        case .stateResyncRequired(let resync):
            if resync.reason == "epoch_reset" { cursor = 0 }
        case .sessionDied, .sessionClosed: finish()
        default: break
        }
        if let id = event.id {
            if let cursor, id <= cursor { return nil }
            cursor = id
            failures = 0
        }
        return event
    }

    /// The connection ended, with an error or without: pauses before the next one, or is over.
    private func again(_ error: (any Error)?) async throws {
        let stood = openedAt.map { client.clock.now() - $0 } ?? .zero
        connection = nil
        openedAt = nil
        guard resumes, hasOpened, error.map(Self.isPassing) ?? true else {
            finish()
            if let error { throw error }
            return
        }
        if stood > request.resume.longestPause { failures = 0 }
        failures += 1
        if failures > request.resume.attempts {
            finish()
            throw error ?? DaemonConnectionError("GET /session/:id/events: the stream ended \(failures) times without an event")
        }
        do {
            try await client.clock.sleep(request.resume.pause(before: failures, asked: (error as? DaemonHTTPError)?.retryAfter))
        } catch {
            finish()
        }
    }

    /// Whether it may be otherwise at the next try.
    private static func isPassing(_ error: any Error) -> Bool {
        switch error {
        case is DaemonConnectionError, is DaemonTimeoutError: true
        case let error as DaemonHTTPError: error.status == 408 || error.status == 429 || error.status >= 500
        default: false
        }
    }
}
