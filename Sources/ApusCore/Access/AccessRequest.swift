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
        /// Gets this page or file from the network, in our own process.
        case fetch(url: String)
        /// Has a server outside do something; it names the tool and says what that does.
        case serverCall(tool: String, claim: ServerClaim)
        /// Ends the planning of the session with this plan.
        case plan(Plan)
        /// Has a subagent of this kind do something; each of its calls is decided for itself.
        case delegate(kind: String)
    }

    package var action: Action
    /// One line for people.
    package var summary: String
    /// The command goes on when the call, and even the run, is over.
    package var outlivesRun: Bool
    /// The MCP server whose tool this is; `nil` for tools of ours.
    package var server: String?

    package init(action: Action, summary: String, outlivesRun: Bool = false, server: String? = nil) {
        self.action = action
        self.summary = summary
        self.outlivesRun = outlivesRun
        self.server = server
    }

    /// Calls that only read may run side by side, and so may subagents.
    package var isReadOnly: Bool {
        switch action {
        case .session, .read, .fetch, .serverCall(_, .reads), .delegate: true
        case .write, .command, .serverCall, .plan: false
        }
    }
}
