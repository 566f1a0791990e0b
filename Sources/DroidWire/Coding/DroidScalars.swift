package import ApusBase

extension String: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .string(let value) = json else { throw .wrongType("a string", json) }
        self = value
    }

    package func write(into writer: inout JSONWriter) { writer.string(self) }
}

extension Bool: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .bool(let value) = json else { throw .wrongType("a boolean", json) }
        self = value
    }

    package func write(into writer: inout JSONWriter) { writer.bool(self) }
}

extension Int: DroidValue {
    /// `5.0` is an integer to JavaScript and so to us; a client takes a fraction too, without it.
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        if let value = json.integerValue {
            self = Int(value)
        } else if reading == .lenient, let value = json.doubleValue, let whole = Int(exactly: value.rounded(.towardZero)) {
            self = whole
        } else {
            throw .wrongType("an integer", json)
        }
    }

    package func write(into writer: inout JSONWriter) { writer.integer(self) }
}

extension Double: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let value = json.doubleValue else { throw .wrongType("a number", json) }
        self = value
    }

    /// Without `.0` where there is no fraction, as JavaScript writes its numbers.
    package func write(into writer: inout JSONWriter) {
        if let whole = Int64(exactly: self), whole.magnitude <= 1 << 53 { writer.integer(whole) } else { writer.double(self) }
    }
}

extension JSONValue: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) { self = json }
    package func write(into writer: inout JSONWriter) { writer.value(self) }
}

extension JSONObject: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .object(let value) = json else { throw .wrongType("an object", json) }
        self = value
    }

    package func write(into writer: inout JSONWriter) { writer.object(self) }
}

extension Array: DroidValue where Element: DroidValue {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .array(let elements) = json else { throw .wrongType("an array", json) }
        self = []
        reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do {
                append(try Element(from: element, reading))
            } catch {
                throw error.within(step: "[\(index)]")
            }
        }
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginArray()
        for element in self { element.write(into: &writer) }
        writer.endArray()
    }
}
