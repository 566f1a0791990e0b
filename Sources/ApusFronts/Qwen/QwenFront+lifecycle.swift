import ApusBase
import ApusCore

/// Bringing sessions back, describing and ending them (§2.10, §2.11, routes 12 to 17).
extension QwenFront {
    func restore(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let session = request.session
        let action = request.route.endpoint == .load ? "load" : "resume"
        // A session has its directory; what is said about it is only checked.
        if request.body["cwd"] != nil { _ = try directory(request) }
        let given = isBound ? try request.clientID() : nil
        if life.hasStopped { throw .shuttingDown }
        let room: QwenRoom
        let isNew: Bool
        switch registry.plan(action, session, atMost: setting.maximumSessions) {
        case .full(let limit): throw .tooManySessions(limit)
        case .conflict(let active):
            throw QwenFailure(
                409,
                "Session \"\(session)\" is already being restored via session/\(active); "
                    + "retry session/\(action) after it completes",
                [
                    "code": "restore_in_progress", "sessionId": .string(session.rawValue), "activeAction": .string(active),
                    "requestedAction": .string(action),
                ], retryAfter: 5)
        case .live(let known): (room, isNew) = (known, false)
        case .wait(let spawn):
            guard let outcome = await spawn.outcome() else { throw .shuttingDown }
            (room, isNew) = (try outcome.get(), false)
        case .restore(let spawn):
            do throws(QwenFailure) {
                (room, isNew) = (try await bringBack(session), true)
            } catch {
                registry.finish(spawn, .failure(error), restoring: session)
                throw error
            }
            registry.finish(spawn, .success(room), restoring: session)
        }
        let settings = try await known(session).state.settings
        let fresh = await agentState(settings)
        var body = body(of: room, isAttached: !isNew, client: isBound ? room.attach(given) : nil)
        body["state"] = room.restored { fresh }
        return .json(200, .object(body))
    }

    /// Its history is in the log already, and so nothing is added to it. A session that was deleted is one again.
    private func bringBack(_ session: SessionID) async throws(QwenFailure) -> QwenRoom {
        do throws(SessionError) {
            let state = try await services.maintenance.peek(session)
            if state.lastEvent == 0 || !serves(state) { throw .log(.notFound(session)) }
            if state.archivedAt != nil { _ = try await services.maintenance.archive(session, false) }
            let opened = try await services.sessions.open(session)
            await services.attendance.attach(nil, to: session)
            return registry.room(of: opened)
        } catch {
            throw failure(error, of: session)
        }
    }

    /// What the agent would answer to a load (§6.1).
    private func agentState(_ settings: SessionSettings) async -> JSONValue {
        let offered = await services.catalogue.offered().filter { $0.obstacle == nil }
        let current = settings.model ?? offered.first { $0.isDefault }?.model.id ?? offered.first?.model.id ?? "default"
        let models = offered.map { model -> JSONValue in
            ["modelId": .string(model.model.id), "name": .string(model.model.displayName)]
        }
        let modes = QwenMode.allCases.map { mode -> JSONValue in
            ["id": .string(mode.rawValue), "name": .string(mode.name), "description": .string(mode.summary)]
        }
        return [
            "models": ["currentModelId": .string(current), "availableModels": .array(models)],
            "modes": ["currentModeId": .string(QwenMode(settings).rawValue), "availableModes": .array(modes)],
        ]
    }

    /// Ends a session for all its clients. Its history is kept, and a load brings it back.
    func close(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let (_, room) = try await known(request.session)
        let client = try client(of: request, in: room)
        room.close(by: client)
        registry.forget(room)
        do throws(SessionError) {
            _ = try await services.maintenance.archive(room.session, true)
        } catch {
            throw failure(error, of: room.session)
        }
        // What is asked in it is cancelled, what runs is interrupted, and what waits never starts.
        await services.attendance.end(room.session)
        return HTTPAnswer(204)
    }

    private static let displayNameCharacters = 256

