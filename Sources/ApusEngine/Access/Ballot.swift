import ApusBase
import ApusCore

/// One answer to one question: whether it counts, and what it brings about.
struct Ballot: Sendable {
    let gate: AccessGate
    let approvals: SessionApprovals
    let log: SessionLog

    /// The decision to store, and what else changes with it.
    private struct Result {
        var decision: ApprovalDecision
        var grants: [AccessGrant] = []
        var sessionLevel: AutonomyLevel?
        /// A plan is approved.
        var endsPlanning = false

        /// Clients hear first what the session goes on with, then that it was answered (`droid-exec.md` §6.1).
        func facts(before state: SessionState) -> [EventKind] {
            guard endsPlanning, let settings = decision.choice.settings(afterPlanning: state.settings), settings != state.settings
            else { return [] }
            return [.settingsChanged(settings)]
        }

        func facts(after state: SessionState) -> [EventKind] {
            var facts = grants.map { EventKind.accessGranted($0) }
            if let sessionLevel, sessionLevel > state.settings.autonomy {
                var settings = state.settings
                settings.autonomy = sessionLevel
                facts.append(.settingsChanged(settings))
            }
            return facts
        }
    }

    func cast(
        _ id: ApprovalID, _ answer: ApprovalAnswer, by voter: ApprovalVoter, isSubmitterPresent: Bool
    ) async throws(ApprovalError) -> ApprovalReceipt {
        if voter.scopes.isDisjoint(with: [.approver, .admin]) { throw .notPermitted(identity: voter.identity) }
        let state = log.folded
        if let decision = state.decision(id) { throw .decided(decision) }
        guard let request = state.openApproval(id) else { throw .unknown(id) }
        if !request.options.contains(answer.choice) { throw .notOffered(answer.choice, offered: request.options) }
        if let comment = answer.comment, comment.utf8.count > ByteLimit.approvalCommentBytes {
            throw .badInput("The comment has \(comment.utf8.count) bytes; \(ByteLimit.approvalCommentBytes) are the most.")
        }
        if isSubmitterPresent, isAbstention(answer, by: voter, state) { return .abstained }
        let result = try await result(of: answer, to: request, by: voter, state)
        let standing: SessionApprovals.Standing
        do throws(EventLogError) {
            standing = try await approvals.settle(result.decision, after: result.facts(before:), with: result.facts(after:))
        } catch {
            throw .log(error)
        }
        switch standing {
        case .recorded(let decision): return .recorded(decision)
        case .earlier(let decision): throw .decided(decision)
        case .unknown: throw .unknown(id)
        }
    }

    private func isAbstention(_ answer: ApprovalAnswer, by voter: ApprovalVoter, _ state: SessionState) -> Bool {
        answer.choice == .cancel && voter.isAutomatic && (answer.comment ?? "").isEmpty
            && state.running?.input.origin.writer != voter.connection
    }

    private func result(
        of answer: ApprovalAnswer, to request: ApprovalRequest, by voter: ApprovalVoter, _ state: SessionState
    ) async throws(ApprovalError) -> Result {
        var decision = ApprovalDecision(
            of: request, answer.choice, by: .voter(identity: voter.identity, front: voter.front), at: gate.services.time.now,
            comment: answer.comment.flatMap { $0.isEmpty ? nil : $0 })
        decision.client = voter.client
        guard answer.choice.permits else {
            if answer.editedInput != nil { throw .badInput("A call that is cancelled takes no input.") }
            return Result(decision: decision)
        }
        switch (answer.choice, answer.editedInput) {
        case (.proceedEdited, nil): throw .badInput("\(answer.choice.rawValue) needs the edited input.")
        case (.proceedEdited, let input?):
            let edited = try await judged(ToolCall(id: request.call, name: request.tool, input: input), state)
            decision.editedInput = input
            decision.level = edited.level
            decision.actionHash = ActionHash.of(edited.call, edited.request, in: state.directory, at: edited.level)
            return Result(decision: decision, endsPlanning: request.plan != nil)
        case (_, _?): throw .badInput("An edited input is taken with \(ApprovalChoice.proceedEdited.rawValue) only.")
        case (_, nil): break
        }
        decision.level = request.level
        guard let required = request.required else { return Result(decision: decision, endsPlanning: request.plan != nil) }
        return Result(
            decision: decision, grants: await grants(of: answer.choice, to: request, required: required, state),
            sessionLevel: answer.choice.sessionLevel(for: required))
    }

    /// For what was asked about, not for what the call would do by now.
    private func grants(
        of choice: ApprovalChoice, to request: ApprovalRequest, required: AutonomyLevel, _ state: SessionState
    ) async -> [AccessGrant] {
        let call = ToolCall(id: request.call, name: request.tool, input: request.input)
        do throws(ApprovalError) {
            let now = try await judged(call, state).request
            if ActionHash.of(call, now, in: state.directory, at: request.level) != request.actionHash { return [] }
            return AccessGrant.given(by: choice, tool: call.name, now, required: required, in: state.directory)
        } catch {
            // It will not run either.
            return []
        }
    }

    /// What a call would touch, and the level at which it would run.
    private func judged(
        _ call: ToolCall, _ state: SessionState
    ) async throws(ApprovalError) -> (call: ToolCall, request: AccessRequest, level: AutonomyLevel) {
        let tool = await tool(named: call.name, state)
        switch gate.judge(call, tool, state) {
        case .fail(let outcome): throw .badInput(outcome.text)
        case .ask(let question): return (call, question.request, question.level)
        case .run(let permitted):
            do throws(ToolInputError) {
                return (call, try permitted.tool.access(for: call.input, in: gate.context(for: call, state)), permitted.level)
            } catch {
                throw .badInput("Error: \(error.sentence)")
            }
        }
    }

    private func tool(named name: String, _ state: SessionState) async -> (any Tool)? {
        let dialect: String
        do throws(ModelLookupError) {
            dialect = try await gate.services.models.provider(for: state.running?.model).description.dialect
        } catch {
            // Then only tools that suit every model are found.
            dialect = ""
        }
        // The call was made with it, whatever the model that was chosen since is offered.
        var selection = state.settings.tools
        selection.additional.append(name)
        let scope = ToolScope(
            session: gate.session, dialect: dialect, selection: selection, isPlanning: name == Plan.tool, skills: state.skillScope,
            caller: state.header.caller?.session)
        return await gate.services.tools.tools(for: scope).first { $0.definition.name == name }
    }
}
