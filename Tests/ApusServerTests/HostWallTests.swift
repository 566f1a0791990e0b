import ApusServer
import Testing

/// Names that a listener may be asked for under, and pages that may ask (S2, S7).
@Suite struct HostWallTests {
    private static let wall = HostWall(boundTo: "192.0.2.7", allowing: ["Box.Example", "[2001:db8::7]"])

    @Test(arguments: [
        "127.0.0.1:37643", "127.0.0.1", "localhost:1", "LOCALHOST", "LocalHost.:80", "[::1]:37643", "[::1]", "[0:0:0:0:0:0:0:1]:5",
        "192.0.2.7:99", "box.example:37643", "BOX.EXAMPLE.", "[2001:DB8::7]:1", "localhost:",
    ])
    func ownNamesPass(host: String) { #expect(Self.wall.judge(hosts: [host], origins: []) == .pass) }

    @Test(arguments: [
        "attacker.test", "attacker.test:37643", "localhost.attacker.test", "localhost.evil", "127.0.0.1.nip.io", "127.0.0.2", "xlocalhost",
        "[::2]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0.0.0.0", "[::]", "example",
    ])
    func otherNamesAreMisdirected(host: String) { #expect(Self.wall.judge(hosts: [host], origins: []) == .misdirected) }

    @Test(arguments: [
        [], ["localhost", "localhost"], [""], ["localhost:x"], ["localhost:99999"], ["user@localhost"], ["localhost/evil"], ["[::1"],
        ["::1"],
        ["local host"], ["localhost\u{0}"], ["localhost,evil"], [".localhost"], ["localhost.."],
    ])
    func whatIsNoNameIsRefused(hosts: [String]) {
        let verdict = Self.wall.judge(hosts: hosts, origins: [])
        // "::1" without brackets is a host without a name before its port.
        #expect(verdict == .malformed, "\(hosts)")
    }

    @Test(arguments: [
        "null", "", "http://evil.test", "http://localhost.evil", "http://localhost.evil:37643", "http://127.0.0.1.evil:37643",
        "http://evil.localhost:37643", "https://localhost:37643", "http://localhost:37644", "http://localhost", "http://127.0.0.1:37643",
        "http://localhost:37643@evil.test", "http://evil@localhost:37643", "http://localhost:37643/", "file://", "vscode-webview://x",
        "localhost:37643", "http://localhost:37643 http://evil.test", "chrome-extension://abc",
    ])
    func foreignOriginsAreForbidden(origin: String) {
        #expect(Self.wall.judge(hosts: ["localhost:37643"], origins: [origin]) == .foreignOrigin)
    }

    @Test func aPageOfTheListenerItselfWouldPass() {
        #expect(Self.wall.judge(hosts: ["localhost:37643"], origins: ["http://LocalHost:37643"]) == .pass)
        #expect(Self.wall.judge(hosts: ["localhost:37643"], origins: ["http://localhost:37643", "http://evil.test"]) == .foreignOrigin)
    }

    /// DNS rebinding: the page's name has this machine's address, so both headers agree.
    @Test func aPageWhoseNameIsNotOursIsForbiddenThoughItAsksItself() {
        #expect(Self.wall.judge(hosts: ["evil.test:37643"], origins: ["http://evil.test:37643"]) == .foreignOrigin)
        #expect(Self.wall.judge(hosts: [], origins: ["http://evil.test"]) == .foreignOrigin)
    }

    @Test func allAddressesIsNoName() {
        let wall = HostWall(boundTo: "0.0.0.0")
        #expect(wall.judge(hosts: ["0.0.0.0:1"], origins: []) == .misdirected)
        #expect(wall.judge(hosts: ["localhost:1"], origins: []) == .pass)
    }
}
