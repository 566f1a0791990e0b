package import ApusBase

/// A plan as a model hands it in when it has planned enough (`droid-exec.md` §6.1).
package struct Plan: Hashable, Sendable {
    /// The tool that hands one in: the only way out of spec mode for a model.
    package static let tool = "ExitSpecMode"

    /// Markdown. What is approved are these bytes.
    package var text: String
    package var title: String?
    /// Ways to go that the plan leaves open, the model's favourite first.
    package var options: [String]

    package init(text: String, title: String? = nil, options: [String] = []) {
        self.text = text
        self.title = title
        self.options = options
    }

    /// What the input of a call says; `nil` when there is no plan in it.
    package init?(input: JSONValue) {
        guard let text = input["plan"]?.stringValue else { return nil }
        self.init(
            text: text, title: input["title"]?.stringValue,
            options: input["optionNames"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    /// The same call with another plan.
    package static func input(_ input: JSONValue, withPlan text: String) -> JSONValue {
        var object = input.objectValue ?? [:]
        object["plan"] = .string(text)
        return .object(object)
    }
}

extension ApprovalRequest {
    /// The plan that is to be approved; `nil` for questions about other calls.
    package var plan: Plan? { tool == Plan.tool ? Plan(input: input) : nil }
}

extension ApprovalChoice {
    /// A plan is carried out in another session, which the client that answers opens: the turn ends with its approval.
    package var isForAnotherSession: Bool {
        switch self {
        case .newSession, .newSessionLow, .newSessionMedium, .newSessionHigh: true
        case .proceedOnce, .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand, .autoRun,
            .autoRunLow, .autoRunMedium, .autoRunHigh, .proceedEdited, .cancel:
            false
        }
    }

    /// The answers that fit a plan, none of them above `limit`.
    package static func choices(aboutPlansUpTo limit: AutonomyLevel) -> [ApprovalChoice] {
        let levels: [(AutonomyLevel, ApprovalChoice, ApprovalChoice)] = [
            (.low, .autoRunLow, .newSessionLow), (.medium, .autoRunMedium, .newSessionMedium), (.high, .autoRunHigh, .newSessionHigh),
        ].filter { $0.0 <= limit }
        return [.proceedOnce] + levels.map(\.1) + [.newSession] + levels.map(\.2) + [.proceedEdited, .cancel]
    }

    /// What a session goes on with when this is the answer to its plan; `nil` when it goes on planning.
    package func settings(afterPlanning settings: SessionSettings) -> SessionSettings? {
        if !permits || isForAnotherSession { return nil }
        var settings = settings
        settings.interaction = .auto
        if let level = planLevel, level != settings.autonomy { settings.autonomy = level }
        return settings
    }

    private var planLevel: AutonomyLevel? {
        switch self {
        case .autoRunLow, .newSessionLow: .low
        case .autoRunMedium, .newSessionMedium: .medium
        case .autoRunHigh, .newSessionHigh: .high
        case .proceedOnce, .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand, .autoRun,
            .newSession, .proceedEdited, .cancel:
            nil
        }
    }

    /// What a person is shown about a plan.
    package var labelForPlan: String {
        switch self {
        case .proceedOnce: "Yes, carry it out at the session's own level"
        case .autoRunLow: "Yes, carry it out at low"
        case .autoRunMedium: "Yes, carry it out at medium"
        case .autoRunHigh: "Yes, carry it out at high"
        case .newSession: "Yes, and I carry it out in a new session"
        case .newSessionLow: "Yes, and I carry it out in a new session at low"
        case .newSessionMedium: "Yes, and I carry it out in a new session at medium"
        case .newSessionHigh: "Yes, and I carry it out in a new session at high"
        case .proceedEdited: "Yes, as I have changed it"
        case .cancel: "No, go on planning"
        case .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand, .autoRun: label
        }
    }
}
