/// What a front may do with sessions. The engine conforms; no front sees the engine itself.
package protocol SessionService: Sendable {
    /// Makes a session owned by this process.
    func create(_ request: NewSession) async throws(SessionError) -> SessionID

    /// Makes sure that this process owns the session and returns its state. A turn that a dead process left is ended first.
    func open(_ session: SessionID) async throws(SessionError) -> SessionState

    /// Copies a session under a new id, without changing or owning the source; the copy is owned by this process.
    func fork(_ session: SessionID) async throws(SessionError) -> SessionID

    func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError)

    /// Accepts a prompt: it runs at once or waits its turn. Returns when the acceptance is stored. The same idempotency key
    /// returns the first receipt; with another prompt it throws `.conflict`.
    ///
    /// `media` came with the prompt; the bytes are stored before the prompt is accepted and take the place of `input.media`.
    func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID

    /// Ends the running turn and returns when its end is stored; nothing to end is not an error.
    func interrupt(_ session: SessionID) async

    /// Events after `cursor`, from now until the session is closed here.
    func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower

    /// Gives up ownership after the running turn was ended.
    func close(_ session: SessionID) async
}

extension SessionService {
    package func submit(_ input: TurnInput, to session: SessionID) async throws(SessionError) -> TurnID {
        try await submit(input, with: [], to: session)
    }
}

/// A cursor on one session's log: pulled by its reader, so a slow reader is only behind.
package protocol EventFollower: Sendable {
    /// The number of the last event that there is by now; 0 before the first. Asks nobody, so it may be looked at as often as wanted.
    var head: EventNumber { get }

    /// The next events, oldest first, at most `limit`; waits until there is one. Empty when the session was closed here.
    /// A cancelled wait also returns nothing: look at `Task.isCancelled` to tell the two apart.
    func next(limit: Int) async throws(EventLogError) -> [Event]
}

package struct NewSession: Sendable {
    /// The caller's own id, `^[A-Za-z0-9_-]{1,64}$`; `nil` makes one.
    package var id: SessionID?
    package var workingDirectory: String
    package var settings: SessionSettings
    /// See ``SessionHeader/announcer``.
    package var announcer: TurnOrigin.Front?
    /// See ``SessionHeader/caller``.
    package var caller: SessionCaller?
    /// What the session has from birth beyond its settings: stored with its creation, or not at all.
    package var beginning: [EventKind]

    package init(
        id: SessionID? = nil, workingDirectory: String, settings: SessionSettings = SessionSettings(),
        announcer: TurnOrigin.Front? = nil, caller: SessionCaller? = nil, beginning: [EventKind] = []
    ) {
        self.id = id
        self.workingDirectory = workingDirectory
        self.settings = settings
        self.announcer = announcer
        self.caller = caller
        self.beginning = beginning
    }
}

package enum SessionError: Error, Hashable, Sendable, CustomStringConvertible {
    case log(EventLogError)
    /// The id breaks the rule for ids.
    case badIdentifier(String)
    /// The same idempotency key came with another prompt.
    case conflict(key: String)
    /// The queue of waiting prompts is full.
    case tooManyQueued(limit: Int)
    /// The engine is shutting down.
    case closing

    package var description: String {
        switch self {
        case .log(let error): error.description
        case .badIdentifier(let id): "\"\(id)\" cannot be a session id: use 1 to 64 letters, digits, \"_\" or \"-\""
        case .conflict(let key): "The idempotency key \"\(key)\" was used with another prompt"
        case .tooManyQueued(let limit): "\(limit) prompts wait already; try again when one has finished"
        case .closing: "Apus is shutting down"
        }
    }
}
