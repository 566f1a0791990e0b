import ApusTransport
import DroidWire

/// Connects to a daemon and authenticates (`droid.md` §2). A local daemon that does not run is started; see ``ensureLocalDaemon(port:)``.
///
/// - Throws: ``ConnectionError``: no or an empty key ("Daemon authentication failed: Parse error"), refused, timed out, or no daemon.
public func connectDaemon(_ options: ConnectDaemonOptions) async throws -> DaemonConnection {
    try await DaemonConnecting(options: options, clock: .system).connect()
}

/// Lends a connection, and closes it however the closure ends. Sessions that were not closed stay alive in the daemon.
public func withDaemonConnection<Value: Sendable>(
    _ options: ConnectDaemonOptions, _ body: (DaemonConnection) async throws -> Value
) async throws -> Value {
    let connection = try await connectDaemon(options)
    do {
        let value = try await body(connection)
        await connection.close()
        return value
    } catch {
        await connection.close()
        throw error
    }
}

/// How a connection comes about, with a clock and transports that a test can give.
struct DaemonConnecting: Sendable {
    let options: ConnectDaemonOptions
    let clock: TransportClock
    /// The local daemon's port, once it runs.
    var ensureLocal: @Sendable (Int?) async throws -> Int = { try await ensureLocalDaemon(port: $0) }
    var transport: @Sendable (String, WebSocketTransport.Patience, TransportClock) -> any DroidClientTransport = {
        WebSocketTransport(url: $0, patience: $1, clock: $2)
    }

    func connect() async throws -> DaemonConnection {
        // Before anything is started or dialled: such a key can only fail.
        if options.credential.text.isEmpty { throw DaemonConnection.emptyKeyError }
        var retries = max(options.maxRetries, 0)
        while true {
            do {
                return try await attempt()
            } catch {
                if retries == 0 || Task.isCancelled { throw error }
            }
            retries -= 1
            try await clock.sleep(DroidTimeout.retryPause)
        }
    }

    private func attempt() async throws -> DaemonConnection {
        let (url, patience) = try await target()
        return try await DaemonConnection.open(
            transport(url, patience, clock), options.credential, clock: clock, reconnecting: reconnecting)
    }

    private var reconnecting: DroidReconnecting? {
        guard case .resume(let limit) = options.whenDropped else { return nil }
        return DroidReconnecting(
            limit: limit,
            transport: {
                let (url, patience) = try await target()
                return transport(url, patience, clock)
            }, credential: options.credential)
    }

    private func target() async throws -> (String, WebSocketTransport.Patience) {
        if options.url != nil { return (try resolveWebSocketURL(options), .standard) }
        switch options.machine {
        case .computer: return (try resolveWebSocketURL(options), .computer)
        case .local: return (localWebSocketURL(port: try await ensureLocal(options.daemonPort)), .local)
        }
    }
}
