import ApusBase

/// What a listener of the Opta protocol is told (`opta-v3.md` §1).
package struct OptaSetting: Hashable, Sendable {
    /// Of this start of the daemon: `daemon_` and eight characters.
    package var daemonID: String
    /// The protocol's own token, of full scope, as it stands in `state.json`; `nil` where only keys count.
    package var token: String?
    /// Whether only this machine can call: then Host is judged, and a token in the query counts.
    package var isLoopback = true
    /// The address that the listener was told, as clients read it in `state.json`; Host may be that.
    package var host: String?
    /// Further names that Host may have.
    package var allowedHosts: [String] = []
    /// Where the sessions of this listener work: the protocol has no word for it. Absolute, links resolved.
    package var directory: String
    /// After it an unanswered permission request counts as denied.
    package var permissionDeadline: Duration = .seconds(120)
    /// How long an answered request is known to whoever answers it again.
    package var permissionMemory: Duration = .seconds(120)
    /// Between two states of `/v3/health/stream`.
    package var healthInterval: Duration = .seconds(25)
    /// Between two comments on a silent event stream.
    package var heartbeat: Duration = .seconds(15)
    /// Events that may wait for a slow socket, beyond which it is closed with 1013.
    package var maximumWaitingEvents = 10_000
    package var background = Background()

    /// Bounds of background processes (§2.5).
    package struct Background: Hashable, Sendable {
        package var maximumRunning = 5
        package var defaultTimeout: Duration = .seconds(300)
        /// Of one process, both streams together.
        package var outputBytes = 1 << 20
        /// Of one process, as events of its session; the rest is told by its length.
        package var toldBytes = 1 << 20
        /// How long a finished process is known.
        package var memory: Duration = .seconds(300)

        package init() {}
    }

    package init(daemonID: String, directory: String) {
        self.daemonID = daemonID
        self.directory = directory
    }
}
