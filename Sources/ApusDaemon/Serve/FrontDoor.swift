import ApusBase
import ApusFronts
import ApusServer
import DroidWire

/// Brings connections to the front of their protocol. Those that come before the house is open wait.
struct FrontDoor: Sendable {
    private let keys: KeyRing
    private let limits: ListenerLimits
    private let log: DaemonLog
    private let front = OneShot<DroidFront?>()

    init(keys: KeyRing, limits: ListenerLimits, log: DaemonLog) {
        self.keys = keys
        self.limits = limits
        self.log = log
    }

    func open(_ services: FrontServices, version: String) {
        front.give(services.clients.map { DroidFront($0, version: version) { [log] in log.write(.info, "front", ["text": $0]) } })
    }

    /// Turns are about to be ended, or left for a later daemon.
    func stop() { front.value??.stop() }

    /// They have been: clients hear of it before they are sent away.
    func farewell() async { await front.value??.farewell(within: .seconds(1)) }

    func serve(_ connection: WebSocketConnection, accept: @escaping @Sendable () -> Void) async {
        guard let opened = await front.wait() else { return connection.close(.goingAway) }
        guard let front = opened else { return connection.close(CloseReason(1011, "Nobody serves clients here.")) }
        let credentials = GuardedCredentials(keys, for: connection, limits: limits, accept: accept) { [log] secret in
            log.write(
                .warning, "a key was refused",
                [
                    "sha256": String(APIKey.digest(of: secret).prefix(8)), "peer": connection.peer,
                    "advice": "make a key for this client with `apus keys add`",
                ])
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await credentials.watch() }
            await front.serve(connection.frames, to: connection, family: .daemon, access: .credentials(credentials))
            group.cancelAll()
        }
        if let ending = connection.ending, !ending.isOrdinary { log.write(ended: connection.peer, ending) }
    }
}

extension DaemonLog {
    /// A connection that the daemon has ended for a fault of its peer.
    func write(ended peer: String, _ reason: ApusServer.CloseReason) {
        write(.warning, "a connection was ended", ["peer": peer, "code": "\(reason.code)", "why": reason.text])
    }
}
