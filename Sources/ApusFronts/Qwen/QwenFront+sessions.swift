import ApusBase
import ApusCore
import DroidWire

/// Making sessions, and listing them (§2.4, §2.5).
extension QwenFront {
    func create(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let directory = try directory(request)
        let isThread = try isThread(request)
        let given = isBound ? try request.clientID() : nil
        let model = request.body["modelServiceId"]?.stringValue
        if life.hasStopped { throw .shuttingDown }
        if isThread {
            guard registry.reserve(atMost: setting.maximumSessions) else { throw .tooManySessions(setting.maximumSessions ?? 0) }
            let room: QwenRoom
            do throws(QwenFailure) {
                room = try await make(in: directory)
            } catch {
                registry.finish(nil)
                throw error
            }
            // Whoever asked has gone, and nobody else is attached to it.
            if Task.isCancelled {
                await discard(room)
                registry.finish(nil)
                throw .lost(room.session)
            }
            registry.finish(room)
            return try await attach(to: room, isNew: true, given: given, model: model)
        }
        while true {
            switch registry.plan(for: directory, atMost: setting.maximumSessions) {
            case .full(let limit): throw .tooManySessions(limit)
            case .attach(let session):
                let room: QwenRoom
                do throws(QwenFailure) {
                    room = try await known(session).room
                } catch {
                    if error.status != 404 { throw error }
                    // It was deleted, or never had a beginning: the workspace is free.
                    registry.forgetTarget(session)
                    continue
                }
                return try await attach(to: room, isNew: false, given: given, model: model)
            case .wait(let spawn):
                guard let outcome = await spawn.outcome() else {
                    registry.stopWaiting(for: spawn)
                    throw .shuttingDown
                }
                return try await attach(to: try outcome.get(), isNew: false, given: given, model: model)
            case .spawn(let spawn):
                let room: QwenRoom
                do throws(QwenFailure) {
                    room = try await make(in: directory)
                } catch {
                    registry.finish(spawn, .failure(error), in: directory)
                    throw error
                }
                // Whoever asked may have gone: unless somebody waits for it, nobody gets to know of the session.
                guard registry.finish(spawn, .success(room), in: directory, isWanted: { !Task.isCancelled }) else {
                    await discard(room)
                    throw .lost(room.session)
                }
                return try await attach(to: room, isNew: true, given: given, model: model)
            }
        }
    }

    private func make(in directory: String) async throws(QwenFailure) -> QwenRoom {
        var settings = defaults
        settings.autonomy = min(settings.autonomy, services.maximumAutonomy)
        let state: SessionState
        do throws(SessionError) {
            let id = try await services.sessions.create(NewSession(workingDirectory: directory, settings: settings))
            state = try await services.sessions.open(id)
            await services.attendance.attach(nil, to: id)
        } catch {
            throw failure(error, of: "")
        }
        return registry.room(of: state, isOld: false)
    }

    private func discard(_ room: QwenRoom) async {
        registry.forget(room)
        do throws(SessionError) {
            _ = try await services.maintenance.archive(room.session, true)
        } catch {
            log(.failed("A session that nobody waits for could not be put away: \(error)"))
        }
        await services.attendance.end(room.session)
    }

    /// The switch of the model has its own signals on the stream: the answer is the same whether it succeeds or not.
    private func attach(to room: QwenRoom, isNew: Bool, given: String?, model: String?) async throws(QwenFailure) -> HTTPAnswer {
        let client = isBound ? room.attach(given) : nil
        if let model, !model.isEmpty {
            do throws(QwenFailure) {
                try await switchModel(of: room, to: model, by: client)
            } catch {
                log(.note("Session \(room.session) keeps its model: \(error.body["error"]?.stringValue ?? "")"))
            }
        }
        return .json(200, .object(body(of: room, isAttached: !isNew, client: client)))
    }

    func body(of room: QwenRoom, isAttached: Bool, client: String?) -> JSONObject {
        var body: JSONObject = [
            "sessionId": .string(room.session.rawValue), "workspaceCwd": .string(room.workspace), "attached": .bool(isAttached),
        ]
        if let client {
            body["clientId"] = .string(client)
            body["createdAt"] = .string(Self.date(room.createdAt))
        }
        return body
    }

    // MARK: What is asked for

    private static let maximumDirectory = 4_096

