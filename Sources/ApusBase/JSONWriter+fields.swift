/// Sugar for the members of an object: a key and its value in one call.
///
/// Each comes twice, like `key`: a name written out in the source takes the faster one by itself, unless the value is a literal as
/// well. For constant members of hot messages there is ``JSONWriter/fragment(_:)``.
extension JSONWriter {
    package mutating func field(_ name: StaticString, _ value: String) {
        append(key: name, quoted: value)
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        key(name)
        integer(value)
    }

    package mutating func field(_ name: StaticString, _ value: Int64) {
        key(name)
        integer(value)
    }

    package mutating func field(_ name: StaticString, _ value: Double) {
        key(name)
        double(value)
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    package mutating func field(_ name: StaticString, _ value: JSONValue) {
        key(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: JSONObject) {
        key(name)
        object(value)
    }

    package mutating func nullField(_ name: StaticString) {
        key(name)
        null()
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: Int) {
        key(name)
        integer(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: Int64) {
        key(name)
        integer(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: Double) {
        key(name)
        double(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: Bool) {
        key(name)
        bool(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: JSONValue) {
        key(name)
        self.value(value)
    }

    @_disfavoredOverload
    package mutating func field(_ name: String, _ value: JSONObject) {
        key(name)
        object(value)
    }

    @_disfavoredOverload
    package mutating func nullField(_ name: String) {
        key(name)
        null()
    }
}

/// The same, writing nothing at all when there is no value.
extension JSONWriter {
    package mutating func fieldIfPresent(_ name: StaticString, _ value: String?) {
        if let value { field(name, value) }
    }

    package mutating func fieldIfPresent(_ name: StaticString, _ value: Int?) {
        if let value { field(name, value) }
    }

    package mutating func fieldIfPresent(_ name: StaticString, _ value: Int64?) {
        if let value { field(name, value) }
    }

    package mutating func fieldIfPresent(_ name: StaticString, _ value: Double?) {
        if let value { field(name, value) }
    }

    package mutating func fieldIfPresent(_ name: StaticString, _ value: Bool?) {
        if let value { field(name, value) }
    }

    package mutating func fieldIfPresent(_ name: StaticString, _ value: JSONValue?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: String?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: Int?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: Int64?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: Double?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: Bool?) {
        if let value { field(name, value) }
    }

    @_disfavoredOverload
    package mutating func fieldIfPresent(_ name: String, _ value: JSONValue?) {
        if let value { field(name, value) }
    }
}
