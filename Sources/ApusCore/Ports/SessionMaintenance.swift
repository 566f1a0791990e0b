/// What a front may do with a session beside running turns in it. The engine conforms.
package protocol SessionMaintenance: Sendable {
    /// The state of any session of this home, owned by whomever; nothing is claimed or mended.
    func peek(_ session: SessionID) async throws(SessionError) -> SessionState

    /// The sessions that this process owns.
    func opened() async -> [SessionID]

    /// Gives a session up when nothing runs, waits or is asked in it; otherwise does nothing. The next `open` takes it again.
    func retire(_ session: SessionID) async

    func rename(_ session: SessionID, to title: String) async throws(SessionError)

    /// Hides a session from lists, or shows it again. Returns when it was archived; `nil` when it is not any more.
    func archive(_ session: SessionID, _ isArchived: Bool) async throws(SessionError) -> Timestamp?

    /// Tells all who follow a session.
    func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError)

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

package enum MaintenanceError: Error, Hashable, Sendable, CustomStringConvertible {
    case session(SessionError)
    case busy(SessionID)
    case compacting(SessionID)
    case unknownMessage(MessageID)
    /// A file that the plan does not have.
    case notInPlan(path: String)
    /// There is nothing that a summary could stand for.
    case nothingToCompact
    case model(String)

    package var description: String {
        switch self {
        case .session(let error): error.description
        case .busy(let id): "Session \(id) is busy: a turn is running. Interrupt it or wait for its end"
        case .compacting(let id): "Session \(id) is being compacted already: wait for the end of that"
        case .unknownMessage(let id): "No prompt \(id) in this session"
        case .notInPlan(let path): "\(path) is not among the files of this rewind"
        case .nothingToCompact: "There is nothing to compact yet"
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
    /// Of the last request, as the provider counted.
    package var lastCall: Usage?

    package init(
        model: ModelDescription, limit: Int, used: Int, isExact: Bool, updatedAt: Timestamp, parts: [Part], servers: [Server] = [],
        lastCall: Usage? = nil
    ) {
        self.model = model
        self.limit = limit
        self.used = used
        self.isExact = isExact
        self.updatedAt = updatedAt
        self.parts = parts
        self.servers = servers
        self.lastCall = lastCall
    }
}

package struct RewindPlan: Hashable, Sendable {
    /// Files whose earlier bytes are kept.
    package var available: [FileSnapshot]
    /// Files that did not exist.
    package var created: [String]
    /// Files whose bytes were not kept, with the reason.
    package var lost: [FileSnapshot]

    package init(available: [FileSnapshot], created: [String], lost: [FileSnapshot]) {
        self.available = available
        self.created = created
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
