import DroidWire

public struct LogoutParams: Sendable, Hashable {

    public init() {}
}

extension LogoutParams {
    var wire: DroidWire.LogoutParams {
        DroidWire.LogoutParams()
    }
}
