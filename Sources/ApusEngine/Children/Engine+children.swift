import ApusBase
package import ApusCore

/// Subagents: sessions that work for a call of another one (`droid-exec.md` §5.9).
extension Engine: ChildSessions {
    package func begin(_ request: ChildRequest, in parent: SessionID, for call: CallID) async throws(ChildError) -> ChildRun {
        let limit = services.subagentSetting.parallelLimit
        guard children.reserve(parent, limit: limit) else { throw .tooMany(limit: limit) }
        // Until the end of the run: its end is a fact of the parent's log.
        borrow(parent)
        do throws(ChildError) {
            return try await start(request, in: parent, for: call)
        } catch {
            children.release(parent)
            await giveBack(parent)
            throw error
        }
    }

    private func start(_ request: ChildRequest, in parent: SessionID, for call: CallID) async throws(ChildError) -> ChildRun {
        let parentActor: SessionActor
        do throws(SessionError) { parentActor = try owned(parent) } catch { throw .session(error) }
        let state = parentActor.log.folded
        if state.header.caller != nil { throw .nested }
        let made = try await child(for: request, of: state, call)
        do throws(ChildError) {
            let run = ChildRun(
                session: made.session, turn: .unique(), call: call, kind: made.kind, summary: SessionTitle.cleaned(request.summary),
                isBackground: request.isBackground, startedAt: services.time.now)
            try await submit(request, run, made, parentActor, parent)
            return run
        } catch {
            await giveBack(made.session)
            throw error
        }
    }

    /// A child that is owned and borrowed, and what its turn runs with.
    private struct Made {
        var session: SessionID
        var actor: SessionActor
        var kind: String
        var origin: TurnOrigin
    }

    private func child(for request: ChildRequest, of state: SessionState, _ call: CallID) async throws(ChildError) -> Made {
        if let name = request.resume { return try await resumed(name, state) }
        let list = await services.subagents.subagents(for: state.directory)
        guard let profile = list[request.kind] else { throw .unknownKind(request.kind, known: list.profiles) }
        if state.settingsOfTurn.isPlanning, profile.name != SubagentProfile.explorer { throw .planning(profile.name) }
        let (model, effort) = await model(for: profile, request, state)
        let plan = ChildPlan(
            profile, parent: state, model: model, effort: effort, setting: services.subagentSetting, limit: services.maximumAutonomy)
        let session = SessionID.unique()
        do throws(SessionError) {
            try await createBorrowed(
                NewSession(
                    id: session, workingDirectory: state.directory, settings: plan.settings,
                    caller: SessionCaller(session: state.header.id, call: call, kind: profile.name),
                    beginning: [.titleChanged(SessionTitle.cleaned(request.summary.isEmpty ? profile.name : request.summary))]))
            return Made(session: session, actor: try owned(session), kind: profile.name, origin: plan.origin)
        } catch {
            throw .session(error)
        }
    }

    private func resumed(_ name: String, _ state: SessionState) async throws(ChildError) -> Made {
        let candidates = state.children.filter { $0.session.rawValue.hasPrefix(name) }
        let exact = candidates.first { $0.session.rawValue == name }
        guard let run = exact ?? candidates.first, !name.isEmpty else { throw .unknownRun(name) }
        if exact == nil, candidates.count > 1 { throw .ambiguousRun(name) }
        if state.settingsOfTurn.isPlanning, run.kind != SubagentProfile.explorer { throw .planning(run.kind) }
        if children.live[run.session] != nil { throw .running(run.session) }
        borrow(run.session)
        do throws(SessionError) {
            let actor = try await borrowed(run.session)
            let child = actor.log.folded
            guard child.header.caller?.session == state.header.id else { throw .log(.notFound(run.session)) }
            let plan = ChildPlan(
                resuming: child, parent: state, setting: services.subagentSetting, limit: services.maximumAutonomy)
            try await actor.change(plan.settings)
            return Made(session: run.session, actor: actor, kind: run.kind, origin: plan.origin)
        } catch {
            await giveBack(run.session)
            throw .session(error)
        }
    }

    /// That of the droid, then that of the tier, then the parent's; one that there is not here gives way to the next.
    private func model(
        for profile: SubagentProfile, _ request: ChildRequest, _ state: SessionState
    ) async -> (id: String?, effort: ReasoningEffort?) {
        let tier = (request.complexity ?? profile.complexity).flatMap { services.subagentSetting.tiers[$0] }
        for (model, effort) in [(profile.model, profile.effort), (tier?.model, tier?.effort)] {
            guard let model else { continue }
            do throws(ModelLookupError) {
                return (try await services.models.provider(for: model).description.id, effort)
            } catch {
                continue
            }
        }
        return (state.running?.model ?? state.settingsOfTurn.modelOfTurn, tier?.effort ?? state.settingsOfTurn.effortOfTurn)
    }

    /// The parent's log knows of the run before it begins, so that none is lost whatever dies.
    private func submit(
        _ request: ChildRequest, _ run: ChildRun, _ made: Made, _ parentActor: SessionActor, _ parent: SessionID
    ) async throws(ChildError) {
        if children.live[run.session] != nil { throw .running(run.session) }
        let live = ChildTable.Live(run: run, parent: parent, parentActor: parentActor, childActor: made.actor)
        children.began(live)
        let follower = EventReader(
            session: run.session, after: made.actor.log.folded.lastEvent, store: services.log, live: made.actor.log)
        var input = TurnInput(turn: run.turn, prompt: request.prompt, origin: made.origin)
        let keeping = MediaKeeping(services)
        do throws(SessionError) {
            do throws(EventLogError) { input.media = try await keeping.keep(request.media) } catch { throw .log(error) }
            do throws(SessionError) {
                try await parentActor.record([.noticed(.childChanged(run))])
                _ = try await made.actor.submit(input)
            } catch {
                await keeping.release(input.media)
                throw error
            }
            guard launch({ await self.supervise(live, follower) }) else { throw .closing }
        } catch {
            children.withdraw(live)
            let report = ChildReport(run: run, text: "", trouble: error.description)
            live.done.give(await note(report, reason: .internalError, usage: .zero, in: live))
            throw .session(error)
        }
    }

