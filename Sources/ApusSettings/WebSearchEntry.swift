import ApusBase

/// The setting `webSearch` as written. Which providers there are is known to those who ask them.
package struct WebSearchEntry: Hashable, Sendable {
    package var provider: String
    package var url: String?
    /// With `${NAME}` not yet replaced.
    private var writtenKey: String?
    package var allowsPrivateNetwork: Bool
    /// File and line, for sentences.
    package var place: String

    /// A missing member has its default; a wrong one makes the whole setting void, with a sentence.
    static func read(_ members: JSONObject, at place: String) -> (entry: WebSearchEntry?, warnings: [String]) {
        func fault(_ text: String) -> (WebSearchEntry?, [String]) { (nil, ["\(place): webSearch \(text) There is no WebSearch."]) }
        var warnings: [String] = []
        guard let provider = members["provider"]?.stringValue, !provider.isEmpty else { return fault("needs a provider.") }
        for name in ["url", "apiKey"] {
            if let value = members[name], !value.isNull, value.stringValue == nil {
                return fault("cannot be used: \(name) is \(value.kindForPeople) where a string is needed.")
            }
        }
        if let value = members["allowPrivateNetwork"], !value.isNull, value.boolValue == nil {
            return fault("cannot be used: allowPrivateNetwork is \(value.kindForPeople) where true or false is needed.")
        }
        for (name, _) in members where !["provider", "url", "apiKey", "allowPrivateNetwork"].contains(name) {
            let shown = escapedForDisplay(String(name.prefix(80)), keepingNewlines: false)
            warnings.append("\(place): webSearch has no setting named \"\(shown)\"; it has no effect.")
        }
        let entry = WebSearchEntry(
            provider: provider, url: members["url"]?.stringValue, writtenKey: members["apiKey"]?.stringValue,
            allowsPrivateNetwork: members["allowPrivateNetwork"]?.boolValue ?? false, place: place)
        return (entry, warnings)
    }

    /// The key, with variables of the environment put in; else the value of `variable`. `nil` when there is none.
    package func key(in environment: [String: String], orFrom variable: String?) -> Secret? {
        let text: String?
        if let writtenKey {
            var expansion = EnvironmentExpansion(environment)
            let expanded = expansion.expand(writtenKey)
            text = expansion.missing.isEmpty ? expanded : nil
        } else {
            text = variable.flatMap { environment[$0] }
        }
        return text.flatMap { $0.isEmpty ? nil : Secret($0) }
    }
}
