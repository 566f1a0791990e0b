import ApusCore
import ApusFronts
import ApusModels
import ApusSettings
import ApusTools

/// What fronts need whose clients stay, put together in one place.
struct ClientHouse {
    var sessions: any SessionService
    var maintenance: any SessionMaintenance
    var approvals: any ApprovalDesk
    var questions: any QuestionDesk
    var search: any SessionSearch
    var blobs: any BlobStore
    var models: any ModelSource
    var catalog: ModelCatalog
    /// Everything a session may call, those of MCP servers included.
    var tools: any ToolSource
    var builtinTools: BuiltinTools
    var children: any ChildSessions
    var servers: any MCPServers & MCPSignIns & MCPConfigurations
    var extensions: any ExtensionCatalogue
    var time: any TimeSource
    var processes: any ProcessDesk
    var maximumAutonomy: AutonomyLevel
    var planner: PlannerDefaults

    var services: ClientServices {
        var services = ClientServices(
            sessions: sessions, maintenance: maintenance, approvals: approvals, questions: questions, search: search, blobs: blobs,
            models: models, catalogue: OfferedModels(catalog: catalog), tools: tools, toolCatalogue: builtinTools,
            servers: servers,
            extensions: extensions,
            processes: processes, time: time, maximumAutonomy: maximumAutonomy, directory: { ResolvedDirectory.of($0) },
            isNoDirectory: { ResolvedDirectory.isImpossible($0) })
        services.planner = planner
        services.signIns = servers
        services.children = children
        services.serverFiles = servers
        return services
    }
}
