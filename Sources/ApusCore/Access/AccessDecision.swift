package import ApusBase

/// The answer to an access request, with the rule that gave it.
package enum AccessDecision: Hashable, Sendable {
    case allow(rule: String)
    /// Never runs, whatever the level; the run goes on.
    case deny(rule: String, reason: String)
    /// Would run at `required`; `nil` when no level allows it without being asked.
    case ask(required: AutonomyLevel?, rule: String, reason: String)
}

/// A refused call as reports carry it (`permission_denials`).
package struct AccessDenial: Hashable, Sendable {
    /// How the reason begins where no level would have helped, because the session planned.
    package static let whilePlanning = "while planning: "

    package var call: CallID
    package var tool: String
    package var input: JSONValue
    /// The rank that the action has: `low`, `medium` or `high`.
    package var risk: String
    package var required: AutonomyLevel?
    package var reason: String
    /// The MCP server whose tool it is; `nil` for tools of ours.
    package var server: String?
    /// A hook wanted a person to be asked: no level does without.
    package var isHooks: Bool

    package init(
        call: CallID, tool: String, input: JSONValue, risk: String, required: AutonomyLevel?, reason: String, server: String? = nil,
        isHooks: Bool = false
    ) {
        self.call = call
        self.tool = tool
        self.input = input
        self.risk = risk
        self.required = required
        self.reason = reason
        self.server = server
        self.isHooks = isHooks
    }
}
