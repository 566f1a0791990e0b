package import ApusBase

/// A value of a setting that can be taken back with an explicit null, the one place where the protocol allows one.
package enum DroidNullable<Value: DroidValue>: DroidValue {
    case null
    case value(Value)

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        self = json.isNull ? .null : .value(try Value(from: json, reading))
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .value(let value): value.write(into: &writer)
        }
    }
}
