import DroidWire

/// What only a daemon knows (`droid.md` §3.5).
extension DaemonClient {
    /// `get_proxy_token` (Daemon mode only.)
    public func getProxyToken() async throws -> GetProxyTokenResult {
        GetProxyTokenResult(try await call(DroidWire.GetProxyTokenParams()))
    }

    /// `get_default_settings` (Daemon mode only.)
    public func getDefaultSettings() async throws -> JSONMembers {
        JSONMembers(try await call(DroidWire.GetDefaultSettingsParams()))
    }

    /// `list_opened_sessions` (Daemon mode only.)
    public func listOpenedSessions(_ params: ListOpenedSessionsParams = ListOpenedSessionsParams()) async throws -> ListOpenedSessionsResult
    {
        ListOpenedSessionsResult(try await call(params.wire))
    }

    /// `list_available_sessions` (Daemon mode only.)
    public func listAvailableSessions(_ params: ListAvailableSessionsParams = ListAvailableSessionsParams()) async throws
        -> ListAvailableSessionsResult
    {
        ListAvailableSessionsResult(try await call(params.wire))
    }

    /// `archive_session` (Daemon mode only.)
    public func archiveSession(_ params: ArchiveSessionParams) async throws -> ArchiveSessionResult {
        ArchiveSessionResult(try await call(params.wire))
    }

    /// `unarchive_session` (Daemon mode only.)
    @discardableResult
    public func unarchiveSession(_ params: UnarchiveSessionParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `get_session_messages` (Daemon mode only.)
    public func getSessionMessages(_ params: GetSessionMessagesParams) async throws -> GetSessionMessagesResult {
        GetSessionMessagesResult(try await call(params.wire))
    }

    /// `search_sessions` (Daemon mode only.)
    public func searchSessions(_ params: SearchSessionsParams) async throws -> SearchSessionsResult {
        SearchSessionsResult(try await call(params.wire))
    }

    /// `create_terminal` (Daemon mode only.)
    public func createTerminal(_ params: CreateTerminalParams) async throws -> CreateTerminalResult {
        CreateTerminalResult(try await call(params.wire))
    }

    /// `write_terminal_data` (Daemon mode only.)
    public func writeTerminalData(_ params: WriteTerminalDataParams) async throws {
        _ = try await call(params.wire)
    }

    /// `resize_terminal` (Daemon mode only.)
    public func resizeTerminal(_ params: ResizeTerminalParams) async throws {
        _ = try await call(params.wire)
    }

    /// `close_terminal` (Daemon mode only.)
    public func closeTerminal(_ params: CloseTerminalParams) async throws {
        _ = try await call(params.wire)
    }

    /// `list_terminals` (Daemon mode only.)
    public func listTerminals() async throws -> ListTerminalsResult {
        ListTerminalsResult(try await call(DroidWire.ListTerminalsParams()))
    }

    /// `validate_working_directory` (Daemon mode only.)
    public func validateWorkingDirectory(_ params: ValidateWorkingDirectoryParams) async throws -> ValidateWorkingDirectoryResult {
        ValidateWorkingDirectoryResult(try await call(params.wire))
    }

    /// `list_files` (Daemon mode only.)
    public func listFiles(_ params: ListFilesParams = ListFilesParams()) async throws -> ListFilesResult {
        ListFilesResult(try await call(params.wire))
    }

    /// `search_files` (Daemon mode only.)
    public func searchFiles(_ params: SearchFilesParams) async throws -> SearchFilesResult {
        SearchFilesResult(try await call(params.wire))
    }

    /// `get_workspace_file_content` (Daemon mode only.)
    public func getWorkspaceFileContent(_ params: GetWorkspaceFileContentParams) async throws -> GetWorkspaceFileContentResult {
        GetWorkspaceFileContentResult(try await call(params.wire))
    }

    /// `get_git_diff` (Daemon mode only.)
    public func getGitDiff(_ params: GetGitDiffParams = GetGitDiffParams()) async throws -> GetGitDiffResult {
        GetGitDiffResult(try await call(params.wire))
    }

    /// `git_push` (Daemon mode only.)
    @discardableResult
    public func gitPush() async throws -> Bool {
        try await confirmed(DroidWire.GitPushParams())
    }

    /// `git_commit` (Daemon mode only.)
    @discardableResult
    public func gitCommit(_ params: GitCommitParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `create_pr` (Daemon mode only.)
    public func createPR(_ params: CreatePRParams) async throws -> CreatePRResult {
        CreatePRResult(try await call(params.wire))
    }
}
