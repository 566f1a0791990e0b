#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which addresses a listener may have (threat S18). A key is always needed; what this is about is who could read it on its way.
package enum BindRule {
    /// What an unsafe combination is refused with, `nil` for a safe one.
    package static func refusal(host: String, certificate: String?, key: String?, allowsPlain: Bool) -> String? {
        switch (certificate, key) {
        case (_?, nil): return "--tls-cert needs --tls-key."
        case (nil, _?): return "--tls-key needs --tls-cert."
        case (_?, _?): return nil
        case (nil, nil): break
        }
        if isLoopback(host) || allowsPlain { return nil }
        return """
            Refusing to listen on \(host) without TLS: keys and sessions could be read on the network. Give --tls-cert and --tls-key, \
            or --insecure-bind where the network itself is private.
            """
    }

    /// Addresses that no other machine can reach. Of names only `localhost`: what others mean is decided by whoever answers for them.
    package static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        var address = in_addr()
        guard inet_pton(AF_INET, host, &address) == 1 else { return false }
        return UInt32(bigEndian: address.s_addr) >> 24 == 127
    }
}
