package import ApusBase

/// A value with a stored form.
package protocol StoredForm {
    func encoded() -> JSONValue
    init(decoding value: JSONValue) throws(DecodingFault)
}

/// A stored value that cannot be read.
package struct DecodingFault: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

extension JSONValue {
    func text(_ name: String) throws(DecodingFault) -> String {
        guard let value = self[name]?.stringValue else { throw DecodingFault("Missing text \"\(name)\"") }
        return value
    }

    func integer(_ name: String) throws(DecodingFault) -> Int {
        guard let value = self[name]?.integerValue else { throw DecodingFault("Missing number \"\(name)\"") }
        return Int(value)
    }

    func raw(_ name: String) throws(DecodingFault) -> JSONValue {
        guard let value = self[name] else { throw DecodingFault("Missing member \"\(name)\"") }
        return value
    }

    func choice<Choice: RawRepresentable>(_ name: String) throws(DecodingFault) -> Choice where Choice.RawValue == String {
        let text = try text(name)
        guard let choice = Choice(rawValue: text) else { throw DecodingFault("Unknown \(name) \"\(text)\"") }
        return choice
    }

    func decode<Value: StoredForm>(_ name: String) throws(DecodingFault) -> Value { try Value(decoding: try raw(name)) }

    func decodeIfPresent<Value: StoredForm>(_ name: String) throws(DecodingFault) -> Value? {
        guard let value = self[name], !value.isNull else { return nil }
        return try Value(decoding: value)
    }

    func decodeList<Value: StoredForm>(_ name: String) throws(DecodingFault) -> [Value] {
        guard let values = self[name]?.arrayValue else { throw DecodingFault("Missing list \"\(name)\"") }
        var result: [Value] = []
        result.reserveCapacity(values.count)
        for value in values { result.append(try Value(decoding: value)) }
        return result
    }
}

extension JSONObject {
    /// Absent members are left out rather than written as null.
    mutating func set(_ name: String, _ text: String?) {
        if let text { self[name] = .string(text) }
    }

    mutating func set(_ name: String, _ number: Int?) {
        if let number { self[name] = .integer(Int64(number)) }
    }
}
