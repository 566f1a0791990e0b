/// How much a session may do without being asked.
package enum AutonomyLevel: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Read-only: the default.
    case off
    case low
    case medium
    case high
    /// `--skip-permissions-unsafe`: only the block list holds.
    case unrestricted

    package var rank: Int {
        switch self {
        case .off: 0
        case .low: 1
        case .medium: 2
        case .high: 3
        case .unrestricted: 4
        }
    }

    package static func < (left: AutonomyLevel, right: AutonomyLevel) -> Bool { left.rank < right.rank }
}
