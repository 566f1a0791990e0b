package import ApusCore

/// When a conversation is shortened by itself, and by whom (`droid-exec.md` §6.2). Pure.
package struct CompactionRules: Hashable, Sendable {
    /// Tokens of a request; `nil` means four fifths of the model's context.
    package var tokenLimit: Int?
    /// The same for single models, by id or by the name that people read.
    package var tokenLimitPerModel: [String: Int]
    /// Who writes summaries; `nil` means the model of the turn.
    package var model: String?

    package init(tokenLimit: Int? = nil, tokenLimitPerModel: [String: Int] = [:], model: String? = nil) {
        self.tokenLimit = tokenLimit
        self.tokenLimitPerModel = tokenLimitPerModel
        self.model = model
    }

    /// The tokens above which a request is too long. `nil` when nothing is known of the model's context and nobody said a number: then only
    /// the provider can tell.
    package func threshold(for model: ModelDescription, _ wish: CompactionWish) -> Int? {
        let said = wish.tokenLimit ?? tokenLimitPerModel[model.id] ?? tokenLimitPerModel[model.displayName] ?? tokenLimit
        guard let context = model.contextTokens else { return said }
        return min(said ?? context / 5 * 4, context)
    }
}
