package import ApusBase
package import ApusCore

/// One headless run, as the command line asked for it.
package struct ExecRequest: Sendable {
    package enum Format: String, Hashable, Sendable, CaseIterable {
        case text, json
        case streamJSON = "stream-json"
    }

    package enum Session: Hashable, Sendable {
        case new
        case resume(String)
        case fork(String)
    }

    package var session: Session
    /// `nil` only with `.fork`: then the copy is made and its id is the answer.
    package var prompt: String?
    package var format: Format
    /// Absolute, links resolved.
    package var workingDirectory: String
    /// The directory was named on the command line; a resumed session then moves there.
    package var isWorkingDirectoryExplicit: Bool
    /// Whether a resumed session's directory is still there; if not, the session moves to `workingDirectory`.
    package var isDirectory: @Sendable (String) -> Bool
    package var autonomy: AutonomyLevel
    package var model: String?
    package var effort: ReasoningEffort?
    package var labels: [SessionLabel]
    package var systemPromptAddition: String?
    /// The custom droid that this run is; its prompt, model and tools count, what was named beside it above them.
    package var droid: String?
    package var limits: TurnLimits
    /// Holds for this run only: a resumed session gets what its run asks for.
    package var tools: ToolSelection
    package var outputSchema: JSONSchema?
    package var onDenied: OnDenied
    package var spec: ExecSpec
    /// The level was named on the command line.
    package var isAutonomyExplicit: Bool
    /// The skills that come with Apus are not there.
    package var disablesBuiltinSkills = false

    /// What a call that the level does not allow does to a run that nobody can be asked in.
    package enum OnDenied: String, Hashable, Sendable, CaseIterable {
        /// Nothing of the response runs, and the run fails.
        case stop
        /// The model is told, and may find another way.
        case `continue`
    }

    package init(
        session: Session, prompt: String?, format: Format, workingDirectory: String, isWorkingDirectoryExplicit: Bool,
        autonomy: AutonomyLevel, isDirectory: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.isDirectory = isDirectory
        self.session = session
        self.prompt = prompt
        self.format = format
        self.workingDirectory = workingDirectory
        self.isWorkingDirectoryExplicit = isWorkingDirectoryExplicit
        self.autonomy = autonomy
        labels = []
        limits = TurnLimits()
        tools = .usual
        onDenied = .stop
        spec = ExecSpec()
        isAutonomyExplicit = autonomy > .off
    }
}

/// Where a run writes. Both are called from one task at a time, a whole line or text per call.
package struct ExecStreams: Sendable {
    /// Throws when nobody reads any more: the run is then interrupted and ends with exit code 1.
    package var output: @Sendable ([UInt8]) throws -> Void
    package var diagnostics: @Sendable (String) -> Void
    /// Hears every event before it is written, for whoever shows what a run is doing; must be quick.
    package var observe: @Sendable (Event) -> Void

    package init(
        output: @escaping @Sendable ([UInt8]) throws -> Void, diagnostics: @escaping @Sendable (String) -> Void,
        observe: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.output = output
        self.diagnostics = diagnostics
        self.observe = observe
    }
}
