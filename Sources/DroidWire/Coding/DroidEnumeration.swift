package import ApusBase

/// A closed set of words on the wire. What is not in it is kept by a client as `unknown` and refused by a server.
///
/// A server must never send an unknown value: one ends the turn of an older client (`droid.md` §0, 14).
package protocol DroidEnumeration: DroidValue, CustomStringConvertible {
    /// Every value but `unknown`, in the order of the protocol.
    static var known: [Self] { get }
    static func unknown(_ rawValue: String) -> Self
    var rawValue: String { get }
}

extension DroidEnumeration {
    package init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    package init(blank: DroidBlank) { self = .unknown("") }

    package var isKnown: Bool { Self.known.contains(self) }
    package var description: String { rawValue }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .string(let text) = json else { throw .wrongType("a string", json) }
        self.init(rawValue: text)
        if reading == .closed, !isKnown { throw .unknownValue(text, known: Self.known.map(\.rawValue)) }
    }

    package func write(into writer: inout JSONWriter) { writer.string(rawValue) }
}
