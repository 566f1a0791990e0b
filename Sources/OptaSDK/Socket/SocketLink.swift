import ApusBase
import ApusTransport

/// One WebSocket, opened once.
protocol SocketLink: MessageChannel {
    /// How many frames of any kind came.
    var framesHeard: Int { get }
    /// Asks the other side for a sign of life, which shows in ``framesHeard``.
    func ping() async throws(TransportError)
}

extension WebSocketClient: SocketLink {}

/// Makes the sockets of a client: over the network, or in memory for tests.
struct SocketDialer: Sendable {
    /// - Parameters: where, what is asked for there (path and query), the time.
    let link: @Sendable (DaemonAccess, String, TransportClock) -> any SocketLink

    /// How long one attempt may take.
    static let attemptLimit = Duration.seconds(8)

    static let network = SocketDialer { access, target, clock in
        WebSocketClient(
            url: access.webSocketURL + target, headers: [HTTPRequest.Header("Authorization", "Bearer " + access.token)],
            schedule: ConnectSchedule(retries: 0, attemptTimeout: attemptLimit) { _ in .zero }, closeReason: "client closed", clock: clock,
            trust: access.tls ?? .system)
    }

    static func target(sessionID: String, afterSeq: Int64) -> String {
        "/v3/ws" + DaemonCall.query([("sessionId", sessionID), ("afterSeq", "\(max(afterSeq, 0))")])
    }
}
