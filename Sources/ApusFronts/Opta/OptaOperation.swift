import ApusBase
import ApusCore

/// One operation (§2.5, #18). `docs/protocols/opta.md` has the same rows; a test compares them.
struct OptaOperation: Hashable, Sendable {
    enum Name: String, Hashable, Sendable, CaseIterable {
        case doctor
        case daemonStatus = "daemon.status"
        case daemonLogs = "daemon.logs"
        case sessionsList = "sessions.list"
        case sessionsGet = "sessions.get"
        case sessionsSearch = "sessions.search"
        case sessionsExport = "sessions.export"
        case sessionsDelete = "sessions.delete"
        case configList = "config.list"
        case configGet = "config.get"
        case modelsList = "models.list"
        case mcpList = "mcp.list"
        case keysList = "keys.list"
    }

    /// As the protocol calls it.
    enum Safety: String, Hashable, Sendable {
        case read
        /// Runs only when the caller says that it is meant.
        case dangerous
    }

    var name: Name
    var title: String
    var summary: String
    var safety: Safety
    var scope: ClientScope

    private init(_ name: Name, _ title: String, _ summary: String, _ safety: Safety = .read, _ scope: ClientScope = .observer) {
        self.name = name
        self.title = title
        self.summary = summary
        self.safety = safety
        self.scope = scope
    }

    static let all: [OptaOperation] = [
        OptaOperation(.doctor, "Doctor", "Looks at everything that a run would use, and says what is wrong and how to mend it."),
        OptaOperation(.daemonStatus, "Daemon status", "Version, uptime, listeners and connections of this daemon."),
        // Names of keys and addresses of clients are in it.
        OptaOperation(.daemonLogs, "Daemon logs", "The newest lines of the daemon's log. Input: lines (1-1000, 200).", .read, .admin),
        OptaOperation(
            .sessionsList, "List sessions", "Sessions, newest first. Input: limit (1-100, 50), cwd, includeArchived."),
        OptaOperation(.sessionsGet, "Get session", "What a session is and how it stands. Input: sessionId."),
        OptaOperation(
            .sessionsSearch, "Search sessions", "Sessions whose messages hold all words. Input: query, limit (1-100, 20)."),
        OptaOperation(.sessionsExport, "Export session", "A session with its messages, todos and token counts. Input: sessionId."),
        OptaOperation(
            .sessionsDelete, "Delete session",
            "Ends everything that runs in a session, for all its clients, and takes it from the lists. Its log is kept. Input: sessionId.",
            .dangerous, .admin),
        OptaOperation(.configList, "List settings", "Every setting that a file makes, where it is from, and what it overrides."),
        OptaOperation(.configGet, "Get setting", "One setting, or a group. Input: key."),
        OptaOperation(.modelsList, "List models", "All models with what is known of them, usable or not."),
        OptaOperation(.mcpList, "List MCP servers", "The MCP servers of a session and their state. Input: sessionId."),
        OptaOperation(.keysList, "List keys", "The names and scopes of the daemon's keys; never the keys.", .read, .admin),
    ]

    static func named(_ id: String) -> OptaOperation? { all.first { $0.name.rawValue == id } }

    var descriptor: JSONValue {
        [
            "id": .string(name.rawValue), "title": .string(title), "description": .string(summary), "safety": .string(safety.rawValue),
        ]
    }
}