    /// The workspace of a request, links resolved. The rules are those of the first version without a bound workspace, and those of the
    /// second with one.
    func directory(_ request: QwenRequest) throws(QwenFailure) -> String {
        guard let workspace = setting.workspace else {
            guard let path = request.body["cwd"]?.stringValue, path.hasPrefix("/") else {
                throw QwenFailure(400, "`cwd` is required and must be an absolute path")
            }
            let directory = try resolved(path)
            // What is not there yet may become a directory; a file never does.
            if services.isNoDirectory(path) { throw QwenFailure(400, "`cwd` must be a directory") }
            return directory
        }
        guard let value = request.body["cwd"] else { return workspace }
        guard let path = value.stringValue else { throw QwenFailure(400, "`cwd` must be a string absolute path when provided") }
        guard path.hasPrefix("/") else { throw QwenFailure(400, "`cwd` must be an absolute path when provided") }
        let directory = try resolved(path)
        if directory != workspace { throw .otherWorkspace(workspace, directory) }
        return directory
    }

    /// A path that does not exist is used as it is.
    private func resolved(_ path: String) throws(QwenFailure) -> String {
        if path.utf8.count > Self.maximumDirectory { throw QwenFailure(400, "`cwd` exceeds the 4096-character limit") }
        if path.utf8.contains(0) { throw QwenFailure(400, "`cwd` is required and must be an absolute path") }
        if let directory = services.directory(path) { return directory }
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    private func isThread(_ request: QwenRequest) throws(QwenFailure) -> Bool {
        guard let scope = request.body["sessionScope"] else { return false }
        switch scope.stringValue {
        case "single": return false
        case "thread": return true
        default:
            throw QwenFailure(
                400, "`sessionScope` must be \"single\" or \"thread\" when provided", ["code": "invalid_session_scope"])
        }
    }

    // MARK: Lists

    private static let listedSessions = 100

    /// Those that live here, oldest first, and then those of the log, newest first: a client finds its sessions after a restart too.
    func list(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let path = request.parameters.first ?? ""
        guard path.hasPrefix("/") else { throw QwenFailure(400, "`:id` must decode to an absolute workspace path") }
        let directory = try resolved(path)
        if let workspace = setting.workspace, directory != workspace {
            throw QwenFailure(
                400, "Workspace mismatch: daemon is bound to \"\(workspace)\"",
                [
                    "code": "workspace_mismatch", "boundWorkspace": .string(workspace), "requestedWorkspace": .string(directory),
                ])
        }
        var sessions: [JSONValue] = []
        var shown: Set<SessionID> = []
        for room in registry.rooms(in: directory) {
            guard let state = try await live(room) else { continue }
            shown.insert(room.session)
            sessions.append(
                entry(state.header, state.title, room.workspace, clients: room.clientCount, isRunning: state.running != nil))
        }
        let page: SessionPage
        do throws(EventLogError) {
            page = try await services.search.list(SessionFilter(limit: Self.listedSessions, workingDirectory: directory))
        } catch {
            throw unexpected(error)
        }
        let opened = Set(await services.maintenance.opened())
        for session in page.sessions.map(\.summary) {
            let id = session.header.id
            if registry.isDead(id) || !shown.insert(id).inserted { continue }
            let isRunning = opened.contains(id) ? try await stored(id)?.running != nil : false
            sessions.append(entry(session.header, session.title, directory, clients: 0, isRunning: isRunning))
        }
        return .json(200, ["sessions": .array(sessions)])
    }

    /// `nil` when it is gone.
    private func live(_ room: QwenRoom) async throws(QwenFailure) -> SessionState? {
        guard let state = try await stored(room.session) else {
            registry.forget(room)
            return nil
        }
        return state
    }

    private func stored(_ session: SessionID) async throws(QwenFailure) -> SessionState? {
        do throws(SessionError) {
            let state = try await services.maintenance.peek(session)
            return state.archivedAt == nil ? state : nil
        } catch {
            if case .log(.notFound) = error { return nil }
            throw failure(error, of: session)
        }
    }

    private func entry(
        _ header: SessionHeader, _ title: String, _ workspace: String, clients: Int, isRunning: Bool
    ) -> JSONValue {
        var entry: JSONObject = ["sessionId": .string(header.id.rawValue), "workspaceCwd": .string(workspace)]
        if isBound {
            entry["createdAt"] = .string(Self.date(header.createdAt))
            if !title.isEmpty { entry["displayName"] = .string(title) }
            entry["clientCount"] = .integer(Int64(clients))
            entry["hasActivePrompt"] = .bool(isRunning)
        }
        return .object(entry)
    }

    static func date(_ time: Timestamp) -> String { DroidTimestamp(millisecondsSince1970: time).text }
}
