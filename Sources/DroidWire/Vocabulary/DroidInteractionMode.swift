/// How a session works: by itself, or by a specification first. `mission` of one mirror is not here: Python refuses it (§12, 6).
package enum DroidInteractionMode: DroidEnumeration {
    case auto, spec, agi
    case unknown(String)

    package static let known: [Self] = [.auto, .spec, .agi]

    package var rawValue: String {
        switch self {
        case .auto: "auto"
        case .spec: "spec"
        case .agi: "agi"
        case .unknown(let value): value
        }
    }
}

/// What runs without asking.
package enum AutonomyLevel: DroidEnumeration {
    case off, low, medium, high
    case unknown(String)

    package static let known: [Self] = [.off, .low, .medium, .high]

    package var rawValue: String {
        switch self {
        case .off: "off"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .unknown(let value): value
        }
    }
}

/// Mode and level in one word, the deprecated spelling.
package enum AutonomyMode: DroidEnumeration {
    case normal, spec, autoLow, autoMedium, autoHigh
    case unknown(String)

    package static let known: [Self] = [.normal, .spec, .autoLow, .autoMedium, .autoHigh]

    package var rawValue: String {
        switch self {
        case .normal: "normal"
        case .spec: "spec"
        case .autoLow: "auto-low"
        case .autoMedium: "auto-medium"
        case .autoHigh: "auto-high"
        case .unknown(let value): value
        }
    }
}
