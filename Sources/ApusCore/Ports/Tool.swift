package import ApusBase

/// Something a model may call. A tool never asks for permission: it declares what it would touch, and the engine's gate decides
/// before `run`.
package protocol Tool: Sendable {
    var definition: ToolDefinition { get }

    /// What `input` would touch. Pure apart from resolving paths. Throws when the input does not fit the schema; the sentence
    /// goes to the model, which may call again.
    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest

    /// What running `input` twice would do.
    func effect(of input: JSONValue) -> Effect

    /// What a run of `input` would make of files, as they are now; asked for before a call with the effect ``Effect/verifiable``. Changes
    /// nothing. Empty when the call would be refused; `nil` when that cannot be told, and after a crash nobody can either.
    func changes(by input: JSONValue, in context: ToolContext) async -> [FileChange]?

    /// Runs a permitted call. Failures are results, not errors. Cancelling the task ends everything the call started within its
    /// grace time and returns a result with status `.interrupted`.
    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult
}

extension Tool {
    package func changes(by input: JSONValue, in context: ToolContext) async -> [FileChange]? { nil }
}

/// The tools of a session. Order is the order the model sees.
package protocol ToolSource: Sendable {
    func tools(for scope: ToolScope) async -> [any Tool]
}

package struct ToolInputError: Error, Hashable, Sendable {
    package var sentence: String
    package init(_ sentence: String) { self.sentence = sentence }
}

/// What a call may know about where it runs.
package struct ToolContext: Sendable {
    package var session: SessionID
    package var call: CallID
    /// Absolute, links resolved. Relative paths of the input resolve against it.
    package var workingDirectory: String
    /// Files seen by the session, by absolute path.
    package var files: [String: FileMark]
    package var todos: [Todo]
    package var autonomy: AutonomyLevel
    /// What the call may reach while it runs; `nil` means no bound but the user's own rights.
    package var confinement: Confinement?
    /// Background processes the session has started, running or not.
    package var processes: [BackgroundProcess]
    /// Whose skills the session has; `nil` where there are none.
    package var skills: SkillScope?
    /// Commits a background process to the session's log. A sentence when that failed: the process must end then.
    package var recordProcess: @Sendable (BackgroundProcess) async -> String?
    /// Asks the people the turn works for and waits; `nil` when nobody can be asked.
    package var askUser: @Sendable ([UserQuestion.Item]) async -> UserAnswer?
    /// Begins and ends subagents.
    package var children: any ChildSessions
    /// Pieces of output as they come, for clients; not bounded by the result's cap. Called in order.
    package var showOutput: @Sendable (String) async -> Void

    package init(
        session: SessionID, call: CallID, workingDirectory: String, files: [String: FileMark] = [:], todos: [Todo] = [],
        autonomy: AutonomyLevel = .off, confinement: Confinement? = nil, processes: [BackgroundProcess] = [],
        skills: SkillScope? = nil,
        recordProcess: @escaping @Sendable (BackgroundProcess) async -> String? = { _ in "This session keeps no log." },
        askUser: @escaping @Sendable ([UserQuestion.Item]) async -> UserAnswer? = { _ in nil },
        children: any ChildSessions = NoChildSessions(),
        showOutput: @escaping @Sendable (String) async -> Void = { _ in }
    ) {
        self.session = session
        self.call = call
        self.workingDirectory = workingDirectory
        self.files = files
        self.todos = todos
        self.autonomy = autonomy
        self.confinement = confinement
        self.processes = processes
        self.skills = skills
        self.recordProcess = recordProcess
        self.askUser = askUser
        self.children = children
        self.showOutput = showOutput
    }
}

/// What a run gives back.
package struct ToolResult: Hashable, Sendable {
    package var status: ToolOutcome.Status
    /// What the model reads; at most `ByteLimit.maximumToolOutputCharacters`, cut in the middle.
    package var text: String
    /// Files whose bytes the session has now seen or written.
    package var files: [FileMark]
    /// The new list, when the call changed it.
    package var todos: [Todo]?
    /// Images and documents for the model, their bytes within the limits of `ByteLimit`.
    package var media: [Media]
    /// Which layers of the wall stood, when the call ran a command behind one.
    package var wall: SessionWall?
    /// What the session has loaded by it; counts only when it succeeded.
    package var load = ToolLoad.none

    package init(
        _ status: ToolOutcome.Status, _ text: String, files: [FileMark] = [], todos: [Todo]? = nil, media: [Media] = []
    ) {
        self.status = status
        self.text = text
        self.files = files
        self.todos = todos
        self.media = media
    }
}
