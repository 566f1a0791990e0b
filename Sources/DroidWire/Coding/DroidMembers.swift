package import ApusBase

/// Goes through the members of a ``DroidRecord``: a reader fills them, the writer puts them down. A writer cannot fail.
package protocol DroidMembers {
    associatedtype Fault: Error
    /// Must be there.
    mutating func required<V: DroidValue>(_ key: StaticString, _ value: inout V) throws(Fault)
    /// May be left out, and is when there is no value: an explicit null is never written.
    mutating func optional<V: DroidValue>(_ key: StaticString, _ value: inout V?) throws(Fault)
    /// May be left out by the sender and is always written; what is absent keeps the value that the record began with.
    mutating func defaulted<V: DroidValue>(_ key: StaticString, _ value: inout V) throws(Fault)
    /// Always written, as null when there is no value.
    mutating func nullable<V: DroidValue>(_ key: StaticString, _ value: inout V?) throws(Fault)
    /// Members that the protocol does not name, of an object that it leaves open. Comes last.
    mutating func others(_ members: inout JSONObject) throws(Fault)
    /// A constant that tells forms apart (`"type":"base64"`).
    mutating func constant(_ key: StaticString, _ value: StaticString) throws(Fault)
}

extension JSONWriter: DroidMembers {
    package typealias Fault = Never

    @inline(never)
    package mutating func required<V: DroidValue>(_ key: StaticString, _ value: inout V) {
        self.key(key)
        value.write(into: &self)
    }

    @inline(never)
    package mutating func optional<V: DroidValue>(_ key: StaticString, _ value: inout V?) {
        guard let value else { return }
        self.key(key)
        value.write(into: &self)
    }

    @inline(never)
    package mutating func defaulted<V: DroidValue>(_ key: StaticString, _ value: inout V) {
        self.key(key)
        value.write(into: &self)
    }

    @inline(never)
    package mutating func nullable<V: DroidValue>(_ key: StaticString, _ value: inout V?) {
        self.key(key)
        if let value { value.write(into: &self) } else { null() }
    }

    package mutating func others(_ members: inout JSONObject) {
        for (key, value) in members {
            self.key(key)
            self.value(value)
        }
    }

    package mutating func constant(_ key: StaticString, _ value: StaticString) {
        field(key, value.description)
    }
}
