import ApusBase
import ApusCore
import DroidWire
import Synchronization

extension DroidConnection {
    func view(_ session: SessionID) -> DroidView? { state.withLock { $0.views[session] } }

    /// What a client gets to know when it begins to look at a session.
    struct Sight {
        /// At the place from which on events are told.
        var state: SessionState
        var settings: DroidSessionSettings
        /// To be called when the answer is on its way: then the open questions follow, and what happens.
        var begin: @Sendable () async -> Void
    }

    /// Begins to look at a session, in one subscription however often it is asked for.
    func look(at session: SessionID) async throws(DroidFailure) -> Sight {
        if view(session) != nil {
            let state = try await opened(session)
            await view(session)?.told(upTo: state.lastEvent)
            return Sight(state: state, settings: await settings(of: state)) {}
        }
        let opened: SessionState
        do throws(SessionError) { opened = try await front.attendance.enter(session) } catch { throw failure(error, of: session) }
        let counts = state.withLock { $0.wantsCursors }
        return try await look(at: session, from: Past(opened), counting: counts ? .on : .none)
    }

    /// Begins to tell from a time on, of a session that was entered.
    func look(at session: SessionID, from past: Past, counting: DroidCounting) async throws(DroidFailure) -> Sight {
        let present = past.present
        let follower: any EventFollower
        do throws(SessionError) {
            follower = try await services.sessions.follow(session, after: present.lastEvent)
        } catch {
            await front.attendance.leave(session)
            throw failure(error, of: session)
        }
        let view = DroidView(session, after: present.lastEvent)
        view.hold()
        state.withLock { $0.views[session] = view }
        let defaultModel = await defaultModel(for: present.settings)
        var mapper = DroidMapper(past.state, frames: frames, defaultModel: defaultModel, counting: counting)
        _ = mapper.steps(for: past.events)
        start { [mapper] in await self.follow(view, follower, mapper) }
        return Sight(state: present, settings: DroidSessionSettings(present.settings, model: defaultModel)) {
            for request in present.openApprovals where !counting.isSettled(request.id.rawValue, askedAt: present.lastEvent) {
                await self.ask(request, in: session)
            }
            for question in present.openQuestions where !counting.isSettled(question.id.rawValue, askedAt: present.lastEvent) {
                await self.ask(question, in: session)
            }
            view.release()
        }
    }

    /// Stops looking at a session. It goes on without this connection.
    func leave(_ session: SessionID) async {
        let view = state.withLock { state in
            if state.current == session { state.current = nil }
            return Self.remove(session, from: &state)
        }
        guard let view else { return }
        view.end()
        await front.attendance.leave(session)
    }

    private static func remove(_ session: SessionID, from state: inout State) -> DroidView? {
        state.asked = state.asked.filter { $0.value.session != session }
        return state.views.removeValue(forKey: session)
    }

    /// Waits until what has happened in a session by now is told.
    func catchUp(_ session: SessionID) async {
        guard let view = view(session) else { return }
        do throws(SessionError) {
            await view.told(upTo: try await services.sessions.open(session).lastEvent)
        } catch {
            // Then nothing more will be told.
        }
    }

    // MARK: Following

    private func follow(_ view: DroidView, _ follower: any EventFollower, _ mapper: DroidMapper) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await view.ended() }
            group.addTask { await self.tell(view, follower, mapper) }
            group.addTask {
                for await servers in self.services.servers.changes(of: view.session) {
                    guard await view.mayTell() else { return }
                    await self.notify(view.session, .mcpStatusChanged(McpStatusChanged(servers)))
                }
                await view.ended()
            }
            group.addTask { await self.tellSignIns(view) }
            await group.next()
            group.cancelAll()
        }
    }

    private func tell(_ view: DroidView, _ follower: any EventFollower, _ mapper: DroidMapper) async {
        var mapper = mapper
        while true {
            let events: [Event]
            do throws(EventLogError) {
                events = try await follower.next(limit: 256)
            } catch {
                front.log("Session \(view.session) could not be followed: \(error)")
                break
            }
            guard let last = events.last, await view.mayTell() else { break }
            await carryOut(mapper.steps(for: events), in: view.session)
            view.progress.change { $0.told = last.number }
        }
        if Task.isCancelled || view.progress.value.isOver { return }
        // The session was closed under our eyes: a later load finds it anew.
        await carryOut(mapper.abandoned(at: services.time.now, goesOnLater: front.isStopping), in: view.session)
        await leave(view.session)
    }

    func carryOut(_ steps: [DroidMapper.Step], in session: SessionID) async {
        var ready: [[UInt8]] = []
        for step in steps {
            switch step {
            case .tell(let frame): ready.append(frame)
            case .settled(let id): state.withLock { _ = $0.asked.removeValue(forKey: id) }
            case .ask(let request):
                if let frame = await question(about: request, in: session) { ready.append(frame) }
            case .question(let question):
                if let frame = await self.question(question, in: session) { ready.append(frame) }
            }
        }
        // A connection that is over ends by itself.
        try? await outbox.send(ready)
    }

    // MARK: What sessions are

    func opened(_ session: SessionID) async throws(DroidFailure) -> SessionState {
        do throws(SessionError) { return try await services.sessions.open(session) } catch { throw failure(error, of: session) }
    }

    /// The session that a request is about: the one it names, or in the exec family the current one.
    func session(_ name: String?) throws(DroidFailure) -> SessionID {
        if let name { return SessionID(name) }
        guard let current = state.withLock({ $0.current }) else {
            throw DroidFailure(.invalidRequest, "No active session. Call initialize_session or load_session first.")
        }
        return current
    }

    func settings(of state: SessionState) async -> DroidSessionSettings {
        DroidSessionSettings(state.settings, model: await defaultModel(for: state.settings))
    }

    /// The model of a session that names none: what a turn would be asked of now.
    func defaultModel(for settings: SessionSettings) async -> String {
        if let model = settings.model { return model }
        do throws(ModelLookupError) {
            return try await services.models.provider(for: nil).description.id
        } catch {
            // The turn will say so.
            return "auto"
        }
    }

    func failure(_ error: SessionError, of session: SessionID) -> DroidFailure {
        switch error {
        case .log(.notFound): .sessionNotFound(session.rawValue)
        case .log(.fenced): .sessionDisconnected(session.rawValue)
        case .log(.exists), .badIdentifier, .conflict:
            DroidFailure(.invalidParams, "\(error)", data: ["sessionId": .string(session.rawValue)])
        case .log(.inUse), .tooManyQueued: DroidFailure(.invalidRequest, "\(error)", data: ["sessionId": .string(session.rawValue)])
        case .closing: DroidFailure(.sessionDisconnected, "\(error)", data: ["sessionId": .string(session.rawValue)])
        case .log(.store): unexpected(error)
        }
    }

    /// The client gets a number and a sentence, the log everything.
    func unexpected(_ error: any Error) -> DroidFailure {
        let number = randomToken(length: 8)
        front.log("Droid request failed (\(number)): \(error)")
        return DroidFailure(.internalError, "Something failed in Apus (\(number)); its log says more", data: ["id": .string(number)])
    }
}

extension DroidConnection.Asked {
    var session: SessionID {
        switch self {
        case .permission(_, let session), .question(_, let session): session
        }
    }
}
