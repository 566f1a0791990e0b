/// A word of the protocol out of a list that may grow: compared with the constants of its type, and kept when it is none of them.
public protocol WireName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension WireName {
    /// As a literal.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    /// As it stands on the wire.
    public var description: String { rawValue }
}

/// What a turn may do by itself (`opta-v3.md` §4.2).
public struct DaemonMode: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Talks, and asks before it changes something.
    public static let chat: Self = "chat"
    /// Works, without asking for most things.
    public static let `do`: Self = "do"
    /// Only plans.
    public static let plan: Self = "plan"
    /// Only reads and judges.
    public static let review: Self = "review"
    /// Only reads and looks things up.
    public static let research: Self = "research"
}

/// What an answer is to be written in (`opta-v3.md` §2.4 #7).
public struct DaemonFormat: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// For people, with headings and lists.
    public static let markdown: Self = "markdown"
    /// Without any markup.
    public static let text: Self = "text"
    /// JSON and nothing else.
    public static let json: Self = "json"
}

/// How a daemon works on by itself (`opta-v3.md` §2.4 #7); Apus takes it and changes nothing.
public struct DaemonAutonomyMode: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Carries out what it was told.
    public static let execution: Self = "execution"
    /// Also decides what is to be done.
    public static let ceo: Self = "ceo"
}

/// Whether a session can be used: always ``active``, as daemons know no other (`opta-v3.md` §5 row 5).
public struct DaemonSessionStatus: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It takes turns.
    public static let active: Self = "active"
}

/// An answer to a permission request (`opta-v3.md` §2.4 #10). There is no "always" on the wire.
public struct PermissionDecision: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The tool runs.
    public static let allow: Self = "allow"
    /// It does not, and the model is told.
    public static let deny: Self = "deny"
}

/// How far a background process is (`opta-v3.md` Appendix A).
public struct BackgroundState: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It runs.
    public static let running: Self = "running"
    /// It ended with code 0.
    public static let completed: Self = "completed"
    /// It ended with another code.
    public static let failed: Self = "failed"
    /// Somebody ended it.
    public static let killed: Self = "killed"
    /// It ran for too long.
    public static let timeout: Self = "timeout"
}

/// How to end a background process (`opta-v3.md` §2.5).
public struct KillSignal: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Asks; SIGKILL follows after 5 s.
    public static let terminate: Self = "SIGTERM"
    /// Ends at once.
    public static let kill: Self = "SIGKILL"
    /// As Ctrl-C.
    public static let interrupt: Self = "SIGINT"
}

/// Which output of a background process (`opta-v3.md` §2.5).
public struct BackgroundStream: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Standard output.
    public static let stdout: Self = "stdout"
    /// Standard error.
    public static let stderr: Self = "stderr"
    /// Both, in their order.
    public static let both: Self = "both"
}

/// What an operation may do (`opta-v3.md` §2.5).
public struct OperationSafety: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Changes nothing.
    public static let read: Self = "read"
    /// Changes settings or data.
    public static let write: Self = "write"
    /// Runs only with `confirmDangerous`.
    public static let dangerous: Self = "dangerous"
}
