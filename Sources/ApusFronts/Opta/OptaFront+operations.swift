import ApusBase
import ApusCore

/// The generic door to what else the daemon can do (§2.5, #18-19).
extension OptaFront {
    func operations(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        guard request.route.endpoint == .runOperation else {
            return .json(200, ["operations": .array(OptaOperation.all.map(\.descriptor))])
        }
        let id = request.parameters.first ?? ""
        guard let operation = OptaOperation.named(id) else {
            let issue = OptaIssue.notAmong([.key("id")], OptaOperation.all.map(\.name.rawValue), String(id.prefix(200)))
            throw .invalid("Invalid operation id", [issue])
        }
        try Self.check(request.client, operation.scope)
        var fields = OptaForm(request.body)
        fields.allow(only: ["input", "confirmDangerous"])
        let input = fields.member("input") ?? [:]
        let isConfirmed = fields.flag("confirmDangerous")
        try fields.check()
        if operation.safety == .dangerous, !isConfirmed {
            return Self.refusal(
                operation, 403, "dangerous_confirmation_required",
                "\(operation.title) is dangerous: send \"confirmDangerous\": true with it.")
        }
        let members = OptaForm(.object(input), at: [.key("input")])
        do throws(OperationEnd) {
            let result = try await run(operation.name, members)
            return .json(
                200,
                [
                    "ok": true, "id": .string(operation.name.rawValue), "safety": .string(operation.safety.rawValue), "result": result,
                ])
        } catch {
            switch error {
            case .badInput(let failure): throw failure
            case .notFound(let sentence): return Self.refusal(operation, 404, "not_found", sentence)
            case .failed(let sentence): return Self.refusal(operation, 500, "execution_failed", sentence)
            case .closing(let sentence): return Self.refusal(operation, 503, "upstream_unavailable", sentence)
            }
        }
    }

    /// The answer of the house, for routes of their own.
    func housed(_ question: HouseQuestion) async throws(OptaFailure) -> JSONValue {
        do throws(HouseFault) { return try await services.house.answer(question) } catch { throw OptaFailure(500, error.description) }
    }

    private enum OperationEnd: Error {
        case badInput(OptaFailure)
        case notFound(String)
        case failed(String)
        case closing(String)
    }

    private static func refusal(_ operation: OptaOperation, _ status: Int, _ code: String, _ message: String) -> HTTPAnswer {
        .json(
            status,
            [
                "ok": false, "id": .string(operation.name.rawValue), "safety": .string(operation.safety.rawValue),
                "error": ["code": .string(code), "message": .string(message)],
            ])
    }

    private func run(_ name: OptaOperation.Name, _ given: OptaForm) async throws(OperationEnd) -> JSONValue {
        var input = given
        switch name {
        case .doctor:
            try Self.take(&input, [])
            return try await answer(.health)
        case .daemonStatus:
            try Self.take(&input, [])
            return try await answer(.status)
        case .daemonLogs:
            let lines = input.number("lines", in: 1...1_000)
            try Self.take(&input, ["lines"])
            return try await answer(.log(lines: lines ?? 200))
        case .sessionsList: return try await list(&input)
        case .sessionsSearch: return try await search(&input)
        case .sessionsGet: return Self.shown(try await state(try Self.session(&input)))
        case .sessionsExport:
            let state = try await state(try Self.session(&input))
            return Self.exported(state)
        case .sessionsDelete: return try await delete(try Self.session(&input))
        case .configList:
            try Self.take(&input, [])
            return try await answer(.settings(nil))
        case .configGet:
            let key = input.required("key")
            try Self.take(&input, ["key"])
            return try await answer(.settings(key))
        case .modelsList:
            try Self.take(&input, [])
            return try await answer(.models)
        case .mcpList:
            let session = try Self.session(&input)
            _ = try await state(session)
            return ["servers": .array(await services.servers.status(of: session).map(Self.shown))]
        case .keysList:
            try Self.take(&input, [])
            return try await answer(.keys)
        }
    }

    /// Everything that is wrong with the input, told at once.
    private static func take(_ input: inout OptaForm, _ keys: Set<String>) throws(OperationEnd) {
        input.allow(only: keys)
        do throws(OptaFailure) { try input.check() } catch { throw .badInput(error) }
    }

    private static func session(_ input: inout OptaForm) throws(OperationEnd) -> SessionID {
        let id = input.required("sessionId")
        try take(&input, ["sessionId"])
        return SessionID(id)
    }

    private func answer(_ question: HouseQuestion) async throws(OperationEnd) -> JSONValue {
        do throws(HouseFault) {
            guard question == .health else { return try await services.house.answer(question) }
            let house = services.house
            return try await examination.result { () async throws(HouseFault) in try await house.answer(.health) }
        } catch {
            switch error {
            case .unknown(let sentence): throw .notFound(sentence)
            case .failed(let sentence): throw .failed(sentence)
            }
        }
    }

    // MARK: Sessions

