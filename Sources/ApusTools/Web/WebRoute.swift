/// The way to a host: straight, or through a proxy that the user's environment names.
package enum WebRoute: Hashable, Sendable {
    case direct
    case http(host: String, port: Int, user: String?, password: String?)
    case socks(host: String, port: Int)
    /// The setting cannot be used; a sentence about it.
    case unusable(String)
}

/// What FetchUrl needs to know of the machine.
package struct WebSetting: Sendable {
    /// The way for a scheme (`http` or `https`), a host and a port.
    package var route: @Sendable (_ scheme: String, _ host: String, _ port: Int) -> WebRoute
    /// Path of a PEM file with the trusted roots; `nil` means the system's.
    package var certificates: String?

    package init(
        certificates: String? = nil,
        route: @escaping @Sendable (_ scheme: String, _ host: String, _ port: Int) -> WebRoute = { _, _, _ in .direct }
    ) {
        self.route = route
        self.certificates = certificates
    }
}
