package import ApusCore

/// The same tools for every session, but for its own selection.
package struct FixedTools: ToolSource {
    private let tools: [any Tool]
    package init(_ tools: [any Tool]) { self.tools = tools }
    package func tools(for scope: ToolScope) async -> [any Tool] {
        tools.filter { scope.selection.allows($0.definition.name) }
    }
}

/// The same notes for every directory.
package struct FixedNotes: InstructionSource {
    private let notes: [ContextNote]
    package init(_ notes: [ContextNote] = []) { self.notes = notes }
    package func notes(for workingDirectory: String) async -> [ContextNote] { notes }
}

/// A policy in one closure.
package struct ScriptedPolicy: AccessPolicy {
    private let rule: @Sendable (AccessRequest.Action) -> AccessDecision

    package init(_ rule: @escaping @Sendable (AccessRequest.Action) -> AccessDecision = { _ in .allow(rule: "test") }) {
        self.rule = rule
    }

    package func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
        rule(request.action)
    }
}