    private func state(_ session: SessionID) async throws(OperationEnd) -> SessionState {
        let state: SessionState
        do throws(SessionError) { state = try await services.maintenance.peek(session) } catch { throw Self.end(error) }
        if state.lastEvent == 0 { throw .notFound("Session not found: \(session)") }
        return state
    }

    private static func end(_ error: SessionError) -> OperationEnd {
        switch error {
        case .log(.notFound), .badIdentifier: .notFound(error.description)
        case .closing: .closing(error.description)
        case .log, .conflict, .tooManyQueued: .failed(error.description)
        }
    }

    private func list(_ input: inout OptaForm) async throws(OperationEnd) -> JSONValue {
        var filter = SessionFilter()
        if let limit = input.number("limit", in: 1...100) { filter.limit = limit }
        filter.workingDirectory = input.filled("cwd")
        filter.includesArchived = input.flag("includeArchived")
        try Self.take(&input, ["limit", "cwd", "includeArchived"])
        do throws(EventLogError) {
            let page = try await services.search.list(filter)
            return ["sessions": .array(page.sessions.map(Self.shown)), "hasMore": .bool(page.hasMore)]
        } catch {
            throw .failed(error.description)
        }
    }

    private func search(_ input: inout OptaForm) async throws(OperationEnd) -> JSONValue {
        var query = SessionQuery(text: input.required("query"))
        if let limit = input.number("limit", in: 1...100) { query.sessionLimit = limit }
        try Self.take(&input, ["query", "limit"])
        let matches: [SessionMatch]
        do throws(EventLogError) { matches = try await services.search.search(query) } catch { throw .failed(error.description) }
        return [
            "sessions": .array(
                matches.map { match in
                    var object = Self.summary(match.summary)
                    object["hits"] = .array(
                        match.hits.map { hit in
                            ["role": .string(hit.role.rawValue), "snippets": .array(hit.snippets.map { .string($0) })]
                        })
                    object["total"] = .integer(Int64(match.total))
                    return .object(object)
                })
        ]
    }

    /// As the other protocols end a session: the log stays.
    private func delete(_ session: SessionID) async throws(OperationEnd) -> JSONValue {
        _ = try await state(session)
        do throws(SessionError) { _ = try await services.maintenance.archive(session, true) } catch { throw Self.end(error) }
        await services.attendance.end(session)
        return ["sessionId": .string(session.rawValue), "deleted": true, "logKept": true]
    }

    // MARK: Shapes

    private static func summary(_ summary: SessionSummary) -> JSONObject {
        [
            "sessionId": .string(summary.header.id.rawValue), "title": .string(summary.title),
            "cwd": .string(summary.header.workingDirectory), "createdAt": .string(OptaWords.date(summary.header.createdAt)),
            "updatedAt": .string(OptaWords.date(summary.updatedAt)),
        ]
    }

    private static func shown(_ listed: ListedSession) -> JSONValue {
        var object = summary(listed.summary)
        object["messageCount"] = .integer(Int64(listed.messageCount))
        object["archivedAt"] = listed.archivedAt.map { .string(OptaWords.date($0)) } ?? .null
        return .object(object)
    }

    private static func shown(_ state: SessionState) -> JSONValue {
        [
            "sessionId": .string(state.header.id.rawValue), "title": .string(state.title), "cwd": .string(state.directory),
            "createdAt": .string(OptaWords.date(state.header.createdAt)), "updatedAt": .string(OptaWords.date(state.updatedAt)),
            "model": state.settings.model.map { .string($0) } ?? .null, "messageCount": .integer(Int64(state.transcript.count)),
            "activeTurnId": state.running.map { .string($0.input.turn.rawValue) } ?? .null,
            "queuedTurns": .integer(Int64(state.queue.count)), "archivedAt": state.archivedAt.map { .string(OptaWords.date($0)) } ?? .null,
        ]
    }

    /// What a client of the session could see of it; what the engine keeps for itself (grants, marks of files, who decided by which key, what
    /// providers get back) is nobody's here.
    private static func exported(_ state: SessionState) -> JSONValue {
        let usage = state.usage
        return [
            "session": shown(state), "messages": .array(OptaWords.messages(state)),
            "todos": .array(state.todos.map { ["text": .string($0.text), "status": .string($0.status.rawValue)] }),
            "usage": [
                "inputTokens": .integer(Int64(usage.inputTokens)), "outputTokens": .integer(Int64(usage.outputTokens)),
                "cacheReadTokens": .integer(Int64(usage.cacheReadTokens)),
                "cacheCreationTokens": .integer(Int64(usage.cacheCreationTokens)),
            ],
        ]
    }

    private static func shown(_ server: MCPServerStatus) -> JSONValue {
        [
            "name": .string(server.name), "status": .string(server.phase.rawValue), "source": .string(server.source.rawValue),
            "transport": .string(server.transport), "error": server.error.map { .string($0) } ?? .null,
            "toolCount": server.toolCount.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}
