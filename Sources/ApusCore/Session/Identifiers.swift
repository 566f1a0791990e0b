package import ApusBase

package enum SessionTag {}
package enum TurnTag {}
package enum MessageTag {}
package enum ItemTag {}
package enum CallTag {}

/// A session: lower-case UUID text, or the caller's own `^[A-Za-z0-9_-]{1,64}$`.
package typealias SessionID = Identifier<SessionTag>
package typealias TurnID = Identifier<TurnTag>
/// One message of the transcript: a prompt, or one response of the model.
package typealias MessageID = Identifier<MessageTag>
/// One block of a response: a text, a reasoning block or a tool call.
package typealias ItemID = Identifier<ItemTag>
/// The provider's name for a tool call; results are paired by it.
package typealias CallID = Identifier<CallTag>

/// The place of an event in its session's log. Rises strictly, never repeats, may have gaps. Zero is before every event.
package typealias EventNumber = Int64

/// Unix time in milliseconds.
package typealias Timestamp = Int64

extension Identifier {
    /// A new identifier that no other process will make.
    package static func unique() -> Self { Self(randomUUIDText()) }
}
