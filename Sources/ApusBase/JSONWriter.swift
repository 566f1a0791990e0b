/// Writes JSON straight into bytes, for messages whose shape the caller knows.
///
/// The writer places commas, quotes and escapes; the caller keeps begin and end calls balanced and gives every member of an object
/// a key. Slashes, U+2028 and U+2029 are written as they are; C0 controls are escaped. The output is always one line, so a
/// newline may frame it. Nothing is thrown and nothing can fail.
package struct JSONWriter: Sendable {
    /// Filled up to `used`; the rest is room. A cursor of our own spares the array's bookkeeping on every append.
    var storage: [UInt8]
    var used = 0
    var needsComma = false

    package init(reservingCapacity capacity: Int = 256) {
        storage = [UInt8](repeating: 0, count: max(capacity, 0))
    }

    /// A copy of what was written so far.
    package var bytes: [UInt8] { Array(storage[..<used]) }
    package var text: String { String(decoding: storage[..<used], as: UTF8.self) }
    package var count: Int { used }

    /// Gives the bytes away without a copy and starts anew.
    package mutating func takeBytes() -> [UInt8] {
        storage.removeLast(storage.count - used)
        var taken: [UInt8] = []
        swap(&taken, &storage)
        used = 0
        needsComma = false
        return taken
    }

    package mutating func removeAll(keepingCapacity: Bool = true) {
        if !keepingCapacity { storage = [] }
        used = 0
        needsComma = false
    }

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    /// For a name that is only known at run time; a literal takes the faster overload by itself.
    @_disfavoredOverload
    package mutating func key(_ name: String) {
        append(quoted: name, isKey: true)
        needsComma = false
    }

    /// For a name written out in the source, which must not need an escape and is not searched for one.
    package mutating func key(_ name: StaticString) {
        append(key: name)
        needsComma = false
    }

    package mutating func string(_ value: String) {
        append(quoted: value, isKey: false)
        needsComma = true
    }

    package mutating func integer(_ value: some BinaryInteger) {
        if let small = Int64(exactly: value) {
            append(integer: small)
        } else {
            append(plain: String(value))
        }
    }

    package mutating func integer(_ value: Int) { append(integer: Int64(value)) }
    package mutating func integer(_ value: Int64) { append(integer: value) }

    /// The shortest text that reads back as the same double. A whole number keeps its `.0`, so that it reads back as a double; NaN
    /// and infinities, which JSON cannot say, become `null`.
    package mutating func double(_ value: Double) { append(plain: value.isFinite ? value.description : "null") }
    package mutating func bool(_ value: Bool) { append(plain: value ? "true" : "false") }
    package mutating func null() { append(plain: "null") }

    /// Puts bytes that already are one JSON value, unchecked.
    package mutating func raw(_ json: [UInt8]) {
        json.withUnsafeBufferPointer { append(plain: $0) }
    }

    package mutating func raw(_ json: ArraySlice<UInt8>) {
        json.withUnsafeBufferPointer { append(plain: $0) }
    }

    /// Puts a piece of JSON written out in the source exactly as it is: constant members of a hot message, with their commas and
    /// brackets. What comes next gets a comma unless the piece ends with an opening bracket, a comma or a colon.
    package mutating func fragment(_ json: StaticString) {
        json.withUTF8Buffer { source in
            needsComma = false
            append(plain: source)
            switch source.last {
            case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ","), UInt8(ascii: ":"), nil: needsComma = false
            default: needsComma = true
            }
        }
    }

    /// Ends a line between top-level values.
    package mutating func newline() {
        emit(atMost: 1) { $0.put(0x0A) }
        needsComma = false
    }

    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .bool(let value): bool(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object): self.object(object)
        }
    }

    package mutating func object(_ object: JSONObject) {
        beginObject()
        for (key, value) in object {
            self.key(key)
            self.value(value)
        }
        endObject()
    }
}
