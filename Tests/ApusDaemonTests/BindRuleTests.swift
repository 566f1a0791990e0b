import ApusDaemon
import Testing

/// Which addresses a listener may have (S18): bind, TLS, and the explicit flag.
@Suite struct BindRuleTests {
    private enum TLS: CaseIterable { case none, certificateOnly, keyOnly, both }

    private static let loopback = ["127.0.0.1", "127.8.9.10", "localhost", "LocalHost", "::1"]
    private static let reachable = ["0.0.0.0", "::", "192.0.2.1", "example.test", "localhost.evil", "1270.0.0.1", "::ffff:127.0.0.1", ""]

    @Test func everyRowOfTheTable() {
        for host in Self.loopback + Self.reachable {
            for tls in TLS.allCases {
                for allowsPlain in [false, true] {
                    let refusal = BindRule.refusal(
                        host: host, certificate: tls == .both || tls == .certificateOnly ? "c" : nil,
                        key: tls == .both || tls == .keyOnly ? "k" : nil, allowsPlain: allowsPlain)
                    let isSafe =
                        switch tls {
                        case .certificateOnly, .keyOnly: false
                        case .both: true
                        case .none: Self.loopback.contains(host) || allowsPlain
                        }
                    #expect((refusal == nil) == isSafe, "\(host) \(tls) \(allowsPlain)")
                    #expect(refusal?.contains("\n") != true)
                }
            }
        }
    }
}
