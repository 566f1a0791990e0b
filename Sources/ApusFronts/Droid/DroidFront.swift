package import ApusCore
package import DroidWire

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
        await DroidConnection(self, family: family, access: access).run(frames, to: sink)
    }
}

/// Who may speak: a daemon's client must authenticate first, the other end of a pipe is the owner.
package enum DroidAccess: Sendable {
    case open(ClientIdentity)
    case credentials(any Credentials)
}
