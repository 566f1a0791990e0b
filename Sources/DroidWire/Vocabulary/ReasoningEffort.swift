/// How much a model is to think (`droid.md` §5.7).
package enum ReasoningEffort: DroidEnumeration {
    case none, dynamic, off, minimal, low, medium, high, extraHigh, max
    case unknown(String)

    package static let known: [Self] = [.none, .dynamic, .off, .minimal, .low, .medium, .high, .extraHigh, .max]

    package var rawValue: String {
        switch self {
        case .none: "none"
        case .dynamic: "dynamic"
        case .off: "off"
        case .minimal: "minimal"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .extraHigh: "xhigh"
        case .max: "max"
        case .unknown(let value): value
        }
    }
}
