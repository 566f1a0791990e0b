/// The names of events, as the documentation of the protocol has them (`opta-v3.md` §3.5, §5 rows 13 to 18). What the wire calls otherwise is
/// known by both names: `tool.start` is ``toolCall``, `tool.end` is ``toolResult``.
public struct DaemonEventName: WireName {
    /// As the documentation writes it.
    public let rawValue: String
    /// Any name, in either spelling; one that is not known here is kept.
    public init(rawValue: String) {
        switch rawValue {
        case "tool.start": self.rawValue = "turn.tool_call"
        case "tool.end": self.rawValue = "turn.tool_result"
        default: self.rawValue = rawValue
        }
    }

    /// A session was created, or asked for by its id.
    public static let sessionSnapshot: Self = "session.snapshot"
    /// A turn waits.
    public static let turnQueued: Self = "turn.queued"
    /// A turn runs.
    public static let turnStart: Self = "turn.start"
    /// A piece of what the model thinks.
    public static let turnThinking: Self = "turn.thinking"
    /// A piece of the answer.
    public static let turnToken: Self = "turn.token"
    /// Somebody has to allow something.
    public static let permissionRequest: Self = "permission.request"
    /// Somebody did, or did not.
    public static let permissionResolved: Self = "permission.resolved"
    /// A tool runs. On the wire `tool.start`.
    public static let toolCall: Self = "turn.tool_call"
    /// A tool is done. On the wire `tool.end`.
    public static let toolResult: Self = "turn.tool_result"
    /// A turn goes on.
    public static let turnProgress: Self = "turn.progress"
    /// An agent began something else.
    public static let agentPhase: Self = "agent.phase"
    /// Another model steps in.
    public static let atpoIntervene: Self = "atpo.intervene"
    /// A turn ended well.
    public static let turnDone: Self = "turn.done"
    /// A turn failed or was cancelled.
    public static let turnError: Self = "turn.error"
    /// The session has changed, after a turn.
    public static let sessionUpdated: Self = "session.updated"
    /// Turns were cancelled.
    public static let sessionCancelled: Self = "session.cancelled"
    /// A background process is in another state.
    public static let backgroundStatus: Self = "background.status"
    /// A background process wrote something.
    public static let backgroundOutput: Self = "background.output"
    /// Of this library: the reader was too slow; see ``DaemonFellBehind``.
    public static let clientFellBehind: Self = "client.fell_behind"
    /// Of this library: the text of a turn of which pieces were lost; see ``DaemonReconciledText``.
    public static let clientTurnText: Self = "client.turn_text"
}
