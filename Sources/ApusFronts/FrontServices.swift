package import ApusCore

/// What a front is handed: ports, never the engine.
package struct FrontServices: Sendable {
    package var sessions: any SessionService
    package var index: any SessionIndex
    package var models: any ModelSource
    package var tools: any ToolSource
    package var time: any TimeSource
    package var exec: ExecDefaults

    package init(
        sessions: any SessionService, index: any SessionIndex, models: any ModelSource, tools: any ToolSource, time: any TimeSource,
        exec: ExecDefaults = ExecDefaults()
    ) {
        self.sessions = sessions
        self.index = index
        self.models = models
        self.tools = tools
        self.time = time
        self.exec = exec
    }
}
