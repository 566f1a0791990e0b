/// What one call would touch, declared by its tool from the very input it will run.
package struct AccessRequest: Hashable, Sendable {
    package enum Action: Hashable, Sendable {
        /// Touches nothing outside the session.
        case session
        /// Reads these absolute paths.
        case read([String])
        /// Writes or creates these absolute paths.
        case write([String])
        /// Runs a shell command; `declaredRisk` is the model's own word for it.
        case command(String, declaredRisk: String)
    }

    package var action: Action
    /// One line for people.
    package var summary: String

    package init(action: Action, summary: String) {
        self.action = action
        self.summary = summary
    }

    /// Calls that only read may run side by side.
    package var isReadOnly: Bool {
        switch action {
        case .session, .read: true
        case .write, .command: false
        }
    }
}
