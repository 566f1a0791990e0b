import DroidWire

public struct GetDefaultSettingsParams: Sendable, Hashable {

    public init() {}
}

extension GetDefaultSettingsParams {
    var wire: DroidWire.GetDefaultSettingsParams {
        DroidWire.GetDefaultSettingsParams()
    }
}

public struct GetProxyTokenParams: Sendable, Hashable {

    public init() {}
}

extension GetProxyTokenParams {
    var wire: DroidWire.GetProxyTokenParams {
        DroidWire.GetProxyTokenParams()
    }
}

public struct GetProxyTokenResult: Sendable, Hashable {
    public var token: String

    public init(token: String) {
        self.token = token
    }
}

extension GetProxyTokenResult {
    init(_ wire: DroidWire.GetProxyTokenResult) {
        self.init(token: wire.token)
    }
}
