import DroidWire

/// Why there is no diff.
public enum DiffUnavailable: Sendable, Hashable, CustomStringConvertible {
    case missingSessionCwd, notGitRepository, gitNotAvailable, unspecified
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.missingSessionCwd, .notGitRepository, .gitNotAvailable, .unspecified]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .missingSessionCwd: "missing_session_cwd"
        case .notGitRepository: "not_git_repository"
        case .gitNotAvailable: "git_not_available"
        case .unspecified: "unknown"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidDiffUnavailable) { self.init(rawValue: wire.rawValue) }
}

/// How the content of a file is told.
public enum FileEncoding: Sendable, Hashable, CustomStringConvertible {
    case utf8, base64
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.utf8, .base64]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .utf8: "utf8"
        case .base64: "base64"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidFileEncoding) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidFileEncoding { DroidWire.DroidFileEncoding(rawValue: rawValue) }
}

/// What a search of sessions looks through.
public enum SearchKind: Sendable, Hashable, CustomStringConvertible {
    case messageText, document, toolUse, toolResult, all
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.messageText, .document, .toolUse, .toolResult, .all]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .messageText: "message_text"
        case .document: "document"
        case .toolUse: "tool_use"
        case .toolResult: "tool_result"
        case .all: "all"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSearchKind) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidSearchKind { DroidWire.DroidSearchKind(rawValue: rawValue) }
}
