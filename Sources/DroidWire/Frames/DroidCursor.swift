package import ApusBase

/// A place between two notifications of a session, for a client that resumes there. Ours alone, and opaque to clients: the number of the
/// event that was told last and, unless it was told whole, of its last notification.
package struct DroidCursor: Hashable, Sendable {
    package var event: Int64
    /// From 0; `nil` when everything of the event was told.
    package var notification: Int?

    package init(event: Int64, notification: Int? = nil) {
        self.event = event
        self.notification = notification
    }

    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let event = Int64(first), event >= 0 else { return nil }
        self.init(event: event)
        if parts.count == 2 {
            guard let notification = Int(parts[1]), notification >= 0 else { return nil }
            self.notification = notification
        }
        // One place has one spelling.
        guard self.text == text else { return nil }
    }

    package var text: String { notification.map { "\(event).\($0)" } ?? "\(event)" }
}

extension DroidCursor: DroidValue {
    package init(blank: DroidBlank) { self.init(event: 0) }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let text = json.stringValue, let cursor = DroidCursor(text) else {
            throw .wrongType("a cursor that came with an event", json)
        }
        self = cursor
    }

    package func write(into writer: inout JSONWriter) { writer.string(text) }
}
