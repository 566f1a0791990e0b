package import ApusBase

/// One entry of `customModels`: a model of the user's own (`droid-exec.md` §5.4.1).
package struct ModelEntry: Hashable, Sendable {
    /// The wire the entry speaks, spelled as in the file.
    package enum Provider: String, Hashable, Sendable, CaseIterable {
        case anthropic
        case openai
        case genericChatCompletion = "generic-chat-completion-api"
    }

    /// The name sent to the API.
    package var model: String
    package var displayName: String
    /// Empty only together with `bedrock`.
    package var baseURL: String
    package var apiKey: Secret
    package var provider: Provider
    /// Explicit id, starts with `custom:`.
    package var id: String?
    /// Place in the merged list.
    package var position: Int
    /// The file's own `index`, which keeps an id the same when the list changes.
    package var explicitIndex: Int?
    package var maximumOutputTokens: Int?
    package var maximumContextTokens: Int?
    package var lacksImageSupport: Bool
    package var enablesThinking: Bool
    package var maximumThinkingTokens: Int?
    /// Merged into the request body, over our own members.
    package var extraArguments: JSONObject
    /// Merged into the request headers, over our own.
    package var extraHeaders: [Header]
    /// Kept as read; using such an entry is refused until there is an adapter for it.
    package var bedrock: JSONObject?
    /// Variables named by `${…}` that the environment did not have. An entry with any cannot be used; it still counts.
    package var missingVariables: [String]
    package var source: SettingsSource

    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: Secret

        package init(name: String, value: Secret) {
            self.name = name
            self.value = value
        }
    }

    package init(
        model: String, displayName: String? = nil, baseURL: String, apiKey: Secret, provider: Provider, source: SettingsSource
    ) {
        self.model = model
        self.displayName = displayName ?? model
        self.baseURL = baseURL
        self.apiKey = apiKey
        self.provider = provider
        self.source = source
        position = 0
        lacksImageSupport = false
        enablesThinking = false
        extraArguments = [:]
        extraHeaders = []
        missingVariables = []
    }

    /// `displayName` as ids have it: spaces become hyphens.
    package var slug: String { String(displayName.map { $0 == " " ? "-" : $0 }) }

    package var index: Int { explicitIndex ?? position }

    /// What sessions and events carry: the explicit id, else `custom:<slug>-<index>`.
    package var canonicalID: String { id ?? "custom:\(slug)-\(index)" }

    /// Why the entry cannot be used although it was read, with the way out.
    package var obstacle: String? {
        if bedrock != nil {
            return "Custom model \"\(displayName)\" of \(source.path) has \"bedrock\", which is not supported yet. "
                + "Give it a baseUrl and an apiKey, or choose another model with --model."
        }
        guard let first = missingVariables.first else { return nil }
        let names = missingVariables.map { "${\($0)}" }.joined(separator: ", ")
        return "Custom model \"\(displayName)\" of \(source.path) needs \(names), which the environment does not have. "
            + "Set it (export \(first)=…) or choose another model with --model."
    }

    /// Whether a stronger layer's entry stands for this one too.
    func isSame(as other: ModelEntry) -> Bool {
        if let id, let otherID = other.id { return id == otherID }
        return displayName == other.displayName && model == other.model && baseURL == other.baseURL
    }
}

/// A place in the merged `customModels`. Entries that could not be read keep theirs, so that the numbers in ids stay true.
package enum ModelSlot: Hashable, Sendable {
    case entry(ModelEntry)
    case unreadable

    package var entry: ModelEntry? {
        if case .entry(let entry) = self { entry } else { nil }
    }
}
