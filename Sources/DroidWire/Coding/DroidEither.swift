package import ApusBase

/// A value of one of two shapes, as `false | object`. The first that can be read counts.
package enum DroidEither<First: DroidValue, Second: DroidValue>: DroidValue {
    case first(First)
    case second(Second)

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        // Whether the first shape fits is what is asked here; the error of the second is the one that is told.
        if let first = try? First(from: json, reading) {
            self = .first(first)
        } else {
            self = .second(try Second(from: json, reading))
        }
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .first(let value): value.write(into: &writer)
        case .second(let value): value.write(into: &writer)
        }
    }
}

/// The constant `false`, which switches something off where an object would configure it.
package struct DroidFalse: DroidValue {
    package init() {}

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .bool(false) = json else { throw .wrongType("false", json) }
    }

    package func write(into writer: inout JSONWriter) { writer.bool(false) }
}
