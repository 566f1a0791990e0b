import ApusBase
import Foundation

/// Makes a JSON Schema of a type by decoding it from nothing and writing down what it asks for.
final class SchemaRecorder: Decoder {
    /// Types nested deeper refer to themselves, as far as anybody can tell.
    private static let deepest = 16

    /// What a decoder is asked for, in the order of asking.
    private(set) var properties = JSONObject()
    private(set) var required: [String] = []
    var whole: JSONValue?
    let depth: Int
    var codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]

    private init(depth: Int) { self.depth = depth }

    /// Why a type has no schema.
    struct Fault: Error {
        let message: String
    }

    /// - Parameter use: what the type is, for the message: `the input of the tool t`.
    static func schema(of type: any Decodable.Type, as use: String) throws(Fault) -> JSONValue {
        let schema: JSONValue
        do {
            (schema, _) = try record(type, depth: 0)
        } catch {
            throw Fault(message: "No schema can be made of \(type), \(use): \(sentence(error)). Give it one with \"schema\".")
        }
        guard schema["type"] == "object" else {
            throw Fault(message: "\(type), \(use), is no structure with named members.")
        }
        return schema
    }

    /// The schema of a type, and a value of it to go on with.
    static func record<Value: Decodable>(_ type: Value.Type, depth: Int) throws -> (JSONValue, Value) {
        guard depth < deepest else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(type) is nested more than \(deepest) deep"))
        }
        if let known = known(type), let value = known.value as? Value { return (known.schema, value) }
        let recorder = SchemaRecorder(depth: depth)
        let value = try type.init(from: recorder)
        return (recorder.schema, value)
    }

    /// Types whose decoding says nothing about what they take.
    private static func known(_ type: any Decodable.Type) -> (schema: JSONValue, value: Any)? {
        if type == Date.self { return (["type": "string", "format": "date-time"], Date(timeIntervalSince1970: 0)) }
        if type == URL.self, let url = URL(string: "https://localhost/") { return (["type": "string", "format": "uri"], url) }
        if type == UUID.self { return (["type": "string", "format": "uuid"], UUID()) }
        if type == Data.self { return (["type": "string", "contentEncoding": "base64"], Data()) }
        if type == Decimal.self { return (["type": "number"], Decimal(0)) }
        if let map = type as? any TextMap.Type, let schema = try? map.valueSchema() {
            return (["type": "object", "additionalProperties": schema], map.empty)
        }
        if let enumeration = type as? any CaseIterable.Type, let known = Self.cases(enumeration) { return known }
        return nil
    }

    private static func cases<Enumeration: CaseIterable>(_ type: Enumeration.Type) -> (schema: JSONValue, value: Any)? {
        guard let first = type.allCases.first else { return nil }
        let raw = type.allCases.map { ($0 as? any RawRepresentable)?.rawValue as Any? }
        let texts = raw.compactMap { $0 as? String }
        if texts.count == raw.count { return (["type": "string", "enum": .array(texts.map { .string($0) })], first) }
        let numbers = raw.compactMap { $0 as? Int }
        if numbers.count == raw.count { return (["type": "integer", "enum": .array(numbers.map { .integer(Int64($0)) })], first) }
        return nil
    }

    private var schema: JSONValue {
        if let whole { return whole }
        return [
            "type": "object", "properties": .object(properties), "required": .array(required.map { .string($0) }),
            "additionalProperties": false,
        ]
    }

    func note(_ name: String, _ schema: JSONValue, isRequired: Bool) {
        properties[name] = schema
        if isRequired, !required.contains(name) { required.append(name) }
    }

    /// What a decoder complained about, without its technicalities.
    static func sentence(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        func place(_ path: [any CodingKey]) -> String { path.isEmpty ? "" : path.map(\.stringValue).joined(separator: "/") + ": " }
        switch error {
        case .dataCorrupted(let context): return place(context.codingPath) + context.debugDescription
        case .keyNotFound(let key, let context): return place(context.codingPath) + "\"\(key.stringValue)\" is missing"
        case .typeMismatch(let type, let context): return place(context.codingPath) + "a value of another type than \(type)"
        case .valueNotFound(let type, let context): return place(context.codingPath) + "null where \(type) is needed"
        @unknown default: return "\(error)"
        }
    }

    // MARK: Decoder

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordedMembers<Key>(recorder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { RecordedElements(recorder: self) }
    func singleValueContainer() -> any SingleValueDecodingContainer { RecordedValue(recorder: self) }
}

/// Dictionaries with text keys: they ask which keys there are, of which there are none.
private protocol TextMap {
    static var empty: Any { get }
    static func valueSchema() throws -> JSONValue
}

extension Dictionary: TextMap where Key == String, Value: Decodable {
    fileprivate static var empty: Any { Self() }
    fileprivate static func valueSchema() throws -> JSONValue { try SchemaRecorder.record(Value.self, depth: 1).0 }
}
