import Testing

@testable import ApusTools

@Suite struct WebFetchTests {
    private static let loopback = NetworkAddress.v4(0x7F00_0001)
    private static let inner = NetworkAddress.v4(0x0A00_0001)
    private static let publicHost = NetworkAddress.v4(0x0808_0808)

    private func fetch(_ table: [String: [NetworkAddress]] = [:], limit: Duration = .seconds(300)) -> (WebFetch, TableResolver) {
        let resolver = TableResolver(table)
        return (WebFetch(resolver: resolver, limit: limit, allowed: [Self.loopback]), resolver)
    }

    private func failure(_ fetch: WebFetch, _ url: String) async -> String {
        do throws(WebFault) { return "answer \(try await fetch.get(url).status)" } catch { return error.sentence }
    }

    /// The name is known to our resolver alone: the connection can only have gone to the address that was checked.
    @Test func theCheckedAddressIsTheOneConnectedTo() async throws {
        try await PageServer.with(["/a?b=1": PageServer.page("hello", type: "Text/Plain; charset=\"utf-8\"")]) { server in
            let (fetch, resolver) = fetch(["page.example": [Self.loopback]])
            let answer = try await fetch.get("http://page.example:\(server.port)/a?b=1#part")
            let address = try WebAddress("http://page.example:\(server.port)/a?b=1")
            #expect(
                answer
                    == WebAnswer(
                        address: address, status: 200, type: "text/plain", charset: "utf-8",
                        bytes: Array("hello".utf8)))
            #expect(resolver.questions == ["page.example"])
            let head = try #require(server.requests.first?.lowercased())
            #expect(head.contains("host: page.example:\(server.port)\r\n"))
            #expect(!head.contains("cookie") && !head.contains("authorization") && !head.contains("referer"))
        }
    }

    @Test(arguments: [
        ("http://inner.example/", "inner.example (10.0.0.1): it is a private address."),
        ("http://both.example/", "both.example (10.0.0.1): it is a private address."),
        ("http://mapped.example/", "mapped.example (0:0:0:0:0:ffff:a9fe:a9fe): it is a cloud metadata address."),
        ("http://192.168.0.1/", "192.168.0.1 (192.168.0.1): it is a private address."),
        ("http://localhost/", "localhost: it is a name of this machine."),
    ])
    func aNameWithAnyRefusedAddressIsRefused(url: String, sentence: String) async {
        let (fetch, _) = fetch([
            "inner.example": [Self.inner], "both.example": [Self.publicHost, Self.inner],
            "mapped.example": [.v6(high: 0, low: 0xFFFF_A9FE_A9FE)],
        ])
        #expect(await failure(fetch, url) == "FetchUrl does not go to \(sentence) It gets pages of the public network only.")
    }

    @Test func redirectsAreFollowedAndEachIsCheckedAnew() async throws {
        let pages = [
            "/1": PageServer.redirect("/2"), "/2": PageServer.redirect("http://b.example:PORT/3"), "/3": PageServer.page("there"),
            "/inner": PageServer.redirect("http://inner.example/"),
            "/metadata": PageServer.redirect("http://169.254.169.254/latest/meta-data/"),
            "/decimal": PageServer.redirect("http://0xA9FEA9FE/"), "/file": PageServer.redirect("file:///etc/passwd"),
            "/user": PageServer.redirect("http://user:word@b.example:PORT/3"), "/loop": PageServer.redirect("/loop"),
        ]
        try await PageServer.with(pages) { server in
            let (fetch, resolver) = fetch(["a.example": [Self.loopback], "b.example": [Self.loopback], "inner.example": [Self.inner]])
            let base = "http://a.example:\(server.port)"
            let answer = try await fetch.get(base + "/1")
            #expect(answer.bytes == Array("there".utf8))
            #expect(answer.address.text == "http://b.example:\(server.port)/3")
            #expect(resolver.questions == ["a.example", "a.example", "b.example"])
            #expect(await failure(fetch, base + "/inner").contains("inner.example (10.0.0.1): it is a private address"))
            #expect(await failure(fetch, base + "/metadata").contains("it is a cloud metadata address"))
            #expect(await failure(fetch, base + "/decimal").contains("169.254.169.254 (169.254.169.254): it is a cloud metadata address"))
            #expect(await failure(fetch, base + "/file").contains("http:// and https:// URLs only"))
            #expect(await failure(fetch, base + "/user").contains("user name or password"))
            #expect(server.requests.count == 8)
            #expect(await failure(fetch, base + "/loop") == "a.example redirects more than 5 times.")
            #expect(server.requests.count == 14)
        }
    }

    @Test func anAnswerOverTheLimitIsRefused() async throws {
        let pages = [
            "/most": PageServer.page(String(repeating: "x", count: WebFetch.maximumBytes)),
            "/more": PageServer.page(String(repeating: "x", count: WebFetch.maximumBytes + 1)),
        ]
        try await PageServer.with(pages) { server in
            let (fetch, _) = fetch()
            let base = "http://127.0.0.1:\(server.port)"
            let most = try await fetch.get(base + "/most")
            #expect(most.bytes.count == WebFetch.maximumBytes)
            #expect(await failure(fetch, base + "/more") == "\(base)/more is larger than 5 MB, the most FetchUrl gets.")
        }
    }

    @Test func aSilentServerIsGivenUp() async throws {
        try await PageServer.with([:]) { server in
            // A third of it is for connecting, which a busy machine may need.
            let (fetch, _) = fetch(limit: .seconds(12))
            #expect(await failure(fetch, "http://127.0.0.1:\(server.port)/") == "127.0.0.1 did not deliver within 12 seconds.")
        }
    }

    @Test func aNameNobodyKnowsIsTold() async {
        let (fetch, _) = fetch()
        #expect(await failure(fetch, "http://nowhere.example/") == "The host nowhere.example cannot be found: no such name.")
    }

    @Test func aPackedAnswerIsRefused() async throws {
        try await PageServer.with(["/": PageServer.page("x", headers: "Content-Encoding: gzip\r\n")]) { server in
            let (fetch, _) = fetch()
            let sentence = await failure(fetch, "http://127.0.0.1:\(server.port)/")
            #expect(sentence == "127.0.0.1 packs its answer (gzip) though it was asked not to.")
        }
    }

    @Test func anErrorIsAnAnswerWithItsStatus() async throws {
        try await PageServer.with(["/": PageServer.page("gone", status: "410 Gone")]) { server in
            let (fetch, _) = fetch()
            #expect(await failure(fetch, "http://127.0.0.1:\(server.port)/") == "answer 410")
        }
    }

    @Test func behindAProxyNamesAreItsBusinessAndAddressesStayRefused() async throws {
        try await PageServer.with(["/x": PageServer.page("by proxy")]) { server in
            var (fetch, _) = fetch(["inner.example": [Self.inner]])
            let port = server.port
            fetch.setting = WebSetting { _, _, _ in .http(host: "127.0.0.1", port: port, user: nil, password: nil) }
            let answer = try await fetch.get("http://known-to-proxy.example/x")
            #expect(answer.bytes == Array("by proxy".utf8))
            #expect(await failure(fetch, "http://inner.example/").contains("a private address"))
            #expect(await failure(fetch, "http://169.254.169.254/").contains("a cloud metadata address"))
            #expect(server.requests.map { $0.prefix(7) } == ["CONNECT", "GET /x "])
            fetch.setting = WebSetting { _, _, _ in .unusable("http_proxy has no host") }
            #expect(await failure(fetch, "http://a.example/") == "http_proxy has no host.")
        }
    }

    @Test(
        arguments: [
            ("text/html", "text/html", nil), ("Text/HTML; Charset=UTF-8", "text/html", "UTF-8"), ("", "", nil),
            ("a/b; x=y ;charset='latin1'", "a/b", "latin1"),
        ] as [(String, String, String?)])
    func theContentTypeIsRead(header: String, type: String, charset: String?) {
        let read = WebFetch.contentType(header)
        #expect(read.type == type && read.charset == charset)
    }
}
