import ApusBase
import ApusCore

/// What is publicly known of a family of models: limits, efforts, price. Data in `ModelFamily+known.swift`; what is not known is
/// absent, never guessed, and what the user configured always wins.
struct ModelFamily: Hashable, Sendable {
    /// Whose API it is an official model of; an imitation of that name may differ in everything but its limits.
    enum Maker: Hashable, Sendable {
        case anthropic, openAI
    }

    var name: String
    var maker: Maker
    var contextTokens: Int?
    var maximumOutputTokens: Int?
    var efforts: [ReasoningEffort]
    /// Whether the model plans its thinking itself and refuses a budget of tokens.
    var refusesBudget = false
    var price: ModelPrice?
    var takesImages = true

    /// The family of a name as an API knows it: `claude-opus-4-5-20251101`, `openai/gpt-5.2`. A date or `latest` behind the family's
    /// name changes nothing; any other word (`-fast`, `-audio`) may change everything, so it is another model, unknown unless listed.
    static func named(_ model: String) -> ModelFamily? {
        let name = model.split(separator: "/").last.map { $0.lowercased() } ?? ""
        return known.first { family in
            guard name.hasPrefix(family.name) else { return false }
            let rest = name.dropFirst(family.name.count)
            return rest.isEmpty || rest == "-latest"
                || rest.first == "-" && rest.dropFirst().count >= 8
                    && rest.dropFirst().allSatisfy { $0.isNumber || $0 == "-" }
        }
    }

    /// The efforts as a dialect has words for them; `nil` where the family is spoken to in another maker's dialect.
    func efforts(in dialect: String) -> [ReasoningEffort]? {
        switch maker {
        case .anthropic: dialect == MessagesProvider.dialect ? efforts : nil
        case .openAI: dialect == MessagesProvider.dialect ? nil : efforts
        }
    }
}

extension ModelDescription {
    /// The description of a model by what is known of its name; `context` and `output` are the user's own and win.
    init(
        id: String, displayName: String, dialect: String, model: String, context: Int? = nil, output: Int? = nil
    ) {
        let family = ModelFamily.named(model)
        let isMessages = dialect == MessagesProvider.dialect
        let usual = isMessages ? ModelEndpoint.messagesEfforts : ModelEndpoint.chatEfforts
        self.init(
            id: id, displayName: displayName, dialect: dialect,
            contextTokens: context ?? family?.contextTokens ?? (isMessages ? 200_000 : 128_000),
            maximumOutputTokens: output ?? family?.maximumOutputTokens, efforts: family?.efforts(in: dialect) ?? usual)
        price = family?.price
        media = Self.media(of: family, in: dialect)
    }

    /// Images go to every model that is not known to take none: only the user knows what an unknown one takes. Documents go only where
    /// the maker's own API takes them from its own models; others get their text.
    private static func media(of family: ModelFamily?, in dialect: String) -> MediaSupport {
        let images = family?.takesImages ?? true
        switch dialect {
        case MessagesProvider.dialect:
            // The API counts an image's bytes in base64, and refuses a whole conversation for one that is too large.
            return MediaSupport(
                images: images, documents: images && family?.maker == .anthropic, maximumImageEdge: 8_000,
                maximumImageBytes: ByteLimit.imageBytes / 4 * 3)
        case ResponsesProvider.dialect: return MediaSupport(images: images, documents: images && family?.maker == .openAI)
        default: return MediaSupport(images: images, documents: false)
        }
    }
}
