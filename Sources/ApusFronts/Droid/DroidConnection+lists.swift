import ApusBase
import ApusCore
import DroidWire

/// Looking around among sessions (`droid.md` §3.5), and into the context of one.
extension DroidConnection {
    func listOpened(
        _ call: DroidCall<ListOpenedSessionsParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> ListOpenedSessionsResult {
        var sessions: [DroidOpenedSession] = []
        for session in await services.maintenance.opened() {
            let state: SessionState
            do throws(SessionError) {
                state = try await services.maintenance.peek(session)
            } catch {
                // Given up since then.
                continue
            }
            var opened = DroidOpenedSession(
                sessionId: session.rawValue, updatedAt: Double(state.updatedAt) / 1_000, workingState: state.wireWorkingState)
            opened.cwd = state.directory
            opened.messagesCount = DroidMessages.count(in: state)
            opened.callingSessionId = state.header.caller?.session.rawValue
            opened.callingToolUseId = state.header.caller?.call.rawValue
            if !state.settings.labels.isEmpty { opened.tags = state.settings.labels.map { DroidSessionTag($0) } }
            sessions.append(opened)
        }
        return ListOpenedSessionsResult(sessions: sessions.sorted { $0.updatedAt > $1.updatedAt })
    }

    func listAvailable(
        _ call: DroidCall<ListAvailableSessionsParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> ListAvailableSessionsResult {
        let before = call.params.endBefore.flatMap { Int64(exactly: ($0 * 1_000).rounded()) }
        let filter = SessionFilter(limit: call.params.limit?.count ?? 50, before: before, includesChildren: true)
        let page: SessionPage
        do throws(EventLogError) { page = try await services.search.list(filter) } catch { throw unexpected(error) }
        let sessions = page.sessions.map { listed -> DroidAvailableSession in
            var session = DroidAvailableSession(
                sessionId: listed.summary.header.id.rawValue, updatedAt: Double(listed.summary.updatedAt) / 1_000)
            if !listed.summary.title.isEmpty { session.title = listed.summary.title }
            session.cwd = listed.summary.header.workingDirectory
            session.messagesCount = listed.messageCount
            session.callingSessionId = listed.summary.header.caller?.session.rawValue
            session.callingToolUseId = listed.summary.header.caller?.call.rawValue
            session.archivedAt = listed.archivedAt.map { .string(DroidTimestamp(millisecondsSince1970: $0).text) }
            if !listed.labels.isEmpty { session.tags = listed.labels.map { DroidSessionTag($0) } }
            return session
        }
        let cursor = page.hasMore ? sessions.last.map { JSONValue.double($0.updatedAt) } : nil
        return ListAvailableSessionsResult(sessions: sessions, hasMore: page.hasMore, nextCursor: cursor)
    }

    /// The newest first page, each page oldest first; the cursor is the oldest message that the client has.
    func messages(
        _ call: DroidCall<GetSessionMessagesParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> GetSessionMessagesResult {
        let session = SessionID(call.params.sessionId)
        let state: SessionState
        do throws(SessionError) { state = try await services.maintenance.peek(session) } catch { throw failure(error, of: session) }
        var messages = DroidMessages.all(of: state, atMost: .max)
        if let role = call.params.role { messages.removeAll { $0.role != role } }
        if let cursor = call.params.cursor {
            guard let end = messages.firstIndex(where: { $0.id == cursor }) else {
                throw DroidFailure(.invalidParams, "No message \(cursor.prefix(100)) to go on before")
            }
            messages.removeSubrange(end...)
        }
        let page = DroidMessages.newest(Array(messages.suffix(call.params.limit?.count ?? 20)), atMost: 8 << 20)
        let hasMore = page.count < messages.count
        return GetSessionMessagesResult(messages: page, hasMore: hasMore, nextCursor: hasMore ? page.first?.id : nil)
    }

    func search(
        _ call: DroidCall<SearchSessionsParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> SearchSessionsResult {
        let params = call.params
        let query = SessionQuery(
            text: params.query, kinds: Self.kinds(params.kind), sessionLimit: min(max(params.limitSessions ?? 20, 1), 100),
            hitsPerSession: min(max(params.limitHitsPerSession ?? 3, 1), 100),
            contextCharacters: min(max(params.contextChars ?? 120, 0), 2_000))
        let matches: [SessionMatch]
        do throws(EventLogError) { matches = try await services.search.search(query) } catch { throw unexpected(error) }
        let sessions = matches.map { match in
            DroidSearchedSession(
                sessionId: match.summary.header.id.rawValue, title: match.summary.title.isEmpty ? nil : match.summary.title,
                updatedAt: Double(match.summary.updatedAt),
                hits: match.hits.map { hit in
                    DroidSearchHit(
                        docId: hit.document, kind: hit.kind.wire, toolName: hit.tool,
                        messageRole: DroidMessageRole(rawValue: hit.role.rawValue), snippets: hit.snippets.map { .string($0) })
                },
                totals: ["hits": .integer(Int64(match.total))])
        }
        return SearchSessionsResult(query: params.query, sessions: sessions)
    }

    private static func kinds(_ kind: DroidSearchKind?) -> Set<SessionQuery.Kind> {
        switch kind {
        case .messageText?, .document?: [.message]
        case .toolUse?: [.toolUse]
        case .toolResult?: [.toolResult]
        case .all?, .unknown?, nil: []
        }
    }

    func archive(_ call: DroidCall<ArchiveSessionParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ArchiveSessionResult {
        let time = try await setArchived(true, SessionID(call.params.sessionId)) ?? services.time.now
        return ArchiveSessionResult(success: true, archivedAt: .string(DroidTimestamp(millisecondsSince1970: time).text))
    }

    func unarchive(_ call: DroidCall<UnarchiveSessionParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        _ = try await setArchived(false, SessionID(call.params.sessionId))
        return DroidSuccess(success: true)
    }

    private func setArchived(_ isArchived: Bool, _ session: SessionID) async throws(DroidFailure) -> Timestamp? {
        do throws(SessionError) {
            return try await services.maintenance.archive(session, isArchived)
        } catch {
            throw failure(error, of: session)
        }
    }

    func validateDirectory(
        _ call: DroidCall<ValidateWorkingDirectoryParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> ValidateWorkingDirectoryResult {
        guard let path = services.directory(call.params.workingDirectory) else {
            return ValidateWorkingDirectoryResult(isValid: false, error: "No such directory: \(call.params.workingDirectory)")
        }
        return ValidateWorkingDirectoryResult(isValid: true, resolvedPath: path)
    }

    // MARK: The context of a session

    func contextStats(
        _ call: DroidCall<GetContextStatsParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> GetContextStatsResult {
        let usage = try await contextUsage(call.sessionId)
        return GetContextStatsResult(
            used: usage.used, remaining: max(0, usage.limit - usage.used), limit: usage.limit,
            accuracy: usage.isExact ? .exact : .estimated, updatedAt: DroidTimestamp(millisecondsSince1970: usage.updatedAt))
    }

    func contextBreakdown(
        _ call: DroidCall<GetContextBreakdownParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> GetContextBreakdownResult {
        let usage = try await contextUsage(call.sessionId)
        return GetContextBreakdownResult(
            modelId: usage.model.id, modelDisplayName: usage.model.displayName, contextBudget: usage.limit, usedTokens: usage.used,
            freeTokens: max(0, usage.limit - usage.used),
            categories: usage.parts.map {
                DroidContextCategory(
                    name: $0.category.title, tokens: $0.tokens, colorKey: DroidContextColor(rawValue: $0.category.rawValue))
            },
            skills: usage.skills.map(DroidContextSource.init),
            mcpServers: usage.servers.map { DroidContextServer(name: $0.name, toolCount: $0.toolCount, tokens: $0.tokens) },
            droids: usage.droids.map(DroidContextSource.init),
            lastCallCompactionTokens: usage.lastCall.map { $0.inputTokens + $0.cacheReadTokens + $0.cacheCreationTokens })
    }

    private func contextUsage(_ name: String?) async throws(DroidFailure) -> ContextUsage {
        let session = try session(name)
        do throws(SessionError) {
            return try await services.maintenance.contextUsage(of: session)
        } catch {
            throw failure(error, of: session)
        }
    }
}

extension SessionQuery.Kind {
    fileprivate var wire: DroidSearchKind {
        switch self {
        case .message: .messageText
        case .toolUse: .toolUse
        case .toolResult: .toolResult
        }
    }
}

extension DroidContextSource {
    fileprivate init(_ source: ContextUsage.Source) {
        self.init(name: source.name, location: source.location, tokens: source.tokens)
    }
}

extension ContextUsage.Category {
    fileprivate var title: String {
        switch self {
        case .systemPrompt: "System prompt"
        case .systemTools: "System tools"
        case .mcpTools: "MCP tools"
        case .userInfo: "User info"
        case .agentsMd: "AGENTS.md"
        case .customAgents: "Custom droids"
        case .skills: "Skills"
        case .messages: "Messages"
        }
    }
}
