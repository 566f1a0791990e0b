import ApusServer

/// What `apus daemon` is told on its command line.
package struct ServeSetting: Sendable {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Further names that clients may ask for it under.
    package var allowedHosts: [String] = []
    package var certificatePath: String?
    package var keyPath: String?
    /// Whether it may be reachable from other machines without TLS.
    package var allowsPlain = false
    /// Of Apus.
    package var version: String
    /// Told the address that this process was started for, once connections are accepted there.
    package var ready: @Sendable (String) -> Void

    /// Where clients of the droid protocol look first (`droid.md` §2.4).
    package static let usualPort = 37_643

    package init(host: String, port: Int, version: String, ready: @escaping @Sendable (String) -> Void) {
        self.host = host
        self.port = port
        self.version = version
        self.ready = ready
    }

    /// What it is refused with before anything is opened.
    package var refusal: String? {
        BindRule.refusal(host: host, certificate: certificatePath, key: keyPath, allowsPlain: allowsPlain)
    }

    var listener: ListenerSetting {
        var setting = ListenerSetting(host: host, port: port, allowedHosts: allowedHosts)
        if let certificatePath, let keyPath { setting.tls = TLSSetting(certificatePath: certificatePath, keyPath: keyPath) }
        return setting
    }
}
