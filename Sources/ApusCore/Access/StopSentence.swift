/// The sentence a run ends with when a call needed more autonomy than it had. Scripts look for its beginning; the texts are
/// facts of `droid-exec.md` §3.9.
package enum StopSentence {
    package static let prefix = "Exec ended early: insufficient permission to proceed."

    package static func text(required: AutonomyLevel?) -> String {
        let unsafe = "For destructive commands, use --skip-permissions-unsafe."
        return switch required {
        case .off, .low: "\(prefix) Re-run with --auto low, --auto medium or --auto high. \(unsafe)"
        case .medium: "\(prefix) Re-run with --auto medium or --auto high. \(unsafe)"
        case .high: "\(prefix) Re-run with --auto high. \(unsafe)"
        case .unrestricted, nil: "\(prefix) \(unsafe)"
        }
    }

    /// For several refused calls: the level that would do for all.
    package static func text(for denials: [AccessDenial]) -> String {
        let levels = denials.map { $0.required ?? .unrestricted }
        return text(required: levels.max() ?? .unrestricted)
    }
}
