/// What a listener of the qwen protocol is told (`qwen-serve.md` §1.1).
package struct QwenSetting: Hashable, Sendable {
    /// As it was typed, for the start line; brackets of an IPv6 address are kept.
    package var hostname = "127.0.0.1"
    /// Whether only this machine can call: then Host is judged, and `/health` needs no token.
    package var isLoopback = true
    /// The protocol's own token, of full scope; trimmed, never empty.
    package var token: String?
    /// Whether a caller without a credential is served, as a prompter and approver: on loopback, without a token, by `apus serve`.
    package var isOpen = false
    /// `/health` needs a credential, too.
    package var requiresAuth = false
    /// Live sessions; `nil` without a cap. Attaching never counts.
    package var maximumSessions: Int? = 20
    /// The workspace that the daemon is bound to: absolute, links resolved; `nil` serves every workspace.
    package var workspace: String?
    /// The frames that replay gives at most, the last ones; `nil` gives all.
    package var ringSize: Int?
    /// After it a permission request counts as cancelled; `nil` waits as long as the turn may.
    package var permissionDeadline: Duration? = .seconds(300)
    /// Prompts are answered 202 at once; the end of the turn comes as an event.
    package var isNonBlocking = false
    /// Between two comments on a silent stream.
    package var heartbeat = Duration.seconds(15)
    /// Streams of one session.
    package var maximumSubscribers = 64

    package init() {}
}
