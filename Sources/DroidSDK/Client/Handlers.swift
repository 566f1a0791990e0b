/// Decides about tool calls that want permission. `.proceedOnce` lets them run, `.cancel` ends the turn.
///
/// Called on a task of its own, which is cancelled when somebody else answered first. What it throws is told the server as an error
/// (−32603), which counts as cancel.
public typealias PermissionHandler = @Sendable (RequestPermissionParams) async throws -> RequestPermissionResult

/// Answers the questions that an agent asks its user; `AskUserResult.cancelled` when nobody wants to.
///
/// Called as a ``PermissionHandler`` is.
public typealias AskUserHandler = @Sendable (AskUserParams) async throws -> AskUserResult

extension RequestPermissionResult {
    public init(_ outcome: ToolConfirmationOutcome, comment: String? = nil) {
        self.init(selectedOption: outcome, comment: comment)
    }

    public static let proceedOnce = RequestPermissionResult(.proceedOnce)
    public static let proceedAlways = RequestPermissionResult(.proceedAlways)
    public static let proceedAutoRun = RequestPermissionResult(.proceedAutoRun)
    public static let proceedAutoRunLow = RequestPermissionResult(.proceedAutoRunLow)
    public static let proceedAutoRunMedium = RequestPermissionResult(.proceedAutoRunMedium)
    public static let proceedAutoRunHigh = RequestPermissionResult(.proceedAutoRunHigh)
    public static let proceedNewSession = RequestPermissionResult(.proceedNewSession)
    public static let proceedNewSessionLow = RequestPermissionResult(.proceedNewSessionLow)
    public static let proceedNewSessionMedium = RequestPermissionResult(.proceedNewSessionMedium)
    public static let proceedNewSessionHigh = RequestPermissionResult(.proceedNewSessionHigh)
    public static let proceedAlwaysFile = RequestPermissionResult(.proceedAlwaysFile)
    public static let proceedAlwaysTools = RequestPermissionResult(.proceedAlwaysTools)
    public static let proceedAlwaysServer = RequestPermissionResult(.proceedAlwaysServer)
    public static let cancel = RequestPermissionResult(.cancel)

    /// Leaves spec mode with a plan that was changed.
    public static func proceedEdit(_ editedSpecContent: String) -> RequestPermissionResult {
        RequestPermissionResult(selectedOption: .proceedEdit, editedSpecContent: editedSpecContent)
    }
}

extension AskUserResult {
    /// Nobody answers.
    public static let cancelled = AskUserResult(cancelled: true)

    /// One answer a question, in their order.
    public static func answers(_ answers: [AskUserAnswer]) -> AskUserResult {
        AskUserResult(cancelled: false, answers: answers)
    }
}
