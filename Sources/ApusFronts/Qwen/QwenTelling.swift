package import ApusBase
package import ApusCore
package import QwenWire

/// The events of a session as the protocol tells them, for those who have only its log.
package enum QwenTelling {
    /// - Parameter state: The session at the place behind which the events come; `nil` before its first.
    package static func events(
        of events: [Event], in session: SessionID, behind state: SessionState? = nil, commands: [JSONValue] = []
    ) -> [QwenEvent] {
        var mapper = state.map { QwenMapper($0, commands: commands) } ?? QwenMapper(session, commands: commands)
        return events.flatMap { mapper.frames(for: $0) }
    }
}