    func metadata(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        var name: String?
        if let value = request.body["displayName"] {
            func refusal(_ sentence: String) -> QwenFailure {
                QwenFailure(400, sentence, ["code": "invalid_metadata", "field": "displayName"])
            }
            guard let text = value.stringValue else { throw refusal("`displayName` must be a string") }
            if text.utf16.count > Self.displayNameCharacters {
                throw refusal("`displayName` exceeds the \(Self.displayNameCharacters)-character limit")
            }
            if text.unicodeScalars.contains(where: { $0.value <= 0x1F || $0.value == 0x7F }) {
                throw refusal("`displayName` must not contain control characters")
            }
            name = text
        }
        let room = try await known(request.session).room
        _ = try client(of: request, in: room)
        if let name {
            do throws(SessionError) {
                try await services.maintenance.rename(room.session, to: name)
            } catch {
                throw failure(error, of: room.session)
            }
        }
        let title = try await known(room.session).state.title
        var body: JSONObject = ["sessionId": .string(room.session.rawValue)]
        if !title.isEmpty { body["displayName"] = .string(title) }
        return .json(200, .object(body))
    }

    func heartbeat(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let room = try await known(request.session).room
        let client = try client(of: request, in: room)
        var body: JSONObject = ["sessionId": .string(room.session.rawValue)]
        if let client { body["clientId"] = .string(client) }
        body["lastSeenAt"] = .integer(services.time.now)
        return .json(200, .object(body))
    }

    func context(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let (state, room) = try await known(request.session)
        _ = try client(of: request, in: room)
        return .json(
            200,
            [
                "v": 1, "sessionId": .string(room.session.rawValue), "workspaceCwd": .string(room.workspace),
                "state": await agentState(state.settings),
            ])
    }

    func supportedCommands(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let (state, room) = try await known(request.session)
        _ = try client(of: request, in: room)
        let skills = await services.extensions.skills(for: state.directory).filter { $0.isEnabled && $0.isUserInvocable }
        return .json(
            200,
            [
                "v": 1, "sessionId": .string(room.session.rawValue),
                "availableCommands": .array(await commands(in: state.directory)),
                "availableSkills": .array(skills.map { .string($0.name) }),
            ])
    }

    func commands(in directory: String) async -> [JSONValue] {
        await services.extensions.commands(for: directory).map { QwenUpdate.command($0) }
    }

    // MARK: The stream

    /// The subscription begins here, not when the first byte is written: what happens in between is told.
    func events(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let limit = try request.maximumQueued()
        let (state, room) = try await known(request.session)
        _ = try client(of: request, in: room)
        if life.hasStopped { throw .shuttingDown }
        let fields = [
            (name: "content-type", value: "text/event-stream"), (name: "cache-control", value: "no-cache, no-transform"),
            (name: "x-accel-buffering", value: "no"),
        ]
        if request.head.method == "HEAD" { return HTTPAnswer(200, fields: fields) }
        guard let seat = room.stage.seat(atMost: setting.maximumSubscribers) else {
            throw QwenFailure(
                429, "EventBus subscriber limit reached (\(setting.maximumSubscribers))",
                ["code": "subscriber_limit_exceeded", "limit": .integer(Int64(setting.maximumSubscribers))], retryAfter: 5)
        }
        let commands = await commands(in: state.directory)
        let start = QwenStream.Start(
            head: state.lastEvent, live: QwenMapper(state, commands: commands), commands: commands, cursor: request.lastEventID,
            maximumQueued: limit, ringSize: setting.ringSize, heartbeat: setting.heartbeat)
        let stream = QwenStream(
            services: services, room: room, start: start, stopped: { await self.life.stopped() },
            revoked: access.revocation(of: request.client))
        return HTTPAnswer(
            200, fields: fields,
            .stream { sink in
                await self.life.counted { await stream.run(sink) }
                // Held so long, and given back also when the stream is never begun.
                withExtendedLifetime(seat) {}
            })
    }
}
