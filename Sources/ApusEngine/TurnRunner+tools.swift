import ApusBase
import ApusCore
import Crypto

extension TurnRunner {
    /// How many read-only calls of one response run side by side.
    private static let parallelCalls = 8
    /// Longer than any time limit a tool may be given.
    private static let toolDeadline = Duration.seconds(3_700)

    /// Decides all calls of a response before any of them runs, then runs what may run.
    func settle(
        _ calls: [ToolCall], of model: ModelDescription, _ progress: inout Progress
    ) async throws(EventLogError) -> TurnStateMachine.Step {
        let state = log.folded.asJudged
        let open = withoutOutcome(calls)
        let tools = Dictionary(
            await services.tools.tools(for: scope(state, model)).map { ($0.definition.name, $0) }, uniquingKeysWith: { first, _ in first })
        var verdicts = open.map { ($0, gate.judge($0, tools[$0.name], state)) }
        switch try await hear(hooksBefore: &verdicts, tools, state) {
        case .goOn: break
        case .interrupted:
            try await skip(open)
            return .end(.interrupted, "")
        case .stop(let reason):
            try await skip(open, because: "a hook ended the turn")
            return .end(.hookStopped, HookVerdict.stopSentence(reason))
        }
        switch approvalRule(state) {
        case _ where state.settingsOfTurn.isPlanning:
            if let end = try await decideWhilePlanning(&verdicts, state, &progress) { return end }
        case .stop:
            let denials = Self.denials(verdicts)
            progress.denials += denials
            if !denials.isEmpty { return try await stopForPermission(verdicts, denials) }
        case .refuse: progress.denials += Self.denials(verdicts)
        case .ask(let terms):
            if let end = try await ask(about: &verdicts, terms, &progress) { return end }
        }
        try await runAll(verdicts)
        if isSuspended {
            if Recovery.canGoOn(log.folded) { return .suspend }
            // An answer came at the last moment, so that there is nothing left to wait for.
            try await skip(withoutOutcome(calls))
        }
        if Task.isCancelled { return .end(.interrupted, "") }
        if let hookEnd { return hookEnd }
        try await tellOfFolders(touchedBy: verdicts)
        let next = progress.machine.toolsFinished(signature: signature(of: calls))
        return try await endOfPlanning(calls, progress) ?? next
    }

    /// A process before this one may have begun to run them.
    func withoutOutcome(_ calls: [ToolCall]) -> [ToolCall] {
        let response = log.folded.lastResponse
        return calls.filter { response?.outcome(of: $0.id) == nil }
    }

    var gate: AccessGate { AccessGate(session: session, services: services, writer: writer, children: children) }

    private static func denials(_ verdicts: [(ToolCall, AccessGate.Verdict)]) -> [AccessDenial] {
        verdicts.compactMap { if case .ask(let question) = $0.1 { question.denial } else { nil } }
    }

    /// The tools of this turn: the same when they are offered and when they are called.
    func scope(_ state: SessionState, _ model: ModelDescription) -> ToolScope {
        ToolScope(
            session: session, dialect: model.dialect, selection: state.settings.tools, canAskUser: canAskUser(state),
            isPlanning: handsInPlans(state), skills: state.skillScope, deferralTokens: ContextMeter.deferralTokens(of: model),
            loadedTools: Set(state.loadedTools), caller: state.header.caller?.session)
    }

    private func stopForPermission(
        _ verdicts: [(ToolCall, AccessGate.Verdict)], _ denials: [AccessDenial]
    ) async throws(EventLogError) -> TurnStateMachine.Step {
        await tellHooks(ofQuestionsAbout: denials.map(\.tool))
        let sentence = StopSentence.text(for: denials)
        var facts = verdicts.map { call, verdict -> EventKind in
            switch verdict {
            case .ask: .toolFinished(ToolOutcome(call: call.id, status: .refused, text: "Error: \(sentence)"))
            case .fail(let outcome): .toolFinished(outcome)
            case .run: .toolFinished(Self.notPermittedWith(call.id))
            }
        }
        let message = MessageID.unique()
        facts += [
            .responseStarted(message, input.turn),
            .itemFinished(Item(id: .unique(), message: message, content: .text(sentence))),
            .responseFinished(ResponseEnd(message: message, stop: .other, usage: .zero)),
        ]
        _ = try await writer.commit(facts)
        return .end(.permissionDenied, sentence)
    }

