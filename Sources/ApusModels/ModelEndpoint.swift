import ApusBase
import ApusCore
import ApusSettings

/// Everything an adapter must know to reach one model: where it is, what it is called there, and what the user added.
struct ModelEndpoint: Hashable, Sendable {
    var description: ModelDescription
    /// The name sent to the API.
    var model: String
    /// As configured; the adapters append their path.
    var baseURL: String
    /// `nil` sends no credential.
    var key: Secret?
    /// Where the key is set, for messages: `ANTHROPIC_API_KEY`, or `apiKey` in a named file.
    var keyPlace: String
    var extraArguments: JSONObject
    var extraHeaders: [ModelEntry.Header]
    /// The user's own limit; what is merely known of the model stands in the description.
    var configuredOutputTokens: Int?
    var enablesThinking: Bool
    var maximumThinkingTokens: Int?
    /// Used when a request names none: the `(effort)` suffix of the model's name.
    var defaultEffort: ReasoningEffort?
    var deadlines: HTTPDeadlines

    init(description: ModelDescription, model: String, baseURL: String, key: Secret?, keyPlace: String) {
        self.description = description
        self.model = model
        self.baseURL = baseURL
        self.key = key
        self.keyPlace = keyPlace
        extraArguments = [:]
        extraHeaders = []
        enablesThinking = false
        deadlines = HTTPDeadlines()
    }

    /// The tightest of what the user configured, what the request asks and, if either did, what the model can do.
    func outputLimit(for request: ModelRequest) -> Int? {
        guard let wish = [configuredOutputTokens, request.maximumOutputTokens].compactMap(\.self).min() else { return nil }
        return min(wish, description.maximumOutputTokens ?? wish)
    }

    /// What to ask for, within what the model has. `nil` asks for nothing.
    /// - Parameter fallback: the wish when nobody has one, but thinking is switched on in the settings.
    func effort(for request: ModelRequest, whenThinking fallback: ReasoningEffort? = nil) -> ReasoningEffort? {
        guard let wish = request.effort ?? defaultEffort ?? (enablesThinking ? fallback : nil) else { return nil }
        return EffortClamp.clamped(wish, for: description).effort
    }

    /// Whether this is OpenAI's own API, which differs from its imitations in the names of a few members.
    var isOpenAI: Bool { baseURL.hasPrefix("https://api.openai.com/") }

    /// Whether the model may be asked to reason: all but those known not to.
    var reasons: Bool { description.efforts.isEmpty || description.efforts.contains { $0 != .off && $0 != .none } }

    /// Whether the model takes an effort where others take a budget of thinking tokens.
    var refusesBudget: Bool { ModelFamily.named(model)?.refusesBudget ?? false }

    /// A request to one of OpenAI's APIs or an imitation of it.
    func bearerRequest(_ path: String, body: [UInt8]) -> HTTPStream.Request {
        var headers = [("content-type", "application/json"), ("accept", "text/event-stream")]
        if let key { headers.append(("authorization", "Bearer " + key.reveal())) }
        return HTTPStream.Request(url: Self.url(baseURL, completing: [path]), headers: self.headers(headers), body: body)
    }

    /// Our headers with the user's put over them; names compare without case.
    func headers(_ own: [(String, String)]) -> [(String, String)] {
        let replaced = Set(extraHeaders.map { $0.name.lowercased() })
        return own.filter { !replaced.contains($0.0.lowercased()) } + extraHeaders.map { ($0.name, $0.value.reveal()) }
    }

    /// What must never appear in an error.
    var mask: SecretMask { SecretMask([key].compactMap(\.self) + extraHeaders.map(\.value)) }

    /// Scheme, host and path of the base URL: without user info and query, which may hold credentials.
    var address: String {
        let base = baseURL.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = base.firstRange(of: "://") else { return String(base) }
        let rest = base[scheme.upperBound...]
        let authorityEnd = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<authorityEnd].lastIndex(of: "@") else { return String(base) }
        return String(base[..<scheme.upperBound] + rest[rest.index(after: at)...])
    }

    /// How the model is called in messages: `Kimi K2 at https://api.example.com/v1`.
    var label: String { "\(description.displayName) at \(address)" }

    /// `parts` put behind the base URL's path, before its query. Leading parts that the base already ends with are not repeated.
    static func url(_ base: String, completing parts: [String]) -> String {
        let split = base.firstIndex { $0 == "?" || $0 == "#" } ?? base.endIndex
        var address = base[..<split]
        while address.hasSuffix("/") { address = address.dropLast() }
        let query = base[split...].prefix { $0 != "#" }
        for count in (0...parts.count).reversed() where address.hasSuffix(parts[..<count].map { "/" + $0 }.joined()) {
            return String(address) + parts[count...].map { "/" + $0 }.joined() + query
        }
        return String(address + query)
    }
}
