import ApusBase
import ApusCore
import Crypto

extension TurnRunner {
    /// A call that may run.
    private struct Permitted {
        var call: ToolCall
        var tool: any Tool
        var isReadOnly: Bool
    }

    private enum Verdict {
        case run(Permitted)
        /// The model is told; the turn goes on.
        case fail(ToolOutcome)
        case denied(AccessDenial, required: AutonomyLevel?)
    }

    /// How many read-only calls of one response run side by side.
    private static let parallelCalls = 8
    /// Longer than any time limit a tool may be given.
    private static let toolDeadline = Duration.seconds(3_700)

    /// Decides all calls of a response before any of them runs, then runs what may run.
    func settle(
        _ calls: [ToolCall], of model: ModelDescription, _ progress: inout Progress
    ) async throws(EventLogError) -> TurnStateMachine.Step {
        let state = log.folded
        let tools = Dictionary(
            await services.tools.tools(for: scope(state, model)).map { ($0.definition.name, $0) }, uniquingKeysWith: { first, _ in first })
        var verdicts: [(ToolCall, Verdict)] = []
        for call in calls { verdicts.append((call, judge(call, tools[call.name], state))) }
        let denials = verdicts.compactMap { if case .denied(let denial, _) = $0.1 { denial } else { nil } }
        progress.denials += denials
        if !denials.isEmpty && input.origin.approvals == .stop {
            return try await stopForPermission(verdicts, denials)
        }
        try await runAll(verdicts)
        if Task.isCancelled { return .end(.interrupted, "") }
        return progress.machine.toolsFinished(signature: signature(of: calls))
    }

    /// The tools of this turn: the same when they are offered and when they are called.
    func scope(_ state: SessionState, _ model: ModelDescription) -> ToolScope {
        ToolScope(session: session, dialect: model.dialect, selection: state.settings.tools)
    }

    private func judge(_ call: ToolCall, _ tool: (any Tool)?, _ state: SessionState) -> Verdict {
        guard let tool else {
            return .fail(failure(call, "Error: Tool \(call.name) is not available in this session"))
        }
        if case .string(let raw) = call.input {
            return .fail(
                failure(call, "Error: the input of \(call.name) is not valid JSON (\(raw.utf8.count) bytes). Send one JSON object."))
        }
        let request: AccessRequest
        do throws(ToolInputError) {
            request = try tool.access(for: call.input, in: context(for: call, state))
        } catch {
            return .fail(failure(call, "Error: \(error.sentence)"))
        }
        let scope = services.workspace(state.settings.workingDirectory ?? state.header.workingDirectory)
        switch services.policy.decide(request, at: state.settings.autonomy, in: scope) {
        case .allow: return .run(Permitted(call: call, tool: tool, isReadOnly: request.isReadOnly))
        case .deny(_, let reason):
            return .fail(ToolOutcome(call: call.id, status: .refused, text: "Error: \(reason)"))
        case .ask(let required, _, let reason):
            let risk = (required ?? .high) == .unrestricted ? "high" : (required ?? .high).rawValue
            return .denied(
                AccessDenial(call: call.id, tool: call.name, input: call.input, risk: risk, required: required, reason: reason),
                required: required)
        }
    }

    private func failure(_ call: ToolCall, _ text: String) -> ToolOutcome {
        ToolOutcome(call: call.id, status: .failed, text: text)
    }

    private func context(
        for call: ToolCall, _ state: SessionState, showOutput: @escaping @Sendable (String) async -> Void = { _ in }
    ) -> ToolContext {
        let workingDirectory = state.settings.workingDirectory ?? state.header.workingDirectory
        return ToolContext(
            session: session, call: call.id, workingDirectory: workingDirectory, files: state.files, todos: state.todos,
            autonomy: state.settings.autonomy,
            confinement: services.confinement(session, workingDirectory, state.settings.autonomy), processes: state.processes,
            recordProcess: { [writer] process in
                do throws(EventLogError) {
                    _ = try await writer.commit([.processStarted(process)])
                    return nil
                } catch {
                    return error.description
                }
            },
            showOutput: showOutput)
    }