    /// For the siblings of a call that was not permitted.
    static func notPermittedWith(_ call: CallID) -> ToolOutcome {
        ToolOutcome(call: call, status: .notRun, text: "Error: not run because another call in this step was not permitted")
    }

    /// In the model's order, neighbours that only read side by side.
    private func runAll(_ verdicts: [(ToolCall, AccessGate.Verdict)]) async throws(EventLogError) {
        var batch: [AccessGate.Permitted] = []
        for (call, verdict) in verdicts {
            if isSuspended { return }
            switch verdict {
            case .run(let permitted):
                if !permitted.isReadOnly || batch.count == Self.parallelCalls { try await run(&batch) }
                batch.append(permitted)
                if !permitted.isReadOnly { try await run(&batch) }
            case .fail(let outcome): _ = try await writer.commit([.toolFinished(outcome)])
            case .ask(let question):
                let text =
                    log.folded.settingsOfTurn.isPlanning
                    ? PlanningMode.refusal(question.reason)
                    : "Error: not permitted: \(question.reason). Needed: \(question.required?.rawValue ?? "an approval")"
                _ = try await writer.commit([.toolFinished(ToolOutcome(call: call.id, status: .refused, text: text))])
            }
        }
        try await run(&batch)
    }

    /// Writes the promises, runs, writes the outcomes as they come, and empties the batch.
    private func run(_ batch: inout [AccessGate.Permitted]) async throws(EventLogError) {
        let calls = try await unobjectionable(batch)
        batch = []
        guard !calls.isEmpty, !isSuspended else { return }
        if Task.isCancelled { return try await skip(calls.map(\.call)) }
        if hookStop.value != nil { return try await skip(calls.map(\.call), because: "a hook ended the turn") }
        // A call that had begun when its process died has its promise already.
        let promised = Set(log.folded.openIntents.map(\.call))
        var intents: [EventKind] = []
        for permitted in calls where !promised.contains(permitted.call.id) { intents.append(.toolIntended(await intent(for: permitted))) }
        let saved = await snapshots(before: calls)
        do throws(EventLogError) {
            if !intents.isEmpty { _ = try await writer.commit((saved.isEmpty ? [] : [.filesSaved(saved)]) + intents) }
        } catch {
            await release(saved)
            throw error
        }
        var ran: [(ToolCall, ToolOutcome)] = []
        let failure = await withTaskGroup(of: (AccessGate.Permitted, ToolResult).self) { group -> EventLogError? in
            for permitted in calls {
                group.addTask { (permitted, await runWithDeadline(permitted)) }
            }
            var failure: EventLogError?
            for await (permitted, result) in group {
                if isSuspended, log.folded.question(of: permitted.call.id, in: input.turn) != nil { continue }
                let facts = await outcomeFacts(permitted, result)
                do throws(EventLogError) {
                    _ = try await writer.commit(facts)
                    if case .toolFinished(let outcome)? = facts.first { ran.append((permitted.call, outcome)) }
                } catch {
                    failure = error
                }
            }
            return failure
        }
        if let failure { throw failure }
        try await hear(hooksAfter: ran)
    }

    /// Those of `calls` that would still do what was permitted; the others get their outcome here.
    private func unobjectionable(_ calls: [AccessGate.Permitted]) async throws(EventLogError) -> [AccessGate.Permitted] {
        var good: [AccessGate.Permitted] = []
        for permitted in calls {
            if let outcome = gate.objection(to: permitted, log.folded) {
                _ = try await writer.commit([.toolFinished(outcome)])
            } else {
                good.append(permitted)
            }
        }
        return good
    }

