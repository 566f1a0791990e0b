/// Which search engine WebSearch asks (`docs/skills-and-commands.md`).
package struct WebSearchSetting: Hashable, Sendable {
    package enum Provider: String, Hashable, Sendable, CaseIterable {
        case brave, exa, tavily, searxng
        /// An address of the user's own that speaks our small form.
        case http
    }

    package var provider: Provider
    /// The address that is asked.
    package var url: String
    package var key: String?
    package var allowsPrivateNetwork: Bool

    /// `nil` when the address is missing, and the provider has none of its own.
    package init?(provider: Provider, url: String? = nil, key: String? = nil, allowsPrivateNetwork: Bool = false) {
        guard let url = url ?? provider.address else { return nil }
        self.provider = provider
        self.url = url
        self.key = key
        self.allowsPrivateNetwork = allowsPrivateNetwork
    }
}

extension WebSearchSetting.Provider {
    /// `nil` for those that everybody runs for themselves.
    package var address: String? {
        switch self {
        case .brave: "https://api.search.brave.com/res/v1/web/search"
        case .exa: "https://api.exa.ai/search"
        case .tavily: "https://api.tavily.com/search"
        case .searxng, .http: nil
        }
    }

    /// The variable that holds the key when the settings name none.
    package var keyVariable: String? {
        switch self {
        case .brave: "BRAVE_API_KEY"
        case .exa: "EXA_API_KEY"
        case .tavily: "TAVILY_API_KEY"
        case .searxng, .http: nil
        }
    }
}
