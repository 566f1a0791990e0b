import DroidWire

/// The id of the session that a fork made. There must be no `sessionId` beside it, or the client would bind its view anew (§1.9).
public struct ForkSessionResult: Sendable, Hashable {
    public var newSessionId: String

    public init(newSessionId: String) {
        self.newSessionId = newSessionId
    }
}

extension ForkSessionResult {
    init(_ wire: DroidWire.DroidNewSession) {
        self.init(newSessionId: wire.newSessionId)
    }
}
