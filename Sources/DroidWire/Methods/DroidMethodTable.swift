/// Which spellings of a method there are.
package struct DroidFamilies: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let exec = DroidFamilies(rawValue: 1)
    package static let daemon = DroidFamilies(rawValue: 2)
    package static let both: DroidFamilies = [.exec, .daemon]

    package func contains(_ family: DroidFamily) -> Bool {
        switch family {
        case .exec: contains(DroidFamilies.exec)
        case .daemon: contains(DroidFamilies.daemon)
        }
    }
}

/// What a method is about, and so where its `sessionId` comes from in the daemon family.
package enum DroidMethodScope: Hashable, Sendable {
    /// No session.
    case connection
    /// One session, named in front of the params; in the exec family it is the current one of the process.
    case session
    /// One session, named by the params themselves, in both families.
    case ownSession
    /// The sources do not say whether a session is named: one may be.
    case anySession
}

/// What is known of a method.
package struct DroidMethodEntry: Sendable {
    package let method: DroidMethod
    package let families: DroidFamilies
    package let scope: DroidMethodScope
    /// How long a client waits for the answer. The TypeScript daemon client gives a sign-in to an MCP server no more than any request; we
    /// wait in both families as long as a person needs.
    package let timeout: Duration
    /// `nil` where only the product knows the params: they are passed on as they are.
    package let params: (any DroidParams.Type)?

    /// Whether the key is sent again with it in the daemon family.
    package var needsToken: Bool { method == .initializeSession || method == .loadSession }
    /// Whether the server asks and the client answers.
    package var isOfServer: Bool { method == .requestPermission || method == .askUser }

    fileprivate init(
        _ method: DroidMethod, _ families: DroidFamilies, _ scope: DroidMethodScope, _ params: (any DroidParams.Type)?,
        timeout: Duration = DroidTimeout.request
    ) {
        self.method = method
        self.families = families
        self.scope = scope
        self.params = params
        self.timeout = timeout
    }
}

extension DroidMethod {
    package var entry: DroidMethodEntry {
        guard let entry = DroidMethod.entries[self] else { preconditionFailure("\(self) has no row in the table of methods") }
        return entry
    }

    private static let entries = Dictionary(table.map { ($0.method, $0) }, uniquingKeysWith: { first, _ in first })

