import ApusBase
import ApusCore

/// Decides what becomes of a call, from the very input that will run. Every call passes here, and none asks for itself.
struct AccessGate: Sendable {
    /// A call that may run.
    struct Permitted: Sendable {
        var call: ToolCall
        var tool: any Tool
        var isReadOnly: Bool
        /// Files it said it would write.
        var writes: [String]
        /// Files and folders it said it would read or write.
        var touches: [String] = []
        /// What this one call may do; above its session's own level when somebody permitted just this.
        var level: AutonomyLevel
        /// Whose hash must still fit when the call begins.
        var approval: ApprovalDecision?
        /// The same, of a hook that answered for a person.
        var hookPermission: HookPermission?

        /// Hash of what somebody permitted; `nil` when nobody had to.
        var permittedHash: String? { approval?.actionHash ?? hookPermission?.actionHash }
    }

    /// A call that may run when somebody says so.
    struct Question: Sendable {
        var call: ToolCall
        var tool: any Tool
        var request: AccessRequest
        /// `nil` when every level asks.
        var required: AutonomyLevel?
        /// The level it would run at.
        var level: AutonomyLevel
        var reason: String
        /// A hook wants it to be asked.
        var isHooks = false

        var isPlan: Bool { if case .plan = request.action { true } else { false } }
        var risk: String { min(required ?? .high, .high).rawValue }

        var denial: AccessDenial {
            AccessDenial(
                call: call.id, tool: call.name, input: call.input, risk: risk, required: required, reason: reason, server: request.server,
                isHooks: isHooks)
        }
    }

    enum Verdict: Sendable {
        case run(Permitted)
        /// The model is told; the turn goes on.
        case fail(ToolOutcome)
        case ask(Question)
    }

    let session: SessionID
    let services: EngineServices
    let writer: any SessionWriter
    var children: any ChildSessions = NoChildSessions()

    /// The checks in the order of `droid-exec.md` §3.3: is there such a tool, does its input fit, may it never run, may it run now.
    func judge(_ call: ToolCall, _ tool: (any Tool)?, _ state: SessionState) -> Verdict {
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
        let level = state.level(for: request)
        if case .delegate(let kind) = request.action, state.settingsOfTurn.isPlanning {
            // Looking around is part of planning, also by others.
            guard kind == SubagentProfile.explorer else { return .fail(failure(call, "Error: \(ChildError.planning(kind))")) }
            return .run(Permitted(call: call, tool: tool, isReadOnly: request.isReadOnly, writes: [], level: level))
        }
        switch services.policy.decide(request, at: level, in: services.workspace(state.directory)) {
        case .allow:
            return .run(
                Permitted(
                    call: call, tool: tool, isReadOnly: request.isReadOnly, writes: request.action.writtenPaths,
                    touches: request.action.touchedPaths, level: level))
        case .deny(_, let reason):
            return .fail(ToolOutcome(call: call.id, status: .refused, text: "Error: \(reason)"))
        case .ask(let required, _, let reason):
            var question = Question(
                call: call, tool: tool, request: request, required: required == .unrestricted ? nil : required, level: level, reason: reason
            )
            // To hand a plan in is no action itself.
            if !question.isPlan { question.level = max(level, question.required ?? .high) }
            return .ask(question)
        }
    }

    /// What is wrong with running `permitted` now; `nil` when nothing is. Looks at everything anew: what the call would do, whether it
    /// may never run, and whether that is still what was permitted.
    func objection(to permitted: Permitted, _ state: SessionState) -> ToolOutcome? {
        guard let permittedHash = permitted.permittedHash else { return nil }
        let request: AccessRequest
        switch judge(permitted.call, permitted.tool, state) {
        case .fail(let outcome): return outcome
        case .ask(let question) where state.settingsOfTurn.isPlanning && !question.isPlan:
            return ToolOutcome(call: permitted.call.id, status: .refused, text: PlanningMode.refusal(question.reason))
        case .run, .ask:
            do throws(ToolInputError) {
                request = try permitted.tool.access(for: permitted.call.input, in: context(for: permitted.call, state))
            } catch {
                return failure(permitted.call, "Error: \(error.sentence)")
            }
        }
        if ActionHash.of(permitted.call, request, in: state.directory, at: permitted.level) == permittedHash { return nil }
        return ToolOutcome(
            call: permitted.call.id, status: .refused,
            text: "Error: not run, because what this call would do has changed since it was approved. Look again and make a new call.")
    }

    /// For a call that could run, and that people shall be asked about all the same: no level does without.
    func question(_ permitted: Permitted, because reason: String, _ state: SessionState) -> Verdict {
        do throws(ToolInputError) {
            let request = try permitted.tool.access(for: permitted.call.input, in: context(for: permitted.call, state))
            return .ask(
                Question(
                    call: permitted.call, tool: permitted.tool, request: request, required: nil, level: permitted.level, reason: reason,
                    isHooks: true))
        } catch {
            return .fail(failure(permitted.call, "Error: \(error.sentence)"))
        }
    }

    func failure(_ call: ToolCall, _ text: String) -> ToolOutcome {
        ToolOutcome(call: call.id, status: .failed, text: text)
    }

    func context(
        for call: ToolCall, _ state: SessionState, at level: AutonomyLevel? = nil,
        askUser: @escaping @Sendable ([UserQuestion.Item]) async -> UserAnswer? = { _ in nil },
        showOutput: @escaping @Sendable (String) async -> Void = { _ in }
    ) -> ToolContext {
        let level = level ?? state.level
        return ToolContext(
            session: session, call: call.id, workingDirectory: state.directory, files: state.files, todos: state.todos, autonomy: level,
            confinement: services.confinement(session, state.directory, level), processes: state.processes, skills: state.skillScope,
            recordProcess: { [writer] process in
                do throws(EventLogError) {
                    _ = try await writer.commit([.processStarted(process)])
                    return nil
                } catch {
                    return error.description
                }
            },
            askUser: askUser, children: children, showOutput: showOutput)
    }
}
