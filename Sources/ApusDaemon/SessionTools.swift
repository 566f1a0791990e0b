import ApusCore
import ApusTools

/// The tools of a session: our own, then those of its MCP servers. A tool of a server never stands in for one of ours, and where servers have
/// too many, they are searched for.
struct SessionTools: ToolSource {
    let builtin: any ToolSource
    let servers: any ToolSource

    func tools(for scope: ToolScope) async -> [any Tool] {
        let own = await builtin.tools(for: scope)
        let names = Set(own.map(\.definition.name))
        // A subagent works with the servers of the session it works for.
        var shared = scope
        shared.session = scope.caller ?? scope.session
        let remote = (await servers.tools(for: shared)).filter { !names.contains($0.definition.name) }
        return own + DeferredTools.offered(remote, for: scope)
    }
}
