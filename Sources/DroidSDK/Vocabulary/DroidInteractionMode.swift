import DroidWire

/// What runs without asking.
public enum AutonomyLevel: Sendable, Hashable, CustomStringConvertible {
    case off, low, medium, high
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.off, .low, .medium, .high]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .off: "off"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.AutonomyLevel) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.AutonomyLevel { DroidWire.AutonomyLevel(rawValue: rawValue) }
}

/// Mode and level in one word, the deprecated spelling.
public enum AutonomyMode: Sendable, Hashable, CustomStringConvertible {
    case normal, spec, autoLow, autoMedium, autoHigh
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.normal, .spec, .autoLow, .autoMedium, .autoHigh]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .normal: "normal"
        case .spec: "spec"
        case .autoLow: "auto-low"
        case .autoMedium: "auto-medium"
        case .autoHigh: "auto-high"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.AutonomyMode) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.AutonomyMode { DroidWire.AutonomyMode(rawValue: rawValue) }
}

/// How a session works: by itself, or by a specification first. `mission` of one mirror is not here: Python refuses it (§12, 6).
public enum DroidInteractionMode: Sendable, Hashable, CustomStringConvertible {
    case auto, spec, agi
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.auto, .spec, .agi]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .auto: "auto"
        case .spec: "spec"
        case .agi: "agi"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidInteractionMode) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidInteractionMode { DroidWire.DroidInteractionMode(rawValue: rawValue) }
}
