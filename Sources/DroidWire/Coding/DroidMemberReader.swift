package import ApusBase

/// Fills the members of a record from an object and knows afterwards which keys nobody asked for.
package struct DroidMemberReader: DroidMembers {
    package typealias Fault = DroidDecodingError

    private let object: JSONObject
    private let reading: DroidReading
    private var names: [StaticString] = []
    private var found = 0

    init(_ object: JSONObject, besides tag: StaticString?, _ reading: DroidReading) {
        self.object = object
        self.reading = reading
        if let tag { _ = take(tag) }
    }

    @inline(never)
    package mutating func required<V: DroidValue>(_ key: StaticString, _ value: inout V) throws(DroidDecodingError) {
        guard let json = take(key) else { throw .missing(key) }
        value = try read(json, key)
    }

    @inline(never)
    package mutating func optional<V: DroidValue>(_ key: StaticString, _ value: inout V?) throws(DroidDecodingError) {
        guard let json = take(key) else { return }
        switch reading {
        case .closed: value = try read(json, key)
        case .lenient:
            // Nothing depends on a member that may be absent; one that a newer peer spells differently must not end a turn.
            value = try? read(json, key)
        }
    }

    @inline(never)
    package mutating func defaulted<V: DroidValue>(_ key: StaticString, _ value: inout V) throws(DroidDecodingError) {
        var given: V?
        try optional(key, &given)
        if let given { value = given }
    }

    @inline(never)
    package mutating func nullable<V: DroidValue>(_ key: StaticString, _ value: inout V?) throws(DroidDecodingError) {
        guard let json = take(key) else {
            if reading == .closed { throw .missing(key) }
            return
        }
        if !json.isNull { value = try read(json, key) }
    }

    package mutating func others(_ members: inout JSONObject) {
        for (key, value) in object where !isNamed(key) {
            members[key] = value
            found += 1
        }
    }

    package mutating func constant(_ key: StaticString, _ value: StaticString) throws(DroidDecodingError) {
        guard let json = take(key) else { throw .missing(key) }
        guard let text = json.stringValue else { throw DroidDecodingError.wrongType("a string", json).within(key) }
        if text != value.description { throw DroidDecodingError.unknownValue(text, known: [value.description]).within(key) }
    }

    /// Refuses a key that was not asked for. A key that is there twice counts once, with its last value, as JavaScript does it.
    func finish() throws(DroidDecodingError) {
        if reading == .lenient || found == object.count { return }
        if let key = object.keys.first(where: { !isNamed($0) }) { throw .unknownKey(key, known: names.map(\.description)) }
    }

    private mutating func take(_ key: StaticString) -> JSONValue? {
        names.append(key)
        guard let value = object[key.description] else { return nil }
        found += 1
        return value
    }

    private func isNamed(_ key: String) -> Bool { names.contains { $0.description == key } }

    private func read<V: DroidValue>(_ json: JSONValue, _ key: StaticString) throws(DroidDecodingError) -> V {
        do {
            return try V(from: json, reading)
        } catch {
            throw error.within(key)
        }
    }
}
