import ApusBase
package import ApusCore

/// A headless run: one session, one prompt, one answer, an exit code.
package struct ExecRun: Sendable {
    private var request: ExecRequest
    /// The prompt of the droid that this run is.
    private var systemPrompt: String?
    private let services: FrontServices
    private let streams: ExecStreams
    private let workplace: (any ExecWorkplace)?
    private let readPlaces = HookRemarks.Teller.Places()

    /// - Parameter workplace: left before the result is written.
    package init(_ request: ExecRequest, services: FrontServices, streams: ExecStreams, workplace: (any ExecWorkplace)? = nil) {
        var request = request
        let limit = services.exec.maximumAutonomy
        if request.autonomy > limit {
            let asked = request.autonomy == .unrestricted ? "--skip-permissions-unsafe" : "--auto \(request.autonomy.rawValue)"
            streams.diagnostics(
                "\(asked) was lowered to \(limit == .off ? "read-only" : limit.rawValue) by maxAutonomyLevel in the settings.")
            request.autonomy = limit
        }
        self.request = request
        self.services = services
        self.streams = streams
        self.workplace = workplace
    }

    /// Runs to the end and returns the exit code. `stop` yields the numbers of the signals that ask for the end; the failure result
    /// is written before this returns.
    package func run(stop: AsyncStream<Int32>) async -> Int32 {
        var run = self
        do throws(DroidFault) {
            try await run.becomeDroid()
        } catch {
            streams.diagnostics(([error.sentence] + error.lines).joined(separator: "\n"))
            return Self.report(error.sentence, request.format, streams, at: services.time.now)
        }
        return await run.execute(stop: stop)
    }

    private func execute(stop: AsyncStream<Int32>) async -> Int32 {
        var output = request.format.makeOutput(services.exec.streamTerminal)
        do throws(RunFailure) {
            // A model that does not exist ends the run before anything is made.
            if request.model != nil || request.session == .new { _ = try await provider(for: request.model) }
            if let model = request.spec.model { _ = try await provider(for: model) }
            let session = try await openSession()
            guard let prompt = request.prompt else { return try await finishFork(session, &output) }
            do throws(RunFailure) {
                return try await follow(session, prompt, stop, &output)
            } catch {
                let worktree = await leave(session)
                return fail(&output, error, in: session, worktree)
            }
        } catch {
            return fail(&output, error, in: nil, await leave(nil))
        }
    }

    /// With `--droid`: what the droid's file says, where the command line says nothing else.
    private mutating func becomeDroid() async throws(DroidFault) {
        guard let name = request.droid else { return }
        let list = await services.subagents.subagents(for: request.workingDirectory)
        guard let droid = list[name] else {
            throw DroidFault(
                sentence: "No droid named \"\(name)\". Known: \(list.profiles.map(\.name).joined(separator: ", ")).",
                lines: list.profiles.map(\.line))
        }
        systemPrompt = droid.prompt
        request.tools = droid.tools.narrowing(request.tools)
        guard request.model == nil, let model = droid.model else { return }
        do throws(ModelLookupError) {
            request.model = try await services.models.provider(for: model).description.id
            if request.effort == nil { request.effort = droid.effort }
        } catch {
            streams.diagnostics("The model \(model) of the droid \(name) is not available; going on with the usual one.")
        }
    }

    private func fail(
        _ output: inout any ExecOutput, _ failure: RunFailure, in session: SessionID?, _ worktree: ExecWorktree?
    ) -> Int32 {
        streams.diagnostics(failure.diagnostics)
        return finish(&output, .failure(failure.sentence, session: session, stopReason: failure.stopReason), worktree)
    }

    private var remarks: HookRemarks.Teller {
        HookRemarks.Teller(
            showsOutput: services.exec.showsHookOutput,
            events: { [maintenance = services.clients?.maintenance] session, place in
                // A log that cannot be read has nothing to tell.
                (try? await maintenance?.events(in: session, after: place, limit: 256)) ?? []
            },
            places: readPlaces, time: services.time, line: streams.diagnostics)
    }

    /// Closes the session and gives up the place that was made for the run.
    ///
    /// - Parameter follower: brings what hooks say of the end.
    private func leave(
        _ session: SessionID?, isHurried: Bool = false, hearing follower: (any EventFollower)? = nil
    ) async -> ExecWorktree? {
        var processes: [BackgroundProcess] = []
        if let session {
            // One that cannot be read is looked for among the processes of the machine.
            if workplace != nil { processes = (try? await services.sessions.open(session))?.processes ?? [] }
            await services.sessions.close(session)
            if let follower { await remarks.tellRest(of: follower) }
        }
        guard let workplace else { return nil }
        await services.endPrograms()
        let worktree = await workplace.leave(processes, isHurried: isHurried)
        if let remark = worktree.remark { streams.diagnostics(remark) }
        return worktree
    }

    /// For a run that could not begin: the failure in the run's own format. Returns the exit code.
    ///
    /// - Parameter signal: the one that ended it, if one did.
    package static func report(
        _ sentence: String, _ format: ExecRequest.Format, _ streams: ExecStreams, at time: Timestamp, signal: Int32? = nil
    ) -> Int32 {
        var output = format.makeOutput()
        // Nobody reads: the exit code says it.
        try? streams.output(output.end(.failure(sentence, stopReason: signal == nil ? "session_error" : "cancelled"), at: time))
        return signal.map { 128 + $0 } ?? 1
    }

    private func provider(for model: String?) async throws(RunFailure) -> any ModelProvider {
        do { return try await services.models.provider(for: model) } catch { throw .model(error) }
    }

    private func openSession() async throws(RunFailure) -> SessionID {
        do throws(SessionError) { return try await openOrCreate() } catch { throw .session(error) }
    }

    private func openOrCreate() async throws(SessionError) -> SessionID {
        switch request.session {
        case .new:
            var settings = SessionSettings(
                model: request.model, effort: request.effort, autonomy: request.autonomy, labels: request.labels,
                systemPromptAddition: request.systemPromptAddition, tools: request.tools,
                disablesBuiltinSkills: request.disablesBuiltinSkills)
            settings.systemPrompt = systemPrompt
            request.spec.apply(to: &settings, leavesPlanning: request.isAutonomyExplicit, services.exec.planner)
            return try await services.sessions.create(
                NewSession(workingDirectory: request.workingDirectory, settings: await paired(settings)))
        case .resume(let name):
            let id = try await find(name)
            let state = try await services.sessions.open(id)
            try await services.sessions.change(id, settings: await paired(settings(resuming: state)))
            return id
        case .fork(let name):
            let source = try await find(name)
            let id = try await services.sessions.fork(source)
            let state = try await services.sessions.open(id)
            try await services.sessions.change(id, settings: await paired(settings(resuming: state)))
            return id
        }
    }

    /// Model, effort and labels go on unless they were named again; autonomy and tools are always what this run was given.
    private func settings(resuming state: SessionState) -> SessionSettings {
        var settings = state.settings
        settings.autonomy = request.autonomy
        settings.tools = request.tools
        settings.disablesBuiltinSkills = request.disablesBuiltinSkills
        if let systemPrompt { settings.systemPrompt = systemPrompt }
        if let model = request.model { settings.model = model }
        if let effort = request.effort { settings.effort = effort }
        request.spec.apply(to: &settings, leavesPlanning: request.isAutonomyExplicit, services.exec.planner)
        for label in request.labels where !settings.labels.contains(label) { settings.labels.append(label) }
        if let addition = request.systemPromptAddition { settings.systemPromptAddition = addition }
        let stored = settings.workingDirectory ?? state.header.workingDirectory
        if request.isWorkingDirectoryExplicit {
            settings.workingDirectory = request.workingDirectory
        } else if !request.isDirectory(stored) {
            streams.diagnostics("The session's directory \(stored) is gone; going on in \(request.workingDirectory).")
            settings.workingDirectory = request.workingDirectory
        } else if stored != request.workingDirectory {
            streams.diagnostics("The session works in \(stored); use --cwd to move it.")
        }
        return settings
    }

    /// Without a model for planning that does not go together with the other one. One that is not known is told when it is needed.
    private func paired(_ settings: SessionSettings) async -> SessionSettings {
        guard settings.isPlanning, let name = settings.specModel, let planner = try? await services.models.provider(for: name).description,
            let doer = try? await services.models.provider(for: settings.model).description,
            let objection = ExecSpec.objection(to: planner, settings.specEffort, beside: doer, settings.effort)
        else { return settings }
        streams.diagnostics(objection)
        var settings = settings
        (settings.specModel, settings.specEffort) = (nil, nil)
        return settings
    }

    /// A whole id, or a beginning of at least eight characters that only one session has.
    private func find(_ name: String) async throws(SessionError) -> SessionID {
        let candidates: [SessionSummary]
        do { candidates = try await services.index.sessions(withPrefix: name, limit: 2) } catch { throw .log(error) }
        if let exact = candidates.first(where: { $0.header.id.rawValue == name }) { return exact.header.id }
        // With many candidates the whole id may be one that was not among the newest; the service knows.
        guard name.count >= 8, candidates.count == 1, let only = candidates.first else { return SessionID(name) }
        return only.header.id
    }

    private func finishFork(_ session: SessionID, _ output: inout any ExecOutput) async throws(RunFailure) -> Int32 {
        let state: SessionState
        do throws(SessionError) { state = try await services.sessions.open(session) } catch { throw .session(error) }
        await services.sessions.close(session)
        let model = try await provider(for: state.settings.model).description
        let preamble = await preamble(state, model)
        let worktree = await leave(nil)
        guard write(output.begin(preamble)) else { return 1 }
        var result = ExecResult.failure("", session: session, stopReason: "completed")
        result.model = model.id
        result.isError = false
        result.exitCode = 0
        // In text the new id is the answer; a result object carries it anyway.
        if request.format == .text { result.text = session.rawValue }
        return finish(&output, result, worktree)
    }

    private func follow(
        _ session: SessionID, _ prompt: String, _ stop: AsyncStream<Int32>, _ output: inout any ExecOutput
    ) async throws(RunFailure) -> Int32 {
        let state: SessionState
        let follower: any EventFollower
        do throws(SessionError) {
            state = try await services.sessions.open(session)
            follower = try await services.sessions.follow(session, after: state.lastEvent)
        } catch {
            throw .session(error)
        }
        let description = try await provider(for: state.settings.modelOfTurn).description
        if let effort = state.settings.effortOfTurn, let warning = EffortClamp.clamped(effort, for: description).warning {
            streams.diagnostics(warning)
        }
        guard write(output.begin(await preamble(state, description))) else {
            // Nobody reads: nothing was asked for yet, so nothing has to be interrupted.
            _ = await leave(session)
            return 1
        }
        let signal = SignalBox()
        let watcher = Watcher(
            sessions: services.sessions, children: services.children, session: session, stop: stop, signal: signal)
        let origin = TurnOrigin(
            front: .exec, writer: "exec", approvals: request.onDenied == .stop ? .stop : .refuse, approvesPlans: request.autonomy > .off)
        let turn = TurnInput(prompt: prompt, origin: origin, limits: request.limits, outputSchema: request.outputSchema)
        let before = await services.children.runs(of: session)
        do { _ = try await services.sessions.submit(turn, to: session) } catch { throw .session(error) }
        var usage = PhaseUsage(state.settings)
        let end = await withTaskGroup(of: Void.self) { group -> (TurnEnd?, String) in
            group.addTask { await watcher.run() }
            defer { group.cancelAll() }
            let start = services.time.now
            let end = await drain(follower, until: turn.turn, &output, &usage, session)
            await settleChildren(of: session, end.0, spent: services.time.now - start)
            return end
        }
        var result = result(session, description, end.0, lastText: end.1, signal: signal.value)
        // Another model may have carried out the plan. One that could not be found has ended the turn.
        if usage.hasChanged, let doer = try? await services.models.provider(for: state.settings.model).description {
            result.model = doer.id
            if doer != description, result.cost != nil || description.price == nil { result.cost = usage.cost(description, doer) }
        }
        await SubagentUsage(heard: usage.children, known: await services.children.runs(of: session), before: before)
            .add(to: &result, services.models)
        let worktree = await leave(session, isHurried: signal.value != nil, hearing: follower)
        return finish(&output, result, worktree)
    }

    /// Subagents in the background are waited for as long as the run may take; those of a run that failed are ended.
    private func settleChildren(of session: SessionID, _ end: TurnEnd?, spent: Timestamp) async {
        guard end?.reason == .completed else { return await services.children.stopAll(in: session) }
        let running = await services.children.runs(of: session).filter { $0.end == nil }
        if running.isEmpty { return }
        streams.diagnostics("Waiting for \(running.count) \(running.count == 1 ? "subagent" : "subagents") in the background.")
        let limit = request.limits.milliseconds.map { Duration.milliseconds(max(0, $0 - Int(spent))) }
        await services.children.settle(session, within: limit)
        let ended = await services.children.runs(of: session)
        for run in running {
            let reason = ended.first { $0.session == run.session }?.end?.reason ?? .ownerDied
            streams.diagnostics("The subagent \(run.session) (\(run.kind)) ended: \(reason.wireName).")
        }
    }

    private func preamble(_ state: SessionState, _ model: ModelDescription) async -> ExecPreamble {
        let handsIn = state.settings.isPlanning && (request.autonomy > .off || request.outputSchema == nil)
        let scope = ToolScope(
            session: state.header.id, dialect: model.dialect, selection: state.settings.tools, isPlanning: handsIn, skills: state.skillScope
        )
        return ExecPreamble(
            session: state.header.id, workingDirectory: state.settings.workingDirectory ?? state.header.workingDirectory,
            tools: await services.tools.tools(for: scope).map(\.definition).filter { state.settings.offers($0) }.map(\.name),
            model: model.id,
            effort: state.settings.effortOfTurn?.rawValue ?? "none")
    }

    /// Writes what comes until the turn has ended. When nobody reads, the turn is interrupted and the rest is dropped.
    private func drain(
        _ follower: any EventFollower, until turn: TurnID, _ output: inout any ExecOutput, _ usage: inout PhaseUsage,
        _ session: SessionID
    ) async -> (TurnEnd?, String) {
        var isOpen = true
        var lastText = ""
        var message: MessageID?
        while true {
            let events: [Event]
            do { events = try await follower.next(limit: 256) } catch {
                streams.diagnostics(error.description)
                return (nil, lastText)
            }
            if events.isEmpty { return (nil, lastText) }
            for event in events {
                streams.observe(event)
                await remarks.tell(event)
                usage.receive(event)
                if case .retrying(let note) = event.kind { streams.diagnostics(Self.sentence(for: note)) }
                if case .itemFinished(let item) = event.kind, case .text(let text) = item.content {
                    lastText = item.message == message ? lastText + text : text
                    message = item.message
                }
                let wasOpen = isOpen
                if isOpen { isOpen = write(output.receive(event)) }
                if wasOpen && !isOpen { await services.sessions.interrupt(session) }
                if case .turnFinished(let end) = event.kind, end.turn == turn { return (end, lastText) }
            }
        }
    }

    private func result(
        _ session: SessionID, _ model: ModelDescription, _ end: TurnEnd?, lastText: String, signal: Int32?
    ) -> ExecResult {
        guard let end else {
            return .failure(
                "The session's log could not be followed to the end of the run.", session: session, stopReason: "internal_error")
        }
        let isError = end.reason != .completed
        for denial in end.denials { streams.diagnostics(Self.sentence(for: denial, at: request.autonomy)) }
        return ExecResult(
            session: session, model: model.id, isError: isError, text: isError ? end.detail : Self.answer(lastText, end.structuredOutput),
            stopReason: end.reason.wireName, durationMilliseconds: end.durationMilliseconds, turns: end.settledResponses,
            usage: end.usage, firstDeltaMilliseconds: end.firstDeltaMilliseconds, denials: end.denials,
            exitCode: isError ? (end.reason == .interrupted ? signal.map { 128 + $0 } ?? 1 : 1) : 0,
            structuredOutput: end.structuredOutput,
            // No tokens at all means that the provider did not say.
            cost: end.usage == .zero ? nil : model.price?.cost(of: end.usage))
    }

    /// With an output schema the answer is the JSON value alone, also where the model put a fence around it.
    private static func answer(_ text: String, _ value: JSONValue?) -> String {
        // Not JSON is what this asks.
        guard let value, (try? JSONValue(parsing: text)) == nil else { return text }
        return value.serialized()
    }

    private static func sentence(for note: RetryNote) -> String {
        "Attempt \(note.attempt) failed: \(note.detail) Trying again in \((note.delayMilliseconds + 999) / 1_000) s."
    }

    private static func sentence(for denial: AccessDenial, at level: AutonomyLevel) -> String {
        let subject = denial.input["command"]?.stringValue ?? denial.input["file_path"]?.stringValue ?? denial.input.serialized()
        let shown = escapedForDisplay(String(subject.prefix(200)), keepingNewlines: false)
        if denial.reason.hasPrefix(AccessDenial.whilePlanning) { return "blocked: \(denial.tool) \"\(shown)\" — \(denial.reason)" }
        let list = denial.input["command"] == nil ? "" : "add it to commandAllowlist or "
        if denial.isHooks {
            return "blocked: \(denial.tool) \"\(shown)\" — a hook wants a person to be asked (\(denial.reason)), and here nobody can be"
        }
        let way = denial.required.map { "\(list)use --auto \($0.rawValue)" } ?? "no level allows it without being asked"
        return "blocked: \(denial.tool) \"\(shown)\" — risk \(denial.risk) (\(denial.reason)), session allows \(level.rawValue); \(way)"
    }

    private func finish(_ output: inout any ExecOutput, _ result: ExecResult, _ worktree: ExecWorktree?) -> Int32 {
        var result = result
        result.worktree = worktree
        return write(output.end(result, at: services.time.now)) ? result.exitCode : 1
    }

    /// False when nobody reads any more.
    private func write(_ bytes: [UInt8]) -> Bool {
        if bytes.isEmpty { return true }
        do {
            try streams.output(bytes)
            return true
        } catch {
            return false
        }
    }
}

