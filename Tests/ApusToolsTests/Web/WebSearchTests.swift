import ApusBase
import ApusCore
import Testing

@testable import ApusTools

@Suite struct WebSearchTests {
    private static let loopback = NetworkAddress.v4(0x7F00_0001)

    private static func setting(
        _ provider: WebSearchSetting.Provider, _ url: String? = nil, key: String? = "key-1", isPrivate: Bool = false
    ) throws -> WebSearchSetting {
        try #require(WebSearchSetting(provider: provider, url: url, key: key, allowsPrivateNetwork: isPrivate))
    }

    private func request(_ members: JSONObject = [:]) throws -> WebSearchRequest {
        var input: JSONObject = ["query": "swift & rust?"]
        for (name, value) in members { input[name] = value }
        return try WebSearchRequest(.object(input))
    }

    // MARK: What is asked

    @Test func braveIsAskedInTheAddress() throws {
        let (url, query) = try request(["numResults": 50, "includeDomains": ["swift.org"], "excludeDomains": ["x.com"]])
            .wire(for: Self.setting(.brave))
        #expect(
            url
                == "https://api.search.brave.com/res/v1/web/search?q=swift%20%26%20rust%3F%20site%3Aswift.org%20-site%3Ax.com&count=20&text_decorations=false"
        )
        #expect(query.method == "GET" && query.body.isEmpty && !query.followsRedirects && !query.allowsPrivateNetwork)
        #expect(query.headers == [.init("accept", "application/json"), .init("x-subscription-token", "key-1")])
    }

    @Test func searxngIsAskedWhereItIs() throws {
        let (url, query) = try request(["includeDomains": ["a.org", "b.org"]])
            .wire(for: Self.setting(.searxng, "http://10.0.0.1:8888/search?language=en", key: nil, isPrivate: true))
        #expect(
            url
                == "http://10.0.0.1:8888/search?language=en&q=swift%20%26%20rust%3F%20%28site%3Aa.org%20OR%20site%3Ab.org%29&format=json")
        #expect(query.allowsPrivateNetwork && query.headers == [.init("accept", "application/json")])
    }

    @Test(
        arguments: [
            (
                WebSearchSetting.Provider.exa, WebQuery.Header("x-api-key", "key-1"),
                ["query": "swift & rust?", "numResults": 3, "type": "neural", "contents": ["text": true]] as JSONValue
            ),
            (
                .tavily, WebQuery.Header("authorization", "Bearer key-1"),
                ["query": "swift & rust?", "max_results": 3, "include_raw_content": true] as JSONValue
            ),
            (
                .http, WebQuery.Header("authorization", "Bearer key-1"),
                ["query": "swift & rust?", "numResults": 3, "text": true, "type": "neural"] as JSONValue
            ),
        ] as [(WebSearchSetting.Provider, WebQuery.Header, JSONValue)])
    func othersAreAskedByABody(provider: WebSearchSetting.Provider, header: WebQuery.Header, body: JSONValue) throws {
        let setting = try Self.setting(provider, provider == .http ? "https://search.example/find" : nil)
        let (url, query) = try request(["numResults": 3, "type": "neural", "text": true]).wire(for: setting)
        #expect(url == setting.url && query.method == "POST")
        #expect(query.headers.contains(header) && query.headers.contains(.init("content-type", "application/json")))
        let sent = try #require(try JSONValue(parsing: query.body).objectValue)
        let expected = try #require(body.objectValue)
        #expect(sent.count == expected.count)
        for (name, value) in expected { #expect(sent[name] == value, "\(name)") }
    }

    @Test func anAddressOfOnesOwnIsNeededWhereThereIsNoOther() {
        #expect(WebSearchSetting(provider: .searxng) == nil && WebSearchSetting(provider: .http) == nil)
        for provider in [WebSearchSetting.Provider.brave, .exa, .tavily] { #expect(WebSearchSetting(provider: provider) != nil) }
    }

    @Test(
        arguments: [
            [:], ["query": " "], ["query": "x", "type": "magic"], ["query": "x", "numResults": 101], ["query": "x", "numResults": 0],
            ["query": "x", "includeDomains": ["a b"]], ["query": "x", "excludeDomains": ["a.org OR inurl:x"]],
            ["query": "x", "text": "yes"],
            ["query": .string(String(repeating: "x", count: 2_001))],
        ] as [JSONValue])
    func whatDoesNotFitIsTold(input: JSONValue) {
        #expect(throws: ToolInputError.self) { try WebSearchRequest(input) }
    }

    // MARK: What is found

    @Test(
        arguments: [
            (
                WebSearchSetting.Provider.brave,
                ["web": ["results": [["title": "T", "url": "https://a.org/1", "description": "short", "page_age": "2026-01-02"]]]]
                    as JSONValue
            ),
            (
                .exa,
                [
                    "results": [
                        ["title": "T", "url": "https://a.org/1", "publishedDate": "2026-01-02", "highlights": ["short"], "text": "long"]
                    ]
                ] as JSONValue
            ),
            (
                .tavily,
                [
                    "results": [
                        ["title": "T", "url": "https://a.org/1", "published_date": "2026-01-02", "content": "short", "raw_content": "long"]
                    ]
                ] as JSONValue
            ),
            (
                .searxng,
                ["results": [["title": "T", "url": "https://a.org/1", "publishedDate": "2026-01-02", "content": "short"]]] as JSONValue
            ),
            (
                .http,
                ["results": [["title": "T", "url": "https://a.org/1", "publishedDate": "2026-01-02", "snippet": "short", "text": "long"]]]
            ),
        ] as [(WebSearchSetting.Provider, JSONValue)])
    func everyEnginesAnswerIsReadAlike(provider: WebSearchSetting.Provider, answer: JSONValue) {
        let short = WebSearchAnswer(answer, from: provider, wantsText: false)
        #expect(short?.hits == [WebSearchAnswer.Hit(title: "T", url: "https://a.org/1", date: "2026-01-02", text: "short")])
        let long = WebSearchAnswer(answer, from: provider, wantsText: true)
        let hasTexts = provider != .brave && provider != .searxng
        #expect(long?.hits.first?.text == (hasTexts ? "long" : "short"))
    }

    @Test(arguments: WebSearchSetting.Provider.allCases) func anotherFormIsNoAnswer(provider: WebSearchSetting.Provider) {
        for value in [[:], [], "text", ["results": "none"], ["error": "x"]] as [JSONValue] {
            #expect(WebSearchAnswer(value, from: provider, wantsText: false) == nil)
        }
    }

    // MARK: The whole way

    private func run(
        _ pages: [String: String], _ input: JSONValue, key: String? = nil, isPrivate: Bool = true, redaction: Redaction = .none
    ) async throws -> (ToolResult, [String]) {
        try await PageServer.with(pages) { server in
            let setting = try Self.setting(.searxng, "http://127.0.0.1:\(server.port)/s", key: key, isPrivate: isPrivate)
            let tool = WebSearchTool(setting: setting, fetch: WebFetch(), redaction: redaction)
            let result = await tool.run(input, in: ToolContext(session: "s", call: "c", workingDirectory: "/"))
            return (result, server.requests)
        }
    }

    @Test func hitsAreListedWithinWhatWasAskedFor() async throws {
        let hits = """
            {"results": [{"title": "One\\nline", "url": "https://a.org/1", "content": "first \\u001b[31m"},
             {"title": "Other", "url": "https://sub.b.org/", "content": "second"}, {"title": "Bad", "url": "javascript:x"},
             {"url": "https://c.org/", "publishedDate": "2026"}, {"title": "More", "url": "https://d.org/"}]}
            """
        let page = PageServer.page(hits, type: "application/json")
        let (result, requests) = try await run(
            ["/s?q=x%20-site%3Ab.org&format=json": page], ["query": "x", "excludeDomains": ["b.org"], "numResults": 2])
        #expect(
            result
                == ToolResult(.succeeded, "1. One line\nhttps://a.org/1\nfirst \u{1b}[31m\n\n2. https://c.org/\nhttps://c.org/\nDate: 2026")
        )
        #expect(requests.count == 1 && requests[0].lowercased().contains("accept: application/json"))
    }

    @Test(arguments: [
        ("401 Unauthorized", "refused the key of the setting webSearch (status 401)."), ("429 Too Many", "takes no more searches for now"),
        ("500 Oops", "answered with status 500. body"), ("200 OK", "did not answer in the form of searxng."),
    ])
    func aFailureIsSaid(status: String, sentence: String) async throws {
        let (result, _) = try await run(["/s?q=x&format=json": PageServer.page("body", status: status)], ["query": "x"])
        #expect(result.status == .failed && result.text.contains(sentence), "\(result.text)")
    }

    /// The key would go to wherever the answer points.
    @Test func aRedirectIsNotFollowed() async throws {
        let (result, requests) = try await run(
            ["/s?q=x&format=json": PageServer.redirect("/other"), "/other": PageServer.page(#"{"results":[]}"#)], ["query": "x"])
        #expect(result.status == .failed && result.text.contains("redirects elsewhere"), "\(result.text)")
        #expect(requests.count == 1)
    }

    @Test func thisMachineIsAskedOnlyWhereTheSettingsSaySo() async throws {
        let (result, requests) = try await run(
            ["/s?q=x&format=json": PageServer.page(#"{"results":[]}"#)], ["query": "x"], isPrivate: false)
        #expect(result.status == .failed && result.text.contains("does not go to 127.0.0.1"), "\(result.text)")
        #expect(requests.isEmpty)
    }

    @Test func aKeyGoesOutByTLSAlone() async throws {
        let (result, requests) = try await run([:], ["query": "x"], key: "k", isPrivate: false)
        #expect(result.status == .failed && result.text.contains("nothing was sent") && requests.isEmpty)
    }

    @Test func aSecretIsNotSearchedFor() throws {
        let tool = WebSearchTool(
            setting: try Self.setting(.brave), fetch: WebFetch(), redaction: Redaction(secrets: ["super-secret-value"]))
        let context = ToolContext(session: "s", call: "c", workingDirectory: "/")
        #expect(throws: ToolInputError.self) { try tool.access(for: ["query": "what is super-secret-value"], in: context) }
        #expect(
            try tool.access(for: ["query": "swift"], in: context).action == .fetch(url: "https://api.search.brave.com/res/v1/web/search"))
    }

    @Test func itIsThereOnlyWhenConfigured() throws {
        let none = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp")
        #expect(none.tool(named: "WebSearch") == nil)
        let some = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp", search: try Self.setting(.exa))
        #expect(some.tool(named: "WebSearch")?.definition.category == .web)
    }
}
