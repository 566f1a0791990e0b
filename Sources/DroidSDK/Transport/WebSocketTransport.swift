public import ApusTransport
import DroidWire

/// A WebSocket to a daemon (`droid.md` §2.3).
///
/// The first connection is tried again with growing pauses: 5 retries, 0.5 to 5 s apart, each attempt up to 5 s; for a remote computer 10
/// retries, 2 to 10 s apart, each up to 45 s. A connection that stood and was lost is **not** opened again: its turns and requests fail at
/// once. Pings are answered; a message may have up to 32 MiB.
public final class WebSocketTransport: DroidClientTransport {
    /// How patiently a connection is opened.
    public enum Patience: Sendable, Hashable {
        /// For a daemon on this machine: as `standard`, each attempt up to 10 s.
        case local
        case standard
        /// For one that is reached through a relay and may have to be woken.
        case computer
    }

    public let url: String
    private let inner: ChannelTransport<WebSocketClient>

    /// - Parameters:
    ///   - url: `ws://` or `wss://`; path and query are sent as they are.
    ///   - patience: How often connecting is tried, and for how long.
    ///   - trust: Whose certificates count for a `wss` URL.
    public convenience init(url: String, patience: Patience = .standard, trust: ServerTrust = .system) {
        self.init(url: url, patience: patience, trust: trust, clock: .system)
    }

    package init(url: String, patience: Patience, trust: ServerTrust = .system, clock: TransportClock) {
        self.url = url
        let schedule = patience == .computer ? DroidRetrySchedule.computer : .standard
        let timeout =
            switch patience {
            case .local: DroidTimeout.connectLocal
            case .standard: DroidTimeout.connectDefault
            case .computer: DroidTimeout.connectComputer
            }
        let client = WebSocketClient(
            url: url,
            schedule: ConnectSchedule(retries: schedule.retries, attemptTimeout: timeout) { schedule.pause(before: $0) },
            closeReason: DroidProtocol.clientCloseReason, clock: clock, trust: trust)
        inner = ChannelTransport(channel: client) { ConnectionError($0.description) }
    }

    public func connect() async throws { try await inner.connect() }
    public func send(_ message: String) async throws { try await inner.send(message) }
    public var messages: DroidTransportMessages { inner.messages }
    /// Tells the server 1000 "Client disconnect" and waits up to 5 s for its answer.
    public func close() async { await inner.channel.close() }
}
