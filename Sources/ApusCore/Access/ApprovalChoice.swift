package import ApusBase

/// What somebody may answer to a question. Closed: a word that is none of these is an error, never an approval.
///
/// The raw values are the stored form and, by intention, the words of the droid protocol; every front maps its own words to them.
package enum ApprovalChoice: String, Hashable, Sendable, CaseIterable {
    /// This call, nothing else.
    case proceedOnce = "proceed_once"
    /// This call, and calls of its kind that need no higher level, for the rest of the session.
    case proceedAlways = "proceed_always"
    /// … calls that write nothing but the files this one writes.
    case proceedAlwaysFile = "proceed_always_file"
    /// … calls of this tool that need no higher level.
    case proceedAlwaysTool = "proceed_always_tools"
    /// … calls of tools of this MCP server that need no higher level.
    case proceedAlwaysServer = "proceed_always_server"
    /// … this very command in this very directory.
    case proceedAlwaysCommand = "proceed_always_command"
    /// This call, and the session goes on at the level that it needs.
    case autoRun = "proceed_auto_run"
    case autoRunLow = "proceed_auto_run_low"
    case autoRunMedium = "proceed_auto_run_medium"
    case autoRunHigh = "proceed_auto_run_high"
    /// Of a plan only: approved, and carried out elsewhere.
    case newSession = "proceed_new_session"
    case newSessionLow = "proceed_new_session_low"
    case newSessionMedium = "proceed_new_session_medium"
    case newSessionHigh = "proceed_new_session_high"
    /// This call with another input, which comes with the answer.
    case proceedEdited = "proceed_edit"
    /// Not this call.
    case cancel

    package var permits: Bool { self != .cancel }

    /// The level that a session gets with this answer to a call that needs `required`; `nil` for answers that leave it as it is.
    package func sessionLevel(for required: AutonomyLevel) -> AutonomyLevel? {
        switch self {
        case .autoRun: required
        case .autoRunLow: .low
        case .autoRunMedium: .medium
        case .autoRunHigh: .high
        case .proceedOnce, .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand,
            .newSession, .newSessionLow, .newSessionMedium, .newSessionHigh, .proceedEdited, .cancel:
            nil
        }
    }

    /// What a person is shown, for fronts whose clients have no words of their own.
    package var label: String {
        switch self {
        case .proceedOnce: "Yes, this once"
        case .proceedAlways: "Yes, and do not ask again for calls of this kind in this session"
        case .proceedAlwaysFile: "Yes, and do not ask again for this file in this session"
        case .proceedAlwaysTool: "Yes, and do not ask again for this tool in this session"
        case .proceedAlwaysServer: "Yes, and do not ask again for tools of this server in this session"
        case .proceedAlwaysCommand: "Yes, and do not ask again for this command in this session"
        case .autoRun: "Yes, and raise this session to the level that this needs"
        case .autoRunLow: "Yes, and raise this session to low"
        case .autoRunMedium: "Yes, and raise this session to medium"
        case .autoRunHigh: "Yes, and raise this session to high"
        case .newSession: "Yes, in a new session"
        case .newSessionLow: "Yes, in a new session at low"
        case .newSessionMedium: "Yes, in a new session at medium"
        case .newSessionHigh: "Yes, in a new session at high"
        case .proceedEdited: "Yes, with the input changed"
        case .cancel: "No"
        }
    }
}

/// One answer as it came, before anybody looked at who gave it.
package struct ApprovalAnswer: Hashable, Sendable {
    package var choice: ApprovalChoice
    /// For the model to read. Longer ones than `ByteLimit.approvalCommentBytes` are refused.
    package var comment: String?
    /// The input to run instead; with `.proceedEdited`, and only with it.
    package var editedInput: JSONValue?

    package init(_ choice: ApprovalChoice, comment: String? = nil, editedInput: JSONValue? = nil) {
        self.choice = choice
        self.comment = comment
        self.editedInput = editedInput
    }
}

/// Who answers. Made by a front from the credential of the connection, never from a field that a client fills in.
package struct ApprovalVoter: Hashable, Sendable {
    /// The name of the credential, for people and for the record.
    package var identity: String
    package var front: TurnOrigin.Front
    /// The connection; compared with the writer of the turn.
    package var connection: String
    package var scopes: Set<ClientScope>
    /// A client library answered because its program has no handler: nobody has looked at the question.
    package var isAutomatic: Bool
    /// Which program it is, as it said: kept with a decision, and never looked at to make one.
    package var client: String?

    package init(
        identity: String, front: TurnOrigin.Front, connection: String, scopes: Set<ClientScope>, isAutomatic: Bool = false,
        client: String? = nil
    ) {
        self.identity = identity
        self.front = front
        self.connection = connection
        self.scopes = scopes
        self.isAutomatic = isAutomatic
        self.client = client
    }
}

/// What a credential is good for.
package enum ClientScope: String, Hashable, Sendable, CaseIterable {
    case observer, prompter, approver, admin
}
