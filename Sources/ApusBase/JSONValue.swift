/// A JSON document in memory, for messages whose shape is not known beforehand: tool input, provider answers, settings.
///
/// Integers that fit `Int64` and all other numbers are kept apart, so that ids and counters survive unchanged; as a consequence
/// `.integer(1)` and `.double(1)` are different values. Objects keep the order of their members. Hot messages of known shape
/// should not be built from this type but written with ``JSONWriter``.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, also of a double without a fraction that lies inside the range of `Int64`.
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): JSONValue.integer(of: value)
        default: nil
        }
    }

    /// `Int64(exactly:)` by hand: that one calls the C library's `trunc`, and this module is to link without it.
    private static func integer(of value: Double) -> Int64? {
        guard value >= -0x1p63, value < 0x1p63 else { return nil }
        let integer = Int64(value)
        return Double(integer) == value ? integer : nil
    }

    /// The number as a double; integers beyond 2^53 are rounded.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// The member, or `nil` when this is no object or has no such member. A member that is `null` gives `.null`.
    package subscript(_ key: String) -> JSONValue? {
        if case .object(let object) = self { object[key] } else { nil }
    }

    /// The element, or `nil` when this is no array or is shorter.
    package subscript(_ index: Int) -> JSONValue? {
        if case .array(let array) = self, array.indices.contains(index) { array[index] } else { nil }
    }
}

extension JSONValue: CustomStringConvertible {
    package func serializedBytes() -> [UInt8] {
        var writer = JSONWriter()
        writer.value(self)
        return writer.takeBytes()
    }

    package func serialized() -> String {
        var writer = JSONWriter()
        writer.value(self)
        return writer.text
    }

    package var description: String { serialized() }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
}

extension JSONValue: ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(JSONObject(elements)) }
}
