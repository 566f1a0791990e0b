import ApusTransport
import Testing

@Suite struct WebSocketAddressTests {
    @Test(arguments: [
        ("ws://127.0.0.1:37643", "127.0.0.1", 37_643, "/", "127.0.0.1:37643"),
        ("ws://h/some/path?x=1", "h", 80, "/some/path?x=1", "h"),
        ("wss://relay.factory.ai/v0/computer/c%201/client", "relay.factory.ai", 443, "/v0/computer/c%201/client", "relay.factory.ai"),
        ("WS://[::1]:8080?q#frag", "::1", 8_080, "/?q", "[::1]:8080"),
    ]) func anAddressIsReadAndItsTargetKept(url: String, host: String, port: Int, target: String, authority: String) throws {
        let address = try WebSocketAddress(url)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.target == target)
        #expect(address.authority == authority)
    }

    @Test(arguments: ["localhost", "http://h", "ws://", "ws://h:0", "ws://h:99999", "ws://user@h", "ws://[::1", "ws://h/a b"])
    func whatIsNoAddressIsRefused(url: String) {
        #expect(throws: TransportError.self) { try WebSocketAddress(url) }
    }

    @Test func nothingIsNoAddress() {
        #expect(throws: TransportError.missingURL) { try WebSocketAddress("") }
        #expect(TransportError.missingURL.description == "WebSocket URL is required")
    }
}