    package static let table: [DroidMethodEntry] = [
        DroidMethodEntry(.authenticate, .daemon, .connection, AuthenticateParams.self, timeout: DroidTimeout.authenticate),
        DroidMethodEntry(.logout, .daemon, .connection, LogoutParams.self),
        DroidMethodEntry(.initializeSession, .both, .connection, InitializeSessionParams.self, timeout: .seconds(60)),
        DroidMethodEntry(.loadSession, .both, .ownSession, LoadSessionParams.self, timeout: .seconds(60)),
        DroidMethodEntry(.addUserMessage, .both, .session, AddUserMessageParams.self),
        DroidMethodEntry(.resolveQueuedUserMessage, .both, .session, ResolveQueuedUserMessageParams.self),
        DroidMethodEntry(.interruptSession, .both, .session, InterruptSessionParams.self),
        DroidMethodEntry(.closeSession, .both, .session, CloseSessionParams.self),
        DroidMethodEntry(.updateSessionSettings, .both, .session, UpdateSessionSettingsParams.self),
        DroidMethodEntry(.forkSession, .both, .session, ForkSessionParams.self),
        DroidMethodEntry(.compactSession, .both, .session, CompactSessionParams.self, timeout: .seconds(240)),
        DroidMethodEntry(.renameSession, .both, .session, RenameSessionParams.self),
        DroidMethodEntry(.getRewindInfo, .both, .ownSession, GetRewindInfoParams.self, timeout: .seconds(60)),
        DroidMethodEntry(.executeRewind, .both, .ownSession, ExecuteRewindParams.self, timeout: .seconds(60)),
        DroidMethodEntry(.killWorkerSession, .both, .session, KillWorkerSessionParams.self),
        DroidMethodEntry(.warmupCache, .both, .session, WarmupCacheParams.self),
        DroidMethodEntry(.submitBugReport, .both, .session, SubmitBugReportParams.self),
        DroidMethodEntry(.getContextStats, .exec, .session, GetContextStatsParams.self),
        DroidMethodEntry(.getContextBreakdown, .both, .session, GetContextBreakdownParams.self),
        DroidMethodEntry(.listTools, .exec, .session, ListToolsParams.self),
        DroidMethodEntry(.listModels, .exec, .session, ListModelsParams.self),
        DroidMethodEntry(.listSkills, .both, .session, ListSkillsParams.self),
        DroidMethodEntry(.setSkillDisabled, .exec, .session, SetSkillDisabledParams.self),
        DroidMethodEntry(.listCommands, .both, .session, ListCommandsParams.self),
        DroidMethodEntry(.addMcpServer, .both, .session, AddMcpServerParams.self),
        DroidMethodEntry(.removeMcpServer, .both, .session, RemoveMcpServerParams.self),
        DroidMethodEntry(.toggleMcpServer, .both, .session, ToggleMcpServerParams.self),
        DroidMethodEntry(.listMcpServers, .both, .session, ListMcpServersParams.self),
        DroidMethodEntry(.listMcpTools, .both, .session, ListMcpToolsParams.self),
        DroidMethodEntry(.toggleMcpTool, .both, .session, ToggleMcpToolParams.self),
        DroidMethodEntry(.listMcpRegistry, .both, .session, ListMcpRegistryParams.self),
        DroidMethodEntry(.authenticateMcpServer, .both, .session, AuthenticateMcpServerParams.self, timeout: .seconds(300)),
        DroidMethodEntry(.cancelMcpAuth, .both, .session, CancelMcpAuthParams.self),
        DroidMethodEntry(.clearMcpAuth, .both, .session, ClearMcpAuthParams.self),
        DroidMethodEntry(.submitMcpAuthCode, .both, .session, SubmitMcpAuthCodeParams.self),
        DroidMethodEntry(.submitMcpAuthError, .exec, .session, SubmitMcpAuthErrorParams.self),
        DroidMethodEntry(.getMcpConfig, .daemon, .connection, GetMcpConfigParams.self),
        DroidMethodEntry(.updateMcpConfig, .daemon, .connection, UpdateMcpConfigParams.self),
        DroidMethodEntry(.listOpenedSessions, .daemon, .connection, ListOpenedSessionsParams.self),
        DroidMethodEntry(.listAvailableSessions, .daemon, .connection, ListAvailableSessionsParams.self),
        DroidMethodEntry(.getSessionMessages, .daemon, .ownSession, GetSessionMessagesParams.self),
        DroidMethodEntry(.searchSessions, .daemon, .connection, SearchSessionsParams.self),
        DroidMethodEntry(.archiveSession, .daemon, .ownSession, ArchiveSessionParams.self),
        DroidMethodEntry(.unarchiveSession, .daemon, .ownSession, UnarchiveSessionParams.self),
        DroidMethodEntry(.validateWorkingDirectory, .daemon, .connection, ValidateWorkingDirectoryParams.self),
        DroidMethodEntry(.listFiles, .daemon, .anySession, ListFilesParams.self),
        DroidMethodEntry(.searchFiles, .daemon, .anySession, SearchFilesParams.self),
        DroidMethodEntry(.getWorkspaceFileContent, .daemon, .anySession, GetWorkspaceFileContentParams.self),
        DroidMethodEntry(.getGitDiff, .daemon, .anySession, GetGitDiffParams.self),
        DroidMethodEntry(.gitPush, .daemon, .anySession, GitPushParams.self),
        DroidMethodEntry(.gitCommit, .daemon, .anySession, GitCommitParams.self),
        DroidMethodEntry(.createPR, .daemon, .anySession, CreatePRParams.self),
        DroidMethodEntry(.createTerminal, .daemon, .anySession, CreateTerminalParams.self),
        DroidMethodEntry(.writeTerminalData, .daemon, .anySession, WriteTerminalDataParams.self),
        DroidMethodEntry(.resizeTerminal, .daemon, .anySession, ResizeTerminalParams.self),
        DroidMethodEntry(.closeTerminal, .daemon, .anySession, CloseTerminalParams.self),
        DroidMethodEntry(.listTerminals, .daemon, .anySession, ListTerminalsParams.self),
        DroidMethodEntry(.getDefaultSettings, .daemon, .connection, GetDefaultSettingsParams.self),
        DroidMethodEntry(.getProxyToken, .daemon, .connection, GetProxyTokenParams.self),
        DroidMethodEntry(.getSemanticDiffCache, .daemon, .anySession, nil),
        DroidMethodEntry(.saveSemanticDiffCache, .daemon, .anySession, nil),
        DroidMethodEntry(.generateSemanticDiff, .daemon, .anySession, nil),
        DroidMethodEntry(.startLoop, .daemon, .anySession, nil),
        DroidMethodEntry(.stopLoop, .daemon, .anySession, nil),
        DroidMethodEntry(.getLoopStatus, .daemon, .anySession, nil),
        DroidMethodEntry(.runLoopNow, .daemon, .anySession, nil),
        DroidMethodEntry(.listCrons, .daemon, .anySession, nil),
        DroidMethodEntry(.createCron, .daemon, .anySession, nil),
        DroidMethodEntry(.updateCron, .daemon, .anySession, nil),
        DroidMethodEntry(.deleteCron, .daemon, .anySession, nil),
        DroidMethodEntry(.holdSessionCrons, .daemon, .anySession, nil),
        DroidMethodEntry(.resumeSessionCrons, .daemon, .anySession, nil),
        DroidMethodEntry(.listAutomations, .daemon, .anySession, nil),
        DroidMethodEntry(.runAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.pauseAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.resumeAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.createAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.renameAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.deleteAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.forkAutomation, .daemon, .anySession, nil),
        DroidMethodEntry(.getAutomationHistory, .daemon, .anySession, nil),
        DroidMethodEntry(.getAutomationVisual, .daemon, .anySession, nil),
        DroidMethodEntry(.updateAutomationModel, .daemon, .anySession, nil),
        DroidMethodEntry(.updateAutomationPrivacy, .daemon, .anySession, nil),
        DroidMethodEntry(.listAvailablePlugins, .daemon, .anySession, nil),
        DroidMethodEntry(.listInstalledPlugins, .daemon, .anySession, nil),
        DroidMethodEntry(.installPlugin, .daemon, .anySession, nil),
        DroidMethodEntry(.uninstallPlugin, .daemon, .anySession, nil),
        DroidMethodEntry(.updatePlugin, .daemon, .anySession, nil),
        DroidMethodEntry(.listMarketplaces, .daemon, .anySession, nil),
        DroidMethodEntry(.addMarketplace, .daemon, .anySession, nil),
        DroidMethodEntry(.removeMarketplace, .daemon, .anySession, nil),
        DroidMethodEntry(.updateMarketplace, .daemon, .anySession, nil),
        DroidMethodEntry(.updateSessionDefaults, .daemon, .anySession, nil),
        DroidMethodEntry(.triggerUpdate, .daemon, .anySession, nil),
        DroidMethodEntry(.installSshKey, .daemon, .anySession, nil),
        DroidMethodEntry(.relayStart, .daemon, .anySession, nil),
        DroidMethodEntry(.relayStop, .daemon, .anySession, nil),
        DroidMethodEntry(.relayGetStatus, .daemon, .anySession, nil),
        DroidMethodEntry(.enableEventCursors, .daemon, .connection, EnableEventCursorsParams.self),
        DroidMethodEntry(.resumeEvents, .daemon, .ownSession, ResumeEventsParams.self, timeout: .seconds(60)),
        DroidMethodEntry(.requestPermission, .both, .ownSession, RequestPermissionParams.self),
        DroidMethodEntry(.askUser, .both, .ownSession, AskUserParams.self),
    ]
}
