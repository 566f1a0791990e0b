/// What a stream of events does when its connection ends before the session does.
///
/// A stream that resumes connects again from the id of the last event that was read, so that nothing comes twice and nothing is missing as far
/// as the daemon still holds it: give it a cursor to begin with, as without one it cannot know what was said between two connections
/// before its first event. It pauses before each try, twice as long each time, and no less than the daemon asked for.
///
/// Connections that are lost, refused or late, streams that end without a word, answers 408, 429 and 5xx, `client_evicted` and
/// `stream_error` (which concern one connection and are not handed out then) are tried again. `session_died` and `session_closed` end it, and
/// so does every other answer, such as 404. Opening the stream for the first time is not repeated.
public struct EventResume: Sendable, Hashable {
    /// How many tries may fail one after another; an event, or a connection that stood for longer than ``longestPause``, counts as success.
    public var attempts: Int
    /// Before the first try.
    public var firstPause: Duration
    /// Before any try, unless the daemon asked for more.
    public var longestPause: Duration
    /// Whether `session_died` with the reason `daemon_shutdown` is tried again, too, and not handed out: for daemons whose sessions are there again
    /// after a restart, as Apus's are. The original's are not.
    public var outlivesShutdown = false

    /// From its parts.
    public init(attempts: Int, firstPause: Duration = .milliseconds(250), longestPause: Duration = .seconds(10)) {
        self.attempts = max(attempts, 0)
        self.firstPause = firstPause
        self.longestPause = longestPause
    }

    /// The end of the connection is the end of the stream, as in the protocol's own client (`qwen-serve.md` §5.3).
    public static let never = EventResume(attempts: 0)
    /// Twelve tries in a bit more than a minute.
    public static let automatic = EventResume(attempts: 12)

    /// - Parameter failure: Counted from 1.
    func pause(before failure: Int, asked: Duration?) -> Duration {
        var pause = firstPause
        for _ in 1..<max(failure, 1) where pause < longestPause { pause = pause * 2 }
        return max(min(pause, longestPause), asked ?? .zero)
    }
}
