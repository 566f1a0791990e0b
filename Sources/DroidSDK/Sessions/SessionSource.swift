import DroidWire

/// Where a session comes from, for attribution (§3.1). The platforms are a closed set, what they tell is open: it is checked for what
/// they must say and then kept as it is.
public struct SessionSource: Sendable, Hashable {
    public var platform: SessionPlatform
    public var details: JSONMembers

    public init(platform: SessionPlatform, details: JSONMembers) {
        self.platform = platform
        self.details = details
    }
}

extension SessionSource {
    var wire: DroidWire.DroidSessionSource {
        DroidWire.DroidSessionSource(platform: platform.wire, details: details.object)
    }
}
