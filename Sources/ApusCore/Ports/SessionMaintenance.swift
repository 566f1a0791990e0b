/// What a front may do with a session beside running turns in it. The engine conforms.
package protocol SessionMaintenance: Sendable {
    /// The state of any session of this home, owned by whomever; nothing is claimed or mended.
    func peek(_ session: SessionID) async throws(SessionError) -> SessionState

    /// What any session of this home does at the moment. For one that this process owns it costs the same however long the session is.
    func glance(at session: SessionID) async throws(SessionError) -> SessionGlance

    /// The same of all sessions that this process owns.
    func glances() async -> [SessionGlance]

    /// What the log of any session of this home holds behind `cursor`, oldest first, at most `limit`; empty at its end, which is not waited
    /// beyond. As with `peek` nothing is claimed or mended.
    func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(SessionError) -> [Event]

    /// The sessions that this process owns.
    func opened() async -> [SessionID]

    /// The same, and which were opened since the call that gave `change`, those included that were given up already. Returns when a session
    /// was opened or given up since then, or when the task is cancelled; at once for `nil`.
    func opened(since change: Int?) async -> OpenedSessions

    /// Gives a session up when nothing runs, waits or is asked in it; otherwise does nothing. The next `open` takes it again. One that calls
    /// still need is given up with the last of them, unless it was opened again by then.
    func retire(_ session: SessionID) async

    func rename(_ session: SessionID, to title: String) async throws(SessionError)

    /// Hides a session from lists, or shows it again. Returns when it was archived; `nil` when it is not any more.
    func archive(_ session: SessionID, _ isArchived: Bool) async throws(SessionError) -> Timestamp?

    /// Ends turns of a session: of those that wait the one of that id, or without an id all of that writer's; the running one if it has the id
    /// or the writer. Who follows hears which, and then their ends. Returns when the ends of those that waited are stored and the running
    /// one was told; nothing to end is no error.
    func cancel(turn: TurnID?, writer: String?, in session: SessionID) async throws(SessionError) -> TurnCancellation

    /// Opens a session and keeps it as long as `body` takes, for what goes on in it beside its turns: `retire` does not take it from under
    /// that, and waits for its end. Throws when it cannot be opened; then `body` has not run. A session that is closed meanwhile is opened again
    /// by whoever has something to say in it.
    func holding(_ session: SessionID, _ body: @concurrent @Sendable () async -> Void) async throws(SessionError)

    /// Tells all who follow a session.
    func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError)

    /// Makes a model the session's, and tells all who follow who chose it, in one commit. Nothing else of the settings changes, whoever changes
    /// them meanwhile. Whether there is such a model is the caller's to know.
    func chooseModel(_ model: String, by client: String?, in session: SessionID) async throws(SessionError)

    /// Makes a copy whose model sees a summary in place of the older messages. The model of the session writes the summary; the source
    /// stays as it is. Throws `.busy` while a turn runs. Cancelling the task leaves no copy.
    func compact(_ session: SessionID, instructions: String?) async throws(MaintenanceError) -> (copy: SessionID, compaction: Compaction)

    /// What the next request of the session would hold, by kind.
    func contextUsage(of session: SessionID) async throws(SessionError) -> ContextUsage

    /// What going back to before a prompt could bring back. Throws `.unknownMessage` for what is no prompt of the session.
    func rewindPlan(in session: SessionID, before message: MessageID) async throws(MaintenanceError) -> RewindPlan

    /// Makes a copy that ends before a prompt, and brings the named files to where they were then. Files outside the plan are refused.
    /// Throws `.busy` while a turn runs.
    func rewind(_ session: SessionID, before message: MessageID, _ files: RewindChoice, title: String) async throws(MaintenanceError)
        -> RewindResult
}

/// The sessions of this process at one moment.
package struct OpenedSessions: Hashable, Sendable {
    package struct Opening: Hashable, Sendable {
        package var session: SessionID
        /// Its last event then: zero for one that was made here.
        package var place: EventNumber

        package init(_ session: SessionID, at place: EventNumber) {
            self.session = session
            self.place = place
        }
    }

    /// Rises with each change.
    package var change: Int
    package var open: Set<SessionID>
    /// Oldest first; the newest 4,096 when there were more.
    package var openings: [Opening]

    package init(change: Int, open: Set<SessionID>, openings: [Opening]) {
        self.change = change
        self.open = open
        self.openings = openings
    }
}

/// Turns that a client has cancelled.
package struct TurnCancellation: Hashable, Sendable {
    /// Those that will never start.
    package var queued: [TurnID]
    package var active: TurnID?

    package static let none = TurnCancellation(queued: [], active: nil)

    package init(queued: [TurnID], active: TurnID?) {
        self.queued = queued
        self.active = active
    }
}

