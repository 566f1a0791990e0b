package import ApusBase

/// A JSON value: what tools are given and answer, schemas, and all that the protocol leaves open.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONMembers)

    public var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    public var arrayValue: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var objectValue: JSONMembers? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { self == .null }

    /// A whole number; `5.0` is one.
    public var intValue: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    public var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .null, .bool, .string, .array, .object: nil
        }
    }

    /// The member of an object; `nil` when there is none or this is no object.
    public subscript(_ key: String) -> JSON? { objectValue?[key] }
    /// The element of an array; `nil` outside of it or when this is no array.
    public subscript(_ index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Reads JSON text.
    ///
    /// - Throws: ``InvalidJSONError`` when the text is no JSON value.
    public init(parsing text: String) throws {
        do {
            self.init(try JSONValue(parsing: text))
        } catch {
            throw InvalidJSONError(message: error.description)
        }
    }

    /// On one line, members in their order.
    public var text: String { value.serialized() }

    package init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array(let values): self = .array(values.map(JSON.init))
        case .object(let object): self = .object(JSONMembers(object))
        }
    }

    package var value: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .number(let value): .double(value)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(\.value))
        case .object(let members): .object(members.object)
        }
    }
}

/// Text that should have been JSON and is not.
public struct InvalidJSONError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { "not JSON: " + message }
}

/// The members of a JSON object, in their order. Two are equal when they have the same members, in whatever order.
public struct JSONMembers: Sendable, Hashable {
    package var object: JSONObject

    public init() { object = [:] }
    package init(_ object: JSONObject) { self.object = object }

    /// A member is changed in place, or added at the end; `nil` takes it away.
    public subscript(key: String) -> JSON? {
        get { object[key].map(JSON.init) }
        set { object[key] = newValue?.value }
    }

    public static func == (one: JSONMembers, other: JSONMembers) -> Bool { one.byKey == other.byKey }
    public func hash(into hasher: inout Hasher) { hasher.combine(byKey) }
    private var byKey: [String: JSON] { Dictionary(map { ($0.key, $0.value) }) { _, last in last } }

    public var keys: [String] { object.keys }
    public var count: Int { object.count }
    public var isEmpty: Bool { object.isEmpty }
}

extension JSONMembers: Sequence {
    public func makeIterator() -> AnyIterator<(key: String, value: JSON)> {
        var members = object.makeIterator()
        return AnyIterator { members.next().map { (key: $0.key, value: JSON($0.value)) } }
    }
}

extension JSONMembers: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}

extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, CustomStringConvertible
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var members = JSONMembers()
        for (key, value) in elements { members[key] = value }
        self = .object(members)
    }
    public var description: String { text }
}
