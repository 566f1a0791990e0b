import ApusTransport
import Testing

@Suite struct URLTextTests {
    @Test func anIdStaysInItsSegment() {
        #expect(URLText.path("/session/:id/events/:event", ["a/../b?c#d", "ä &"]) == "/session/a%2F..%2Fb%3Fc%23d/events/%C3%A4%20%26")
        #expect(URLText.path("/health", []) == "/health")
        #expect(URLText.encoded("AZaz09-_.!~*'()") == "AZaz09-_.!~*'()")
    }
}
