package import ApusCore

/// What settings say about the model that plans in spec mode, for sessions of which nobody says it.
package struct PlannerDefaults: Hashable, Sendable {
    /// `nil` for the session's own.
    package var model: String?
    package var effort: ReasoningEffort?

    package static let none = PlannerDefaults()

    package init(model: String? = nil, effort: ReasoningEffort? = nil) {
        self.model = model
        self.effort = effort
    }

    /// A model that was named brings its own effort.
    package func fill(_ settings: inout SessionSettings) {
        guard settings.specModel == nil else { return }
        settings.specModel = model
        if settings.specEffort == nil { settings.specEffort = effort }
    }
}
