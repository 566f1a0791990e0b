package import ApusCore

/// A model that was chosen, and how.
package struct ModelSelection: Sendable {
    package var description: ModelDescription
    package var provider: any ModelProvider
    /// The effort that the name's suffix asks for, within what the model has; the provider uses it already when a request names none.
    package var effort: ReasoningEffort?
    /// A sentence for stderr when the choice is one the user did not make.
    package var announcement: String?

    package init(provider: any ModelProvider, effort: ReasoningEffort? = nil, announcement: String? = nil) {
        description = provider.description
        self.provider = provider
        self.effort = effort
        self.announcement = announcement
    }
}
