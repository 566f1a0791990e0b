import ApusBase

/// What an engine found, in one form.
struct WebSearchAnswer: Hashable, Sendable {
    struct Hit: Hashable, Sendable {
        var title: String
        var url: String
        var date: String?
        var text: String
    }

    static let maximumSnippetCharacters = 1_000
    static let maximumTextCharacters = 10_000

    var hits: [Hit]

    /// `nil` when the answer has not the engine's form.
    init?(_ value: JSONValue, from provider: WebSearchSetting.Provider, wantsText: Bool) {
        let list: [JSONValue]?
        switch provider {
        case .brave: list = value["web"]?["results"]?.arrayValue ?? (value["type"]?.stringValue == "search" ? [] : nil)
        case .exa, .tavily, .searxng, .http: list = value["results"]?.arrayValue
        }
        guard let list else { return nil }
        hits = list.compactMap { Self.hit($0, from: provider, wantsText: wantsText) }
    }

    private static func hit(_ value: JSONValue, from provider: WebSearchSetting.Provider, wantsText: Bool) -> Hit? {
        guard let url = value["url"]?.stringValue, !url.isEmpty else { return nil }
        let date: String?
        let short: String?
        let long: String?
        switch provider {
        case .brave: (date, short, long) = (text(value, "page_age", "age"), text(value, "description"), nil)
        case .exa:
            let highlights = value["highlights"]?.arrayValue?.compactMap(\.stringValue).joined(separator: " … ")
            (date, short, long) = (text(value, "publishedDate"), highlights ?? text(value, "summary"), text(value, "text"))
        case .tavily: (date, short, long) = (text(value, "published_date"), text(value, "content"), text(value, "raw_content"))
        case .searxng: (date, short, long) = (text(value, "publishedDate"), text(value, "content"), nil)
        case .http: (date, short, long) = (text(value, "publishedDate", "date"), text(value, "snippet"), text(value, "text"))
        }
        let chosen = wantsText ? long ?? short : short ?? long
        return Hit(
            title: text(value, "title") ?? url, url: url, date: date,
            text: cut(chosen ?? "", wantsText ? maximumTextCharacters : maximumSnippetCharacters))
    }

    private static func text(_ value: JSONValue, _ names: String...) -> String? {
        names.lazy.compactMap { value[$0]?.stringValue }.first { !$0.isEmpty }
    }

    private static func cut(_ text: String, _ limit: Int) -> String {
        text.unicodeScalars.count <= limit ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
    }
}