    // MARK: To the end

    /// Follows a run to its end. Every run that began comes through here once.
    private func supervise(_ live: ChildTable.Live, _ follower: any EventFollower) async {
        let turn = live.run.turn
        let watch = ChildWatch(turn: turn, follower: follower, time: services.time, limit: services.subagentSetting.inactivityLimit) {
            await self.cancel(live)
        }
        let wasSilent = await watch.run()
        await live.childActor.rest()
        let report = await childEnded(live, wasSilent: wasSilent)
        children.ended(live)
        await giveBack(live.run.session)
        await giveBack(live.parent)
        live.done.give(report)
    }

    /// The place where a subagent's turn is over: its own log has the end, the parent's gets it here, and the parent's model reads it next.
    private func childEnded(_ live: ChildTable.Live, wasSilent: Bool) async -> ChildReport {
        let state = live.childActor.log.folded
        let end = state.lastTurn.flatMap { $0.turn == live.run.turn ? $0 : nil }
        var trouble = end?.detail ?? "Its log could not be followed to the end."
        if wasSilent { trouble = "It was ended: nothing was heard of it for \(services.subagentSetting.inactivityLimit)." }
        if end?.reason == .completed { trouble = "" }
        let report = ChildReport(run: live.run, text: state.answer(in: live.run.turn), trouble: trouble)
        return await note(
            report, reason: end?.reason ?? .internalError, usage: end?.usage ?? .zero, model: state.settingsOfTurn.modelOfTurn, in: live)
    }

    /// Stores the end in the parent's log and returns the report with it.
    private func note(
        _ report: ChildReport, reason: TurnEndReason, usage: Usage, model: String? = nil, in live: ChildTable.Live
    ) async -> ChildReport {
        var report = report
        report.run.end = ChildRun.End(
            reason: reason, at: services.time.now, usage: usage,
            preview: String(SessionTitle.line(report.text).prefix(ChildRun.previewCharacters)), model: model)
        do throws(SessionError) {
            try await (sessions[live.parent] ?? live.parentActor).record([.noticed(.childChanged(report.run))])
        } catch {
            // A parent whose log is gone hears of it when it is opened again.
        }
        return report
    }

    private func cancel(_ live: ChildTable.Live) async {
        do throws(SessionError) {
            _ = try await live.childActor.cancel(turn: live.run.turn, writer: nil)
        } catch {
            // The notice could not be stored; the turn ends all the same.
        }
    }

    // MARK: Looking and waiting

    package func conclusion(of run: ChildRun, in parent: SessionID) async -> ChildReport {
        guard let live = children.live(run) else { return await past(run, in: parent) }
        if let report = await live.done.wait() { return report }
        await cancel(live)
        return await live.done.given()
    }

    package func runs(of parent: SessionID) async -> [ChildRun] {
        do throws(SessionError) { return try await peek(parent).children } catch { return [] }
    }

    package func report(on run: ChildRun, in parent: SessionID, patience: Duration) async -> ChildReport {
        guard let live = children.live(run) else { return await past(run, in: parent) }
        let time = services.time
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await live.done.wait() }
            // Cancelled when the run has ended.
            group.addTask { try? await time.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
        return live.done.value ?? ChildReport(run: run, text: live.childActor.log.folded.answer(in: run.turn))
    }

    package func stop(_ run: ChildRun, in parent: SessionID) async {
        guard let live = children.live(run), live.parent == parent else { return }
        await cancel(live)
        _ = await live.done.given()
    }

    package func stopAll(in parent: SessionID) async {
        let all = children.live(of: parent)
        await withDiscardingTaskGroup { group in
            for live in all { group.addTask { await self.stop(live.run, in: parent) } }
        }
    }

    package func settle(_ parent: SessionID, within limit: Duration?) async {
        let all = children.live(of: parent)
        if all.isEmpty { return }
        let time = services.time
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for live in all { _ = await live.done.wait() }
            }
            if let limit {
                // Cancelled when all have ended.
                group.addTask { try? await time.sleep(for: limit) }
            }
            await group.next()
            group.cancelAll()
        }
        await stopAll(in: parent)
    }

    /// What is known of a run that does not go on here.
    private func past(_ run: ChildRun, in parent: SessionID) async -> ChildReport {
        let known = await runs(of: parent).first { $0.session == run.session && $0.turn == run.turn } ?? run
        do throws(SessionError) {
            let state = try await peek(run.session)
            let end = state.lastTurn.flatMap { $0.turn == run.turn && $0.reason != .completed ? $0 : nil }
            let trouble = end?.detail ?? (known.end?.reason == .ownerDied ? Recovery.lostChild : "")
            return ChildReport(run: known, text: state.answer(in: run.turn), trouble: trouble)
        } catch {
            return ChildReport(run: known, text: "", trouble: error.description)
        }
    }
}

extension SessionState {
    /// The text of the newest response of a turn that has some.
    func answer(in turn: TurnID) -> String {
        for entry in transcript.reversed() {
            guard case .response(let response) = entry, response.turn == turn else { continue }
            if !response.text.isEmpty { return response.text }
        }
        return ""
    }
}