/// A droid that there is not.
private struct DroidFault: Error {
    var sentence: String
    /// What is said of those that there are.
    var lines: [String]
}

/// Why a run could not begin.
private enum RunFailure: Error {
    case model(ModelLookupError)
    case session(SessionError)

    /// For stderr: everything.
    var diagnostics: String {
        switch self {
        case .model(let error): error.description
        case .session(let error): error.description
        }
    }

    /// For the result: one line.
    var sentence: String { diagnostics.firstLine }

    var stopReason: String {
        switch self {
        case .model: "provider_error"
        case .session: "session_error"
        }
    }
}

/// Ends the turn when a signal asks for it.
private struct Watcher: Sendable {
    let sessions: any SessionService
    let children: any ChildSessions
    let session: SessionID
    let stop: AsyncStream<Int32>
    let signal: SignalBox

    func run() async {
        for await number in stop {
            signal.note(number)
            await sessions.interrupt(session)
            // Those in the background, which an interrupt alone leaves.
            await children.stopAll(in: session)
        }
    }
}

extension TurnEndReason {
    /// `stop_reason` of `droid-exec.md` §2.2.
    fileprivate var wireName: String {
        switch self {
        case .completed: "completed"
        case .handedOver: "spec_handoff"
        case .interrupted: "cancelled"
        case .permissionDenied: "permission_denied"
        case .permissionRejected: "permission_rejected"
        case .responseLimit: "max_turns"
        case .timeLimit: "timeout"
        case .providerError: "provider_error"
        case .noProgress: "loop_detected"
        case .outputInvalid: "structured_output_invalid"
        case .promptRefused, .hookStopped: "hook_stopped"
        case .ownerDied: "owner_died"
        case .internalError: "internal_error"
        }
    }
}
