import DroidWire

/// What a session is told (`droid.md` §3.2).
extension DaemonClient {
    /// `add_user_message`
    public func addUserMessage(_ params: AddUserMessageParams) async throws {
        _ = try await call(params.wire)
    }

    /// `resolve_queued_user_message`
    public func resolveQueuedUserMessage(_ params: ResolveQueuedUserMessageParams) async throws {
        _ = try await call(params.wire)
    }

    /// `get_rewind_info`
    public func getRewindInfo(_ params: GetRewindInfoParams) async throws -> GetRewindInfoResult {
        var params = params
        params.sessionId = params.sessionId ?? sessionId
        return GetRewindInfoResult(try await call(params.wire))
    }

    /// `execute_rewind`
    public func executeRewind(_ params: ExecuteRewindParams) async throws -> ExecuteRewindResult {
        var params = params
        params.sessionId = params.sessionId ?? sessionId
        return ExecuteRewindResult(try await call(params.wire))
    }

    /// `interrupt_session`
    public func interruptSession() async throws {
        _ = try await call(DroidWire.InterruptSessionParams())
    }

    /// `close_session`
    public func closeSession(_ params: CloseSessionParams = CloseSessionParams()) async throws {
        _ = try await call(params.wire)
    }

    /// `update_session_settings`
    public func updateSessionSettings(_ params: UpdateSessionSettingsParams = UpdateSessionSettingsParams()) async throws {
        _ = try await call(params.wire)
    }

    /// `fork_session`
    public func forkSession(_ params: ForkSessionParams = ForkSessionParams()) async throws -> ForkSessionResult {
        ForkSessionResult(try await call(params.wire))
    }

    /// `compact_session`
    public func compactSession(_ params: CompactSessionParams = CompactSessionParams()) async throws -> CompactSessionResult {
        CompactSessionResult(try await call(params.wire))
    }

    /// `rename_session`
    @discardableResult
    public func renameSession(_ params: RenameSessionParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `kill_worker_session`
    public func killWorkerSession(_ params: KillWorkerSessionParams) async throws {
        _ = try await call(params.wire)
    }

    /// `warmup_cache`
    public func warmupCache() async throws {
        _ = try await call(DroidWire.WarmupCacheParams())
    }

    /// `submit_bug_report`
    public func submitBugReport(_ params: SubmitBugReportParams) async throws -> SubmitBugReportResult {
        SubmitBugReportResult(try await call(params.wire))
    }
}
