/// Which daemon, and with what key.
public struct ConnectDaemonOptions: Sendable {
    /// The key of the daemon. Needed, unless there is a ``token``: a daemon has no stored login to fall back to.
    public var apiKey: String?
    /// A session token, in place of the key.
    public var token: String?
    public var machine: SDKMachineConfig
    /// A WebSocket, in place of the machine's; used as it is.
    public var url: String?
    /// How often connecting and authenticating, both together, are tried again, 2 s apart. Attempts to open the socket are not counted.
    public var maxRetries: Int
    /// The port of a local daemon, 37643 by default.
    public var daemonPort: Int?
    /// For remote computers; `wss://relay.factory.ai` by default.
    public var relayBaseURL: String?
    /// Reserved for the address of the Factory API, `https://api.factory.ai` by default. Accepted and not used.
    public var baseURL: String?
    /// What happens when the connection is lost.
    public var whenDropped: DroppedConnection

    public init(
        apiKey: String? = nil, token: String? = nil, machine: SDKMachineConfig = .local, url: String? = nil, maxRetries: Int = 0,
        daemonPort: Int? = nil, relayBaseURL: String? = nil, baseURL: String? = nil, whenDropped: DroppedConnection = .fail
    ) {
        self.apiKey = apiKey
        self.token = token
        self.machine = machine
        self.url = url
        self.maxRetries = maxRetries
        self.daemonPort = daemonPort
        self.relayBaseURL = relayBaseURL
        self.baseURL = baseURL
        self.whenDropped = whenDropped
    }

    var credential: DaemonCredential {
        if let apiKey, !apiKey.isEmpty { return .apiKey(apiKey) }
        return token.map(DaemonCredential.token) ?? .apiKey(apiKey ?? "")
    }
}

/// What becomes of a connection that was lost: the network failed, or the daemon ended.
public enum DroppedConnection: Sendable, Hashable {
    /// Running streams and open requests fail at once.
    case fail
    /// It is opened again, and every session goes on at the event that came last: running streams neither miss a message nor get one twice,
    /// over a restart of the daemon, too. Questions that nobody answered come to the handlers again. Other requests that were open fail;
    /// those made meanwhile wait. When the time is over, or the key is refused, all fails as with ``fail``.
    ///
    /// Only where the daemon says that it can: Apus does. With any other it is as ``fail``.
    case resume(within: Duration = .seconds(60))
}

/// The machine of a daemon.
public enum SDKMachineConfig: Sendable, Hashable {
    case local
    /// Another computer, through the relay.
    case computer(id: String)

    public var type: MachineType {
        switch self {
        case .local: .local
        case .computer: .computer
        }
    }
}

/// The kinds of machines, as on the wire.
public enum MachineType: String, Sendable, Hashable, CaseIterable {
    case local, computer
}
