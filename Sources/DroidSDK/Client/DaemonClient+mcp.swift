import DroidWire

/// MCP servers of a session (`droid.md` §3.4).
extension DaemonClient {
    /// `authenticate_mcp_server`
    @discardableResult
    public func authenticateMcpServer(_ params: AuthenticateMcpServerParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `cancel_mcp_auth`
    @discardableResult
    public func cancelMcpAuth(_ params: CancelMcpAuthParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `clear_mcp_auth`
    @discardableResult
    public func clearMcpAuth(_ params: ClearMcpAuthParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `submit_mcp_auth_code`
    @discardableResult
    public func submitMcpAuthCode(_ params: SubmitMcpAuthCodeParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `submit_mcp_auth_error` (Exec mode only; a daemon answers −32601 unless it knows it.)
    @discardableResult
    public func submitMcpAuthError(_ params: SubmitMcpAuthErrorParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `get_mcp_config` (Daemon mode only.)
    public func getMcpConfig() async throws -> GetMcpConfigResult {
        GetMcpConfigResult(try await call(DroidWire.GetMcpConfigParams()))
    }

    /// `update_mcp_config` (Daemon mode only.)
    public func updateMcpConfig(_ params: UpdateMcpConfigParams) async throws -> UpdateMcpConfigResult {
        UpdateMcpConfigResult(try await call(params.wire))
    }

    /// `add_mcp_server`
    @discardableResult
    public func addMcpServer(_ params: AddMcpServerParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `remove_mcp_server`
    @discardableResult
    public func removeMcpServer(_ params: RemoveMcpServerParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `toggle_mcp_server`
    @discardableResult
    public func toggleMcpServer(_ params: ToggleMcpServerParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `list_mcp_servers`
    public func listMcpServers() async throws -> ListMcpServersResult {
        ListMcpServersResult(try await call(DroidWire.ListMcpServersParams()))
    }

    /// `list_mcp_tools`
    public func listMcpTools() async throws -> ListMcpToolsResult {
        ListMcpToolsResult(try await call(DroidWire.ListMcpToolsParams()))
    }

    /// `toggle_mcp_tool`
    @discardableResult
    public func toggleMcpTool(_ params: ToggleMcpToolParams) async throws -> Bool {
        try await confirmed(params.wire)
    }

    /// `list_mcp_registry`
    public func listMcpRegistry() async throws -> ListMcpRegistryResult {
        ListMcpRegistryResult(try await call(DroidWire.ListMcpRegistryParams()))
    }
}