    private func stopForPermission(
        _ verdicts: [(ToolCall, Verdict)], _ denials: [AccessDenial]
    ) async throws(EventLogError) -> TurnStateMachine.Step {
        let sentence = StopSentence.text(for: denials)
        var facts = verdicts.map { call, verdict -> EventKind in
            switch verdict {
            case .denied: .toolFinished(ToolOutcome(call: call.id, status: .refused, text: "Error: \(sentence)"))
            case .fail(let outcome): .toolFinished(outcome)
            case .run:
                .toolFinished(
                    ToolOutcome(
                        call: call.id, status: .notRun, text: "Error: not run because another call in this step was not permitted"))
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

    /// In the model's order, neighbours that only read side by side.
    private func runAll(_ verdicts: [(ToolCall, Verdict)]) async throws(EventLogError) {
        var batch: [Permitted] = []
        for (call, verdict) in verdicts {
            switch verdict {
            case .run(let permitted):
                if !permitted.isReadOnly || batch.count == Self.parallelCalls { try await run(&batch) }
                batch.append(permitted)
                if !permitted.isReadOnly { try await run(&batch) }
            case .fail(let outcome): _ = try await writer.commit([.toolFinished(outcome)])
            case .denied(let denial, let required):
                let text = "Error: not permitted: \(denial.reason). Needed: \(required?.rawValue ?? "an approval")"
                _ = try await writer.commit([.toolFinished(ToolOutcome(call: call.id, status: .refused, text: text))])
            }
        }
        try await run(&batch)
    }

    /// Writes the promises, runs, writes the outcomes as they come, and empties the batch.
    private func run(_ batch: inout [Permitted]) async throws(EventLogError) {
        let calls = batch
        batch = []
        guard !calls.isEmpty else { return }
        if Task.isCancelled { return try await skip(calls.map(\.call)) }
        _ = try await writer.commit(calls.map { .toolIntended(intent(for: $0)) })
        let failure = await withTaskGroup(of: (CallID, ToolResult).self) { group -> EventLogError? in
            for permitted in calls {
                group.addTask { (permitted.call.id, await runWithDeadline(permitted)) }
            }
            var failure: EventLogError?
            for await (call, result) in group {
                let facts = await outcomeFacts(call, result)
                do throws(EventLogError) {
                    _ = try await writer.commit(facts)
                } catch {
                    failure = error
                }
            }
            return failure
        }
        if let failure { throw failure }
    }

    /// Every call gets its result, a call that an interrupt overtook too.
    func skip(_ calls: [ToolCall]) async throws(EventLogError) {
        _ = try await writer.commit(
            calls.map {
                .toolFinished(ToolOutcome(call: $0.id, status: .notRun, text: "Error: not run because the turn was interrupted"))
            })
    }

    private func intent(for permitted: Permitted) -> ToolIntent {
        let digest = SHA256.hash(data: permitted.call.input.serializedBytes())
        let hash = digest.map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
        return ToolIntent(
            call: permitted.call.id, tool: permitted.call.name, argumentsHash: hash,
            effect: permitted.tool.effect(of: permitted.call.input),
            key: "\(input.turn)/\(permitted.call.id)")
    }

    private func outcomeFacts(_ call: CallID, _ result: ToolResult) async -> [EventKind] {
        var outcome = ToolOutcome(call: call, status: result.status, text: services.redaction.apply(to: result.text), files: result.files)
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

    private func runWithDeadline(_ permitted: Permitted) async -> ToolResult {
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
        let context = context(for: permitted.call, state, showOutput: { await show(pieces.push($0)) })
        let result = await run(permitted, in: context)
        await show(pieces.finish())
        return result
    }

    private func run(_ permitted: Permitted, in context: ToolContext) async -> ToolResult {
        return await withTaskGroup(of: ToolResult?.self) { group in
            group.addTask { await permitted.tool.run(permitted.call.input, in: context) }
            group.addTask {
                // Cancelled as soon as the tool is done.
                try? await services.time.sleep(for: Self.toolDeadline)
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
