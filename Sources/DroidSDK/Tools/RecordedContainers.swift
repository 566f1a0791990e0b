import ApusBase

/// The members that a type asks for by name.
struct RecordedMembers<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) -> Bool { false }

    private func record<Value: Decodable>(_ type: Value.Type, _ key: Key, isRequired: Bool) throws -> Value {
        let (schema, value) = try SchemaRecorder.record(type, depth: recorder.depth + 1)
        recorder.note(key.stringValue, schema, isRequired: isRequired)
        return value
    }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try record(type, key, isRequired: true) }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
        try record(type, key, isRequired: false)
    }

    // The optional ones of the plain types have implementations of their own, which would ask for the value itself.
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try record(type, key, isRequired: false) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try record(type, key, isRequired: false) }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        throw underivable("its decoding is written by hand")
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw underivable("its decoding is written by hand")
    }
    func superDecoder() throws -> any Decoder { recorder }
    func superDecoder(forKey key: Key) throws -> any Decoder { recorder }
}

/// One element of a list, which stands for all.
struct RecordedElements: UnkeyedDecodingContainer {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    private(set) var isAtEnd = false
    private(set) var currentIndex = 0

    init(recorder: SchemaRecorder) { self.recorder = recorder }

    func decodeNil() -> Bool { false }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard !isAtEnd else { throw underivable("it is a list of several types") }
        let (schema, value) = try SchemaRecorder.record(type, depth: recorder.depth + 1)
        recorder.whole = ["type": "array", "items": schema]
        isAtEnd = true
        currentIndex = 1
        return value
    }

    func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        throw underivable("its decoding is written by hand")
    }
    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw underivable("its decoding is written by hand") }
    func superDecoder() throws -> any Decoder { recorder }
}

/// A value that is no structure.
struct RecordedValue: SingleValueDecodingContainer {
    let recorder: SchemaRecorder
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    private func plain<Value>(_ type: String, _ value: Value, _ bounds: (String, Int64)...) -> Value {
        var object: JSONObject = ["type": .string(type)]
        for (name, bound) in bounds { object[name] = .integer(bound) }
        recorder.whole = .object(object)
        return value
    }

    func decode(_ type: Bool.Type) -> Bool { plain("boolean", false) }
    func decode(_ type: String.Type) -> String { plain("string", "") }
    func decode(_ type: Double.Type) -> Double { plain("number", 0) }
    func decode(_ type: Float.Type) -> Float { plain("number", 0) }
    func decode(_ type: Int.Type) -> Int { plain("integer", 0) }
    func decode(_ type: Int64.Type) -> Int64 { plain("integer", 0) }
    func decode(_ type: Int8.Type) -> Int8 { whole(0) }
    func decode(_ type: Int16.Type) -> Int16 { whole(0) }
    func decode(_ type: Int32.Type) -> Int32 { whole(0) }
    func decode(_ type: UInt.Type) -> UInt { plain("integer", 0, ("minimum", 0)) }
    func decode(_ type: UInt64.Type) -> UInt64 { plain("integer", 0, ("minimum", 0)) }
    func decode(_ type: UInt8.Type) -> UInt8 { whole(0) }
    func decode(_ type: UInt16.Type) -> UInt16 { whole(0) }
    func decode(_ type: UInt32.Type) -> UInt32 { whole(0) }

    private func whole<Value: FixedWidthInteger>(_ value: Value) -> Value {
        plain("integer", value, ("minimum", Int64(Value.min)), ("maximum", Int64(Value.max)))
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let (schema, value) = try SchemaRecorder.record(type, depth: recorder.depth + 1)
        recorder.whole = schema
        return value
    }
}

private func underivable(_ why: String) -> DecodingError {
    .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: why))
}
