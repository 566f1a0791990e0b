package import ApusCore

/// How much harm a command could do (`droid-exec.md` §3.4). The ranks are those of the levels that run it unasked.
package enum CommandTier: Int, Hashable, Sendable, CaseIterable, Comparable {
    case readOnly
    case low
    case medium
    case high

    package var name: String {
        switch self {
        case .readOnly: "read-only"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        }
    }

    package init?(name: String) {
        guard let tier = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = tier
    }

    /// The lowest level at which it runs unasked.
    package var level: AutonomyLevel {
        switch self {
        case .readOnly: .off
        case .low: .low
        case .medium: .medium
        case .high: .high
        }
    }

    package static func < (left: CommandTier, right: CommandTier) -> Bool { left.rawValue < right.rawValue }
}
