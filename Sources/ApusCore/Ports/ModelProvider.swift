/// A model that answers.
package protocol ModelProvider: Sendable {
    var description: ModelDescription { get }

    /// Streams one response; one attempt, the engine decides about retries.
    ///
    /// `receive` is called from one place at a time, in order, and may suspend: the provider then stops reading (back-pressure).
    /// Returns after the `.finished` event was received. Cancelling the task ends the stream within a second and throws
    /// `.cancelled`. Nothing is received after a throw. Deadlines (idle, total) are the provider's own and throw `.timeout`.
    func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError)
}

/// Gives the provider of a model id.
package protocol ModelSource: Sendable {
    /// `nil` asks for the default. Throws a sentence that names the known models when the id is unknown.
    func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider
}

package struct ModelLookupError: Error, Hashable, Sendable, CustomStringConvertible {
    package var model: String
    /// Whole text for people; several lines are allowed.
    package var description: String

    package init(model: String, description: String) {
        self.model = model
        self.description = description
    }
}
