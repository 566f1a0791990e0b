/// What was decided about a permission request (`qwen-serve.md` §2.9).
public enum PermissionOutcome: Sendable, Hashable {
    /// One of the options that were offered.
    case selected(optionId: String)
    /// None: the agent may not.
    case cancelled

    init?(_ json: JSON?) {
        switch json?["outcome"] {
        case "cancelled": self = .cancelled
        case "selected":
            guard let optionId = json?["optionId"]?.stringValue, !optionId.isEmpty else { return nil }
            self = .selected(optionId: optionId)
        default: return nil
        }
    }

    var json: JSON {
        switch self {
        case .selected(let optionId): ["outcome": "selected", "optionId": .string(optionId)]
        case .cancelled: ["outcome": "cancelled"]
        }
    }
}

/// A vote, sent as it is (`qwen-serve.md` §2.9).
public struct PermissionResponse: Sendable, Hashable {
    /// The decision.
    public var outcome: PermissionOutcome
    /// What else the agent is told beside the outcome, such as `answers` to the questions of a dialog, by their names.
    public var further: JSONMembers

    /// From its parts.
    public init(outcome: PermissionOutcome, further: JSONMembers = [:]) {
        self.outcome = outcome
        self.further = further
    }

    /// A vote for an option.
    public static func selected(_ optionId: String) -> Self { Self(outcome: .selected(optionId: optionId)) }
    /// A vote for none: the agent may not.
    public static let cancelled = Self(outcome: .cancelled)

    var json: JSON {
        var members = further
        members["outcome"] = outcome.json
        return .object(members)
    }
}

/// One way to answer a permission request.
public struct PermissionOption: Sendable, Hashable {
    /// What a vote names.
    public let optionId: String
    /// For people.
    public let name: String
    /// What it means, if that is told.
    public let kind: PermissionOptionKind?

    init?(_ json: JSON) {
        guard let optionId = json["optionId"]?.stringValue else { return nil }
        self.optionId = optionId
        name = json["name"]?.stringValue ?? optionId
        kind = json["kind"]?.stringValue.map(PermissionOptionKind.init(rawValue:))
    }
}

/// An agent asks whether it may (`qwen-serve.md` §3.5, §4.4). Everybody who reads the session's events sees it; the first vote counts.
public struct PermissionRequest: Sendable, Hashable {
    /// Which request; the id to vote with.
    public let requestId: String
    /// The session it is about.
    public let sessionId: String
    /// What it wants to do.
    public let toolCall: ToolCall
    /// As they are to be shown.
    public let options: [PermissionOption]

    /// The first option that means this.
    public func option(_ kind: PermissionOptionKind) -> PermissionOption? { options.first { $0.kind == kind } }

    init?(_ data: JSON) {
        guard let requestId = data.name("requestId"), let sessionId = data.name("sessionId"), let call = data["toolCall"],
            case .object = call, let list = data["options"]?.arrayValue
        else { return nil }
        let options = list.compactMap(PermissionOption.init)
        guard options.count == list.count else { return nil }
        self.requestId = requestId
        self.sessionId = sessionId
        self.options = options
        toolCall = ToolCall(call)
    }
}

extension JSON {
    /// A member that is a text and not empty.
    func name(_ member: String) -> String? {
        guard let text = self[member]?.stringValue, !text.isEmpty else { return nil }
        return text
    }
}