    /// Every call gets its result, a call that an interrupt overtook too.
    func skip(_ calls: [ToolCall], because reason: String = "the turn was interrupted") async throws(EventLogError) {
        let state = log.folded
        _ = try await writer.commit(
            calls.map { call in
                // One that a process before this one had begun may have been done.
                if let intent = state.openIntents.first(where: { $0.call == call.id }) {
                    return .toolFinished(Recovery.outcome(of: intent, in: state))
                }
                return .toolFinished(ToolOutcome(call: call.id, status: .notRun, text: "Error: not run because \(reason)"))
            })
    }

    private func intent(for permitted: AccessGate.Permitted) async -> ToolIntent {
        var intent = ToolIntent(
            call: permitted.call.id, tool: permitted.call.name,
            argumentsHash: ActionHash.hex(SHA256.hash(data: permitted.call.input.serializedBytes())),
            effect: permitted.tool.effect(of: permitted.call.input),
            key: "\(input.turn)/\(permitted.call.id)")
        if intent.effect == .verifiable {
            let context = gate.context(for: permitted.call, log.folded, at: permitted.level)
            intent.changes = await permitted.tool.changes(by: permitted.call.input, in: context)
        }
        return intent
    }

    private func outcomeFacts(_ permitted: AccessGate.Permitted, _ result: ToolResult) async -> [EventKind] {
        let remarks = (log.folded.hookJudgement(of: permitted.call.id)?.remark ?? "") + remark(on: permitted)
        let text = services.redaction.apply(to: result.text + remarks)
        var outcome = ToolOutcome(call: permitted.call.id, status: result.status, text: text, files: result.files)
        if result.status == .succeeded { outcome.load = result.load }
        for media in result.media {
            do throws(EventLogError) {
                outcome.media.append(try await MediaKeeping(services).keep(media))
            } catch {
                // The turn can do without the picture, and the model is told.
                outcome.text += "\n\n[\(media.details.type.phrase) could not be kept: \(error.description)]"
            }
        }
        var facts: [EventKind] = [.toolFinished(outcome)]
        if let wall = result.wall {
            var settings = log.folded.settings
            settings.wall = wall
            if settings != log.folded.settings { facts.append(.settingsChanged(settings)) }
        }
        if let todos = result.todos { facts.append(.todosChanged(todos)) }
        return facts
    }

    private func runWithDeadline(_ permitted: AccessGate.Permitted) async -> ToolResult {
        let state = log.folded
        let response = state.lastResponse
        let item = response?.blocks.first { block in
            if case .toolCall(let call) = block.item.content { call.id == permitted.call.id } else { false }
        }?.item.id
        let pieces = RedactionStream(services.redaction)
        let show: @Sendable (String) async -> Void = { [writer] text in
            guard let item, let message = response?.message, !text.isEmpty else { return }
            await writer.show(Delta(item: item, message: message, channel: .toolOutput, text: text))
        }
        let context = gate.context(
            for: permitted.call, state, at: permitted.level, askUser: { await askUser($0, for: permitted.call.id) },
            showOutput: { await show(pieces.push($0)) })
        let result = await run(permitted, in: context)
        await show(pieces.finish())
        return result
    }

    private func run(_ permitted: AccessGate.Permitted, in context: ToolContext) async -> ToolResult {
        return await withTaskGroup(of: ToolResult?.self) { group in
            group.addTask { await permitted.tool.run(permitted.call.input, in: context) }
            group.addTask {
                repeat {
                    // Cancelled as soon as the tool is done.
                    try? await services.time.sleep(for: Self.toolDeadline)
                    // People may take longer than machines.
                } while !Task.isCancelled && log.folded.question(of: permitted.call.id, in: input.turn) != nil
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            let late = await group.next() ?? nil
            return late ?? ToolResult(.interrupted, "Error: the tool did not end within \(Self.toolDeadline)")
        }
    }

    private func signature(of calls: [ToolCall]) -> String {
        let response = log.folded.lastResponse
        return calls.map { call in
            let outcome = response?.outcome(of: call.id)
            let media = outcome?.media.map(\.hash).joined() ?? ""
            return "\(call.name)\u{0}\(call.input.serialized())\u{0}\(outcome?.text ?? "")\u{0}\(media)"
        }.joined(separator: "\u{1}")
    }
}
