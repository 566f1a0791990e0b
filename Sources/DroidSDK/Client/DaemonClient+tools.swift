import DroidWire

/// Tools, models, skills, commands and the context window (`droid.md` §3.3).
extension DaemonClient {
    /// `get_context_stats` (Exec mode only; a daemon answers −32601 unless it knows it.)
    public func getContextStats() async throws -> GetContextStatsResult {
        GetContextStatsResult(try await call(DroidWire.GetContextStatsParams()))
    }

    /// `get_context_breakdown`
    public func getContextBreakdown() async throws -> GetContextBreakdownResult {
        GetContextBreakdownResult(try await call(DroidWire.GetContextBreakdownParams()))
    }

    /// `list_models` (Exec mode only; a daemon answers −32601 unless it knows it.)
    public func listModels(_ params: ListModelsParams = ListModelsParams()) async throws -> ListModelsResult {
        ListModelsResult(try await call(params.wire))
    }

    /// `list_tools` (Exec mode only; a daemon answers −32601 unless it knows it.)
    public func listTools(_ params: ListToolsParams = ListToolsParams()) async throws -> ListToolsResult {
        ListToolsResult(try await call(params.wire))
    }

    /// `list_skills`
    public func listSkills() async throws -> ListSkillsResult {
        ListSkillsResult(try await call(DroidWire.ListSkillsParams()))
    }

    /// `set_skill_disabled` (Exec mode only; a daemon answers −32601 unless it knows it.)
    @discardableResult
    public func setSkillDisabled(_ params: SetSkillDisabledParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `list_commands`
    public func listCommands() async throws -> ListCommandsResult {
        ListCommandsResult(try await call(DroidWire.ListCommandsParams()))
    }
}
