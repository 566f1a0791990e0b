/// What a search of sessions looks through.
package enum DroidSearchKind: DroidEnumeration {
    case messageText, document, toolUse, toolResult, all
    case unknown(String)

    package static let known: [Self] = [.messageText, .document, .toolUse, .toolResult, .all]

    package var rawValue: String {
        switch self {
        case .messageText: "message_text"
        case .document: "document"
        case .toolUse: "tool_use"
        case .toolResult: "tool_result"
        case .all: "all"
        case .unknown(let value): value
        }
    }
}

/// How the content of a file is told.
package enum DroidFileEncoding: DroidEnumeration {
    case utf8, base64
    case unknown(String)

    package static let known: [Self] = [.utf8, .base64]

    package var rawValue: String {
        switch self {
        case .utf8: "utf8"
        case .base64: "base64"
        case .unknown(let value): value
        }
    }
}

/// Why there is no diff.
package enum DroidDiffUnavailable: DroidEnumeration {
    case missingSessionCwd, notGitRepository, gitNotAvailable, unspecified
    case unknown(String)

    package static let known: [Self] = [.missingSessionCwd, .notGitRepository, .gitNotAvailable, .unspecified]

    package var rawValue: String {
        switch self {
        case .missingSessionCwd: "missing_session_cwd"
        case .notGitRepository: "not_git_repository"
        case .gitNotAvailable: "git_not_available"
        case .unspecified: "unknown"
        case .unknown(let value): value
        }
    }
}

/// The kinds of conversation in Microsoft Teams.
package enum DroidTeamsConversation: DroidEnumeration {
    case personal, groupChat, channel
    case unknown(String)

    package static let known: [Self] = [.personal, .groupChat, .channel]

    package var rawValue: String {
        switch self {
        case .personal: "personal"
        case .groupChat: "groupChat"
        case .channel: "channel"
        case .unknown(let value): value
        }
    }
}

/// Where a session's loop stands.
package enum DroidLoopStatus: DroidEnumeration {
    case waiting, running, due, stopped, error
    case unknown(String)

    package static let known: [Self] = [.waiting, .running, .due, .stopped, .error]

    package var rawValue: String {
        switch self {
        case .waiting: "waiting"
        case .running: "running"
        case .due: "due"
        case .stopped: "stopped"
        case .error: "error"
        case .unknown(let value): value
        }
    }
}
