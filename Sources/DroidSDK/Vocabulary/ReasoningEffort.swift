import DroidWire

/// How much a model is to think (`droid.md` §5.7).
public enum ReasoningEffort: Sendable, Hashable, CustomStringConvertible {
    case none, dynamic, off, minimal, low, medium, high, extraHigh, max
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.none, .dynamic, .off, .minimal, .low, .medium, .high, .extraHigh, .max]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.ReasoningEffort) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.ReasoningEffort { DroidWire.ReasoningEffort(rawValue: rawValue) }
}
