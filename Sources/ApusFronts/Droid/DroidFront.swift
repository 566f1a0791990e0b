package import ApusCore
package import DroidWire
import Synchronization

/// The droid protocol of one process: what its connections share (`droid.md`).
package final class DroidFront: Sendable {
    let services: ClientServices
    /// Of Apus, for those who ask.
    let version: String
    /// Told what a person should know who looks after the daemon. One sentence a call, no secret in it.
    let log: @Sendable (String) -> Void
    var attendance: SessionAttendance { services.attendance }
    /// Of a new session, before its client has said what it wants.
    let defaults: SessionSettings
    private let connections = Mutex<[ObjectIdentifier: DroidConnection]>([:])
    private let stopping = Awaited(false)

    package init(
        _ services: ClientServices, version: String, log: @escaping @Sendable (String) -> Void = { _ in },
        defaults: SessionSettings = SessionSettings()
    ) {
        self.services = services
        self.defaults = defaults
        self.version = version
        self.log = log
    }

    /// Serves one connection until its frames end, the sink is over, the key behind it is revoked, or the task is cancelled. Frames are whole
    /// messages: the text of a WebSocket message, or a line. Never throws; answers everything answerable.
    ///
    /// When the frames end, what was asked before is still answered, within some seconds. A turn that was submitted goes on in the daemon
    /// family, with its open questions; in the exec family it is interrupted, and its end is told.
    package func serve(
        _ frames: some AsyncSequence<[UInt8], Never> & Sendable, to sink: any FrameSink, family: DroidFamily, access: DroidAccess
    ) async {
        let connection = DroidConnection(self, family: family, access: access)
        connections.withLock { $0[ObjectIdentifier(connection)] = connection }
        await connection.run(frames, to: sink)
        connections.withLock { $0[ObjectIdentifier(connection)] = nil }
    }

    // MARK: The end of the process

    var isStopping: Bool { stopping.value }

    /// To be called before sessions are given up: from now on nothing waits for a client's comfort, and a turn that is left open is one
    /// that goes on later.
    package func stop() { stopping.change { $0 = true } }

    /// To be called when sessions are given up, and before connections are closed: returns when every client was told everything up to
    /// the last event of what it looks at, or after `limit`.
    package func farewell(within limit: Duration) async {
        let all = connections.withLock { Array($0.values) }
        await services.time.within(limit) {
            await withDiscardingTaskGroup { group in
                for connection in all { group.addTask { await connection.finishTelling() } }
            }
        }
    }

    /// Unless the process is about to end.
    func pause(_ duration: Duration) async {
        await services.time.within(duration) { [stopping] in _ = await stopping.next { $0 ? true : nil } }
    }
}

/// Who may speak: a daemon's client must authenticate first, the other end of a pipe is the owner.
package enum DroidAccess: Sendable {
    case open(ClientIdentity)
    case credentials(any Credentials)
}
