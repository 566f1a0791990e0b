package import ApusCore

/// What a front is handed: ports, never the engine.
package struct FrontServices: Sendable {
    package var sessions: any SessionService
    package var index: any SessionIndex
    package var models: any ModelSource
    package var tools: any ToolSource
    package var time: any TimeSource
    package var exec: ExecDefaults
    /// Custom droids, for a run that is one.
    package var subagents: any SubagentCatalogue = NoSubagents()
    /// Subagents in the background, which a run waits for.
    package var children: any ChildSessions = NoChildSessions()
    /// For clients that stay; a one-shot run needs none of it.
    package var clients: ClientServices?
    /// Ends every program that was started for sessions, MCP servers among them, apart from background processes, within seconds. For a
    /// run that is over: no session can be used afterwards.
    package var endPrograms: @Sendable () async -> Void = {}

    package init(
        sessions: any SessionService, index: any SessionIndex, models: any ModelSource, tools: any ToolSource, time: any TimeSource,
        exec: ExecDefaults = ExecDefaults(), clients: ClientServices? = nil
    ) {
        self.sessions = sessions
        self.index = index
        self.models = models
        self.tools = tools
        self.time = time
        self.exec = exec
        self.clients = clients
    }
}

/// What fronts need whose clients stay: they ask, look around and change things.
package struct ClientServices: Sendable {
    package var sessions: any SessionService
    package var maintenance: any SessionMaintenance
    package var approvals: any ApprovalDesk
    package var questions: any QuestionDesk
    package var search: any SessionSearch
    package var blobs: any BlobStore
    package var models: any ModelSource
    package var catalogue: any ModelCatalogue
    package var tools: any ToolSource
    package var toolCatalogue: any ToolCatalogue
    package var servers: any MCPServers
    package var signIns: any MCPSignIns = NoMCPSignIns()
    /// Subagents, which clients may end.
    package var children: any ChildSessions = NoChildSessions()
    package var serverFiles: any MCPConfigurations = NoMCPConfigurations()
    package var extensions: any ExtensionCatalogue
    /// Commands that clients run in sessions.
    package var processes: any ProcessDesk
    /// What is known of the daemon itself.
    package var house: any HouseDesk
    package var time: any TimeSource
    /// No session gets more, whatever its client asks for.
    package var maximumAutonomy: AutonomyLevel
    /// Of sessions whose client names none.
    package var planner = PlannerDefaults.none
    /// The absolute form of a directory that a client named, links resolved; `nil` when there is none. A relative one belongs to the
    /// daemon's own working directory.
    package var directory: @Sendable (String) -> String?
    /// Whether there is something in the place of a directory that a client named which can be none: a file, or a path below one.
    package var isNoDirectory: @Sendable (String) -> Bool
    /// Of all fronts together: a session that one of them looks at is given up by none.
    package let attendance: SessionAttendance
    /// What the listeners of the qwen protocol share.
    package let qwen = QwenRegistry()
    /// What the listeners of the Opta protocol share.
    package let opta = OptaRegistry()

    package init(
        sessions: any SessionService, maintenance: any SessionMaintenance, approvals: any ApprovalDesk, questions: any QuestionDesk,
        search: any SessionSearch, blobs: any BlobStore, models: any ModelSource, catalogue: any ModelCatalogue, tools: any ToolSource,
        toolCatalogue: any ToolCatalogue, servers: any MCPServers, extensions: any ExtensionCatalogue,
        processes: any ProcessDesk = NoProcessDesk(), house: any HouseDesk = NoHouseDesk(), time: any TimeSource,
        maximumAutonomy: AutonomyLevel = .unrestricted, directory: @escaping @Sendable (String) -> String?,
        isNoDirectory: @escaping @Sendable (String) -> Bool = { _ in false }
    ) {
        self.sessions = sessions
        self.maintenance = maintenance
        self.approvals = approvals
        self.questions = questions
        self.search = search
        self.blobs = blobs
        self.models = models
        self.catalogue = catalogue
        self.tools = tools
        self.toolCatalogue = toolCatalogue
        self.servers = servers
        self.extensions = extensions
        self.processes = processes
        self.house = house
        self.time = time
        self.maximumAutonomy = maximumAutonomy
        self.directory = directory
        self.isNoDirectory = isNoDirectory
        attendance = SessionAttendance(sessions, maintenance, servers, processes)
    }
}
