import Testing

@testable import ApusTools

@Suite struct WebAddressTests {
    @Test(arguments: [
        ("HTTP://Example.COM", "http://example.com/"), ("https://example.com:443/a?b#c", "https://example.com/a?b"),
        ("http://example.com:8080?q=1", "http://example.com:8080/?q=1"), ("http://example.com/ä?ö", "http://example.com/%C3%A4?%C3%B6"),
        ("http://example.com/a%20b/{x}", "http://example.com/a%20b/%7Bx%7D"), ("http://example.com/a/../b/./c/..", "http://example.com/b/"),
        ("http://example.com/../../x?/../y", "http://example.com/x?/../y"), ("http://example.com:/x", "http://example.com/x"),
    ])
    func anAddressHasOnePlainSpelling(url: String, plain: String) throws {
        let address = try WebAddress(url)
        #expect(address.text == plain)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "file:///etc/passwd", "data:text/html,x", "javascript:alert(1)", "//example.com/",
        "http:/example.com", "http:example.com", "http:///x", "http://user@example.com/", "http://user:secret@example.com/",
        "http://good.example@127.0.0.1/", "http://good.example\\@127.0.0.1/", "http://good.example\\.evil.example/", "http://a b.example/",
        "http://example.com/a b", "http://example.com/\r\nHost: x", "http://example.com:0/", "http://example.com:65536/",
        "http://example.com:8x/", "http://example.com:-1/", "\u{0}http://example.com/",
    ])
    func whatIsNoPublicAddressIsRefused(url: String) {
        #expect(throws: WebAddress.Fault.self) { try WebAddress(url) }
    }

    @Test(arguments: [
        ("/x", "http://a.example:8080/x"), ("x", "http://a.example:8080/b/x"), ("../x", "http://a.example:8080/x"),
        ("?q", "http://a.example:8080/b/c?q"), ("", "http://a.example:8080/b/c?d"), ("//b.example/y", "http://b.example/y"),
        ("https://b.example/", "https://b.example/"), ("#f", "http://a.example:8080/b/c?d"), ("x#f", "http://a.example:8080/b/x"),
    ])
    func aLocationIsSeenFromItsPage(location: String, plain: String) throws {
        let address = try WebAddress("http://a.example:8080/b/c?d").following(location)
        #expect(address.text == plain)
    }

    @Test func aLongAddressIsRefused() {
        #expect(throws: WebAddress.Fault(sentence: "The URL has 9020 bytes; 8192 are the limit.")) {
            try WebAddress("http://example.com/\(String(repeating: "x", count: 9_001))")
        }
    }
}
