/// What one listener is told.
package struct ListenerSetting: Sendable {
    /// An address or a name of this machine.
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Further names under which clients may ask for this listener; loopback's names and `host` always count.
    package var allowedHosts: [String]
    package var tls: TLSSetting?
    package var limits: ListenerLimits

    package init(
        host: String = "127.0.0.1", port: Int, allowedHosts: [String] = [], tls: TLSSetting? = nil,
        limits: ListenerLimits = ListenerLimits()
    ) {
        self.host = host
        self.port = port
        self.allowedHosts = allowedHosts
        self.tls = tls
        self.limits = limits
    }
}

/// Files in PEM form.
package struct TLSSetting: Hashable, Sendable {
    /// The chain, the server's own certificate first.
    package var certificatePath: String
    package var keyPath: String

    package init(certificatePath: String, keyPath: String) {
        self.certificatePath = certificatePath
        self.keyPath = keyPath
    }
}

/// Why a listener could not be opened: a sentence for people.
package struct ListenerError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// Another program has the port.
        case inUse
        /// The address is none of this machine's, or may not be bound.
        case address
        /// Certificate or key cannot be used.
        case certificate
        /// What clients find it by cannot be written, or is another daemon's.
        case files
    }

    package var reason: Reason
    package var description: String

    package init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }
}
