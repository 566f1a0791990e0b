/// The sentence a run ends with when a call needed more autonomy than it had. Scripts look for its beginning; the texts are
/// facts of `droid-exec.md` §3.9.
package enum StopSentence {
    package static let prefix = "Exec ended early: insufficient permission to proceed."

    package static func text(required: AutonomyLevel?) -> String { text(beginning: prefix, required: required) }

    /// For several refused calls: the level that would do for all. A tool of an MCP server is named when it is the only one. Where a hook wants
    /// a person to be asked no level helps, nor does the option that lifts all of them.
    package static func text(for denials: [AccessDenial]) -> String {
        if denials.contains(where: \.isHooks) { return "\(prefix) \(hooks)" }
        let required = denials.map { $0.required ?? .unrestricted }.max() ?? .unrestricted
        guard denials.count == 1, let denial = denials.first, denial.server != nil else { return text(required: required) }
        return text(beginning: "Exec ended early: MCP tool \(denial.tool) requires higher autonomy to proceed.", required: required)
    }

    private static let hooks =
        "A hook wants a person to be asked, at every level. Run it where one can answer, as a client of apus daemon, or change the hook."

    private static func text(beginning: String, required: AutonomyLevel?) -> String {
        let unsafe = "For destructive commands, use --skip-permissions-unsafe."
        return switch required {
        case .off, .low: "\(beginning) Re-run with --auto low, --auto medium or --auto high. \(unsafe)"
        case .medium: "\(beginning) Re-run with --auto medium or --auto high. \(unsafe)"
        case .high: "\(beginning) Re-run with --auto high. \(unsafe)"
        case .unrestricted, nil: "\(beginning) \(unsafe)"
        }
    }
}
