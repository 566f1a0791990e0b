package import ApusBase

/// An object whose keys are the sender's own and whose values are all of one kind: `env`, `metadata`, `workerStates`. Keeps its order.
package struct DroidMap<Value: DroidValue>: DroidValue {
    package struct Entry: Hashable, Sendable {
        package let key: String
        package var value: Value
    }

    package private(set) var entries: [Entry]

    package init() { entries = [] }

    /// A key that comes twice counts with its last value.
    package init(_ pairs: [(String, Value)]) {
        entries = []
        for (key, value) in pairs { self[key] = value }
    }

    package subscript(key: String) -> Value? {
        get { entries.last { $0.key == key }?.value }
        set {
            guard let newValue else { return entries.removeAll { $0.key == key } }
            if let place = entries.firstIndex(where: { $0.key == key }) {
                entries[place].value = newValue
            } else {
                entries.append(Entry(key: key, value: newValue))
            }
        }
    }

    package var dictionary: [String: Value] {
        Dictionary(entries.map { ($0.key, $0.value) }) { _, last in last }
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .object(let object) = json else { throw .wrongType("an object", json) }
        entries = []
        entries.reserveCapacity(object.count)
        for (key, value) in object {
            do {
                entries.append(Entry(key: key, value: try Value(from: value, reading)))
            } catch {
                throw error.within(step: key)
            }
        }
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        for entry in entries {
            writer.key(entry.key)
            entry.value.write(into: &writer)
        }
        writer.endObject()
    }
}

extension DroidMap: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }
}
