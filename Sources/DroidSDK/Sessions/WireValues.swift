import DroidWire

/// A setting that can be given a value or taken back.
public enum Nullable<Value: Sendable & Hashable>: Sendable, Hashable {
    /// Back to the default.
    case null
    case value(Value)
}

extension Nullable<String> {
    init(_ wire: DroidNullable<String>) {
        switch wire {
        case .null: self = .null
        case .value(let value): self = .value(value)
        }
    }

    var wire: DroidNullable<String> {
        switch self {
        case .null: .null
        case .value(let value): .value(value)
        }
    }
}

extension Nullable<ReasoningEffort> {
    init(_ wire: DroidNullable<DroidWire.ReasoningEffort>) {
        switch wire {
        case .null: self = .null
        case .value(let value): self = .value(ReasoningEffort(value))
        }
    }

    var wire: DroidNullable<DroidWire.ReasoningEffort> {
        switch self {
        case .null: .null
        case .value(let value): .value(value.wire)
        }
    }
}

/// A question or a message that still waited when a session was loaded (`droid.md` §3.2).
public struct PendingRequest<Request: Sendable & Hashable>: Sendable, Hashable {
    public var request: Request
    /// Its id on the server; `permission_resolved` names it.
    public var requestId: String

    public init(request: Request, requestId: String) {
        self.request = request
        self.requestId = requestId
    }
}

extension DroidMap {
    /// By key, so that the same value always makes the same bytes.
    init(sorted values: [String: Value]) {
        self.init(values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    init?(sorted values: [String: Value]?) {
        guard let values else { return nil }
        self.init(sorted: values)
    }
}
