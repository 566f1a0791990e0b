package import ApusCore
package import DroidWire

/// What the protocol says of events, outside of a connection: for tests and tools.
package enum DroidTelling {
    /// The notifications that the events of a session become, in order; requests to clients are not among them.
    package static func frames(of events: [Event], in state: SessionState, family: DroidFamily) -> [[UInt8]] {
        var mapper = DroidMapper(state, frames: DroidFrameWriter(family), defaultModel: "default")
        return mapper.steps(for: events).compactMap { step in
            if case .tell(let frame) = step { frame } else { nil }
        }
    }
}