package enum MaintenanceError: Error, Hashable, Sendable, CustomStringConvertible {
    case session(SessionError)
    case busy(SessionID)
    case compacting(SessionID)
    case unknownMessage(MessageID)
    /// A file that the plan does not have.
    case notInPlan(path: String)
    /// There is nothing that a summary could stand for.
    case nothingToCompact
    /// A hook objected.
    case refused(String)
    case model(String)

    package var description: String {
        switch self {
        case .session(let error): error.description
        case .busy(let id): "Session \(id) is busy: a turn is running. Interrupt it or wait for its end"
        case .compacting(let id): "Session \(id) is being compacted already: wait for the end of that"
        case .unknownMessage(let id): "No prompt \(id) in this session"
        case .notInPlan(let path): "\(path) is not among the files of this rewind"
        case .nothingToCompact: "There is nothing to compact yet"
        case .refused(let reason): "A hook refused: \(reason)"
        case .model(let sentence): sentence
        }
    }
}

/// The tokens of a request, by what they are spent on.
package struct ContextUsage: Hashable, Sendable {
    package enum Category: String, Hashable, Sendable, CaseIterable {
        case systemPrompt, systemTools, mcpTools, userInfo, agentsMd, customAgents, skills, messages
    }

    package struct Part: Hashable, Sendable {
        package var category: Category
        package var tokens: Int

        package init(_ category: Category, tokens: Int) {
            self.category = category
            self.tokens = tokens
        }
    }

    package struct Server: Hashable, Sendable {
        package var name: String
        package var toolCount: Int
        package var tokens: Int

        package init(name: String, toolCount: Int, tokens: Int) {
            self.name = name
            self.toolCount = toolCount
            self.tokens = tokens
        }
    }

    /// A skill or a custom droid that the model is told of.
    package struct Source: Hashable, Sendable {
        package var name: String
        /// `project`, `personal` or `builtin`.
        package var location: String
        /// Its line in the list, and its text wherever that was loaded.
        package var tokens: Int

        package init(name: String, location: String, tokens: Int) {
            self.name = name
            self.location = location
            self.tokens = tokens
        }
    }

    package var model: ModelDescription
    /// Of the model's context; a usual size where the model does not say.
    package var limit: Int
    package var used: Int
    /// The provider counted, at the last response; otherwise it is estimated from the bytes.
    package var isExact: Bool
    package var updatedAt: Timestamp
    /// Each category once, also those of zero tokens.
    package var parts: [Part]
    package var servers: [Server]
    package var skills: [Source]
    package var droids: [Source]
    /// Of the last request, as the provider counted.
    package var lastCall: Usage?

    package init(
        model: ModelDescription, limit: Int, used: Int, isExact: Bool, updatedAt: Timestamp, parts: [Part], servers: [Server] = [],
        skills: [Source] = [], droids: [Source] = [], lastCall: Usage? = nil
    ) {
        self.model = model
        self.limit = limit
        self.used = used
        self.isExact = isExact
        self.updatedAt = updatedAt
        self.parts = parts
        self.servers = servers
        self.skills = skills
        self.droids = droids
        self.lastCall = lastCall
    }
}

package struct RewindPlan: Hashable, Sendable {
    /// Files whose earlier bytes are kept.
    package var available: [FileSnapshot]
    /// Files that did not exist.
    package var created: [String]
    /// Of those, how many of the innermost folders of the path did not exist either.
    package var missingFolders: [String: Int]
    /// Files whose bytes were not kept, with the reason.
    package var lost: [FileSnapshot]

    package init(available: [FileSnapshot], created: [String], lost: [FileSnapshot], missingFolders: [String: Int] = [:]) {
        self.available = available
        self.created = created
        self.missingFolders = missingFolders
        self.lost = lost
    }
}

package struct RewindChoice: Hashable, Sendable {
    package var restore: [String]
    package var delete: [String]

    package init(restore: [String], delete: [String]) {
        self.restore = restore
        self.delete = delete
    }
}

package struct RewindResult: Hashable, Sendable {
    package var copy: SessionID
    package var restored: Int
    package var deleted: Int
    package var failedToRestore: Int
    package var failedToDelete: Int

    package init(copy: SessionID, restored: Int, deleted: Int, failedToRestore: Int, failedToDelete: Int) {
        self.copy = copy
        self.restored = restored
        self.deleted = deleted
        self.failedToRestore = failedToRestore
        self.failedToDelete = failedToDelete
    }
}
