import ApusBase
import ApusCore

/// One search, as the model asked for it.
struct WebSearchRequest: Hashable, Sendable {
    static let maximumResults = 100
    static let usualResults = 10
    static let maximumQueryCharacters = 2_000
    static let maximumDomains = 50

    var query: String
    var kind: String?
    var category: String?
    var count: Int
    var included: [String]
    var excluded: [String]
    /// Whether whole texts are wanted, and not snippets.
    var wantsText: Bool

    init(_ value: JSONValue) throws(ToolInputError) {
        let input = try ToolInput(value, for: WebSearchTool.name)
        query = try input.requiredText("query", meaning: "what to search for")
        if query.allSatisfy(\.isWhitespace) { throw ToolInputError("WebSearch needs a \"query\" that is not empty.") }
        if query.unicodeScalars.count > Self.maximumQueryCharacters {
            throw ToolInputError(
                "The \"query\" of WebSearch has more than \(Self.maximumQueryCharacters) characters. Search for less at once.")
        }
        kind = try input.choice("type", of: ["keyword", "neural", "auto"])
        category = try input.text("category")
        count = try input.integer("numResults", in: 1...Self.maximumResults) ?? Self.usualResults
        included = try Self.domains("includeDomains", input)
        excluded = try Self.domains("excludeDomains", input)
        wantsText = try input.flag("text")
    }

    private static func domains(_ name: String, _ input: ToolInput) throws(ToolInputError) -> [String] {
        let domains = try input.texts(name) ?? []
        if domains.count > maximumDomains { throw ToolInputError("WebSearch takes at most \(maximumDomains) of \"\(name)\".") }
        for domain in domains {
            let isPlain =
                !domain.isEmpty && domain.utf8.count <= 253
                && domain.utf8.allSatisfy { byte in
                    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 45 || byte == 46
                }
            if !isPlain { throw input.wrong(name, .string(domain), "a list of domains such as \"example.org\"") }
        }
        return domains.map { $0.lowercased() }
    }

    /// Whether a found address may be shown: engines take domain lists as a wish.
    func allows(host: String) -> Bool {
        func isBelow(_ domain: String) -> Bool { host == domain || host.hasSuffix("." + domain) }
        return !excluded.contains(where: isBelow) && (included.isEmpty || included.contains(where: isBelow))
    }

    // MARK: In the words of engines

    /// The address to ask, and what to ask it.
    func wire(for setting: WebSearchSetting) -> (url: String, query: WebQuery) {
        var query = WebQuery(followsRedirects: false, allowsPrivateNetwork: setting.allowsPrivateNetwork)
        query.headers = [.init("accept", "application/json")]
        switch setting.provider {
        case .brave:
            if let key = setting.key { query.headers.append(.init("x-subscription-token", key)) }
            return (Self.url(setting.url, [("q", operators), ("count", "\(min(count, 20))"), ("text_decorations", "false")]), query)
        case .searxng:
            if let key = setting.key { query.headers.append(.init("authorization", "Bearer " + key)) }
            return (Self.url(setting.url, [("q", operators), ("format", "json")]), query)
        case .exa:
            if let key = setting.key { query.headers.append(.init("x-api-key", key)) }
            return (setting.url, Self.posting(exa, query))
        case .tavily:
            if let key = setting.key { query.headers.append(.init("authorization", "Bearer " + key)) }
            return (setting.url, Self.posting(tavily, query))
        case .http:
            if let key = setting.key { query.headers.append(.init("authorization", "Bearer " + key)) }
            return (setting.url, Self.posting(plain, query))
        }
    }

    /// For engines that know domains only as words of the query.
    private var operators: String {
        let wanted = included.map { "site:" + $0 }.joined(separator: " OR ")
        let others = excluded.map { " -site:" + $0 }.joined()
        return query + (wanted.isEmpty ? "" : included.count == 1 ? " " + wanted : " (\(wanted))") + others
    }

    private var plain: JSONObject {
        var object: JSONObject = ["query": .string(query), "numResults": .integer(Int64(count)), "text": .bool(wantsText)]
        if let kind { object["type"] = .string(kind) }
        if let category { object["category"] = .string(category) }
        if !included.isEmpty { object["includeDomains"] = .array(included.map { .string($0) }) }
        if !excluded.isEmpty { object["excludeDomains"] = .array(excluded.map { .string($0) }) }
        return object
    }

    private var exa: JSONObject {
        var object = plain
        object["text"] = nil
        object["contents"] = wantsText ? ["text": true] : ["highlights": true]
        return object
    }

    private var tavily: JSONObject {
        var object: JSONObject = [
            "query": .string(query), "max_results": .integer(Int64(min(count, 20))), "include_raw_content": .bool(wantsText),
        ]
        if !included.isEmpty { object["include_domains"] = .array(included.map { .string($0) }) }
        if !excluded.isEmpty { object["exclude_domains"] = .array(excluded.map { .string($0) }) }
        return object
    }

    private static func posting(_ object: JSONObject, _ query: WebQuery) -> WebQuery {
        var query = query
        query.method = "POST"
        query.headers.append(.init("content-type", "application/json"))
        query.body = JSONValue.object(object).serializedBytes()
        return query
    }

    private static func url(_ base: String, _ parameters: [(String, String)]) -> String {
        let text = parameters.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
        return base + (base.contains("?") ? "&" : "?") + text
    }

    private static func escaped(_ text: String) -> String {
        var escaped: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: escaped.append(byte)
            default: escaped += [37, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: escaped, as: UTF8.self)
    }
}
