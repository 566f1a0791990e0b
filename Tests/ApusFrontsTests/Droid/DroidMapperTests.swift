import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// What is told of events that a scripted turn does not bring about.
struct DroidMapperTests {
    private func told(_ kinds: EventKind...) throws -> [SessionNotification] {
        try told(kinds)
    }

    private func told(_ kinds: [EventKind]) throws -> [SessionNotification] {
        let events = kinds.enumerated().map { Event(number: EventNumber($0.offset + 1), time: 1_700_000_000_000, kind: $0.element) }
        return try DroidTelling.frames(of: events, in: SessionState(id: "s"), family: .daemon).map { bytes in
            let params = try #require(try JSONValue(parsing: bytes)["params"])
            #expect(params["sessionId"] == "s")
            return try SessionNotification(from: try #require(params["notification"]), .closed)
        }
    }

    @Test func aPromptThatWillNeverRunIsToldAsDiscardedAndEnds() throws {
        let origin = TurnOrigin(front: .droid, writer: "w", approvals: .refuse)
        let told = try told(
            .turnQueued(TurnInput(turn: "t1", prompt: "one", origin: origin)), .turnStarted("t1", model: "m"),
            .userMessage("m1", "t1", "one"), .turnQueued(TurnInput(turn: "t2", prompt: "two", origin: origin)),
            .turnFinished(TurnEnd(turn: "t2", reason: .interrupted)), .turnFinished(TurnEnd(turn: "t1", reason: .completed)))
        let discarded = told.filter { $0.type == .queuedMessagesDiscarded }
        #expect(discarded == [.queuedMessagesDiscarded(QueuedMessagesDiscarded(text: "two", requestId: "t2"))])
        // The other one goes on: nothing is idle yet.
        #expect(
            told.suffix(6).map(\.type) == [
                .queuedMessagesDiscarded, .sessionTokenUsageChanged, .agentTurnCompleted, .sessionTokenUsageChanged,
                .droidWorkingStateChanged, .agentTurnCompleted,
            ])
    }

    @Test func hooksAreToldWithTheirCommandsAndWhatCameOfEach() throws {
        let commands = [HookCommand("check", timeout: 30), HookCommand("slow", timeout: 1)]
        let end = HookEnd(
            id: "h1", event: .preToolUse, matcher: "Execute", call: "c1",
            results: [
                HookEnd.Result(commands[0], exitCode: 2, stdout: "out", stderr: "no"),
                HookEnd.Result(
                    commands[1], exitCode: nil, fault: "took longer than 1 s and was ended", stderr: "late", suppressesOutput: true),
            ], prevented: true)
        let told = try told(
            .noticed(.hook(.began(HookStart(id: "h1", event: .preToolUse, matcher: "Execute", call: "c1", commands: commands)))),
            .noticed(.hook(.ended(end))), .noticed(.hook(.ended(HookEnd(id: "h2", event: .sessionEnd, results: [], prevented: false)))))
        var started = HookExecutionStarted(
            hookId: "h1", hookEventName: .preToolUse,
            hookCommands: [DroidHookCommand(command: "check", timeout: 30), DroidHookCommand(command: "slow", timeout: 1)])
        started.hookMatcher = "Execute"
        started.hookToolCallId = "c1"
        started.isParallelExecution = true
        var completed = HookExecutionCompleted(hookId: "h1", hookStatus: .error)
        completed.hookEventName = .preToolUse
        completed.hookMatcher = "Execute"
        completed.hookToolCallId = "c1"
        completed.hookPreventedAction = true
        completed.hookResults = [
            DroidHookResult(exitCode: 2, stdout: "out", stderr: "no", command: "check", timeout: 30),
            DroidHookResult(
                exitCode: 124, stdout: "", stderr: "late\nThe hook took longer than 1 s and was ended.", command: "slow", timeout: 1,
                suppressOutput: true),
        ]
        var quiet = HookExecutionCompleted(hookId: "h2", hookStatus: .completed)
        quiet.hookEventName = .sessionEnd
        quiet.hookPreventedAction = false
        quiet.hookResults = []
        #expect(told == [.hookExecutionStarted(started), .hookExecutionCompleted(completed), .hookExecutionCompleted(quiet)])
    }

    @Test func aSubagentIsToldWithItsSessionAndItsTokensApart() throws {
        let origin = TurnOrigin(front: .droid, writer: "w", approvals: .refuse)
        var run = ChildRun(
            session: "child", turn: "kt", call: "call-1", kind: "explorer", summary: "a look", isBackground: false, startedAt: 5)
        let began = EventKind.noticed(.childChanged(run))
        run.end = ChildRun.End(reason: .completed, at: 9, usage: Usage(inputTokens: 4, outputTokens: 2), preview: "found")
        let told = try told(
            .turnQueued(TurnInput(turn: "t", prompt: "p", origin: origin)), .turnStarted("t", model: "m"), .userMessage("m", "t", "p"),
            began,
            .noticed(.childChanged(run)),
            .turnFinished(TurnEnd(turn: "t", reason: .completed, usage: Usage(inputTokens: 10, outputTokens: 1))))
        #expect(
            told.filter { $0.type == .childSessionAvailable } == [
                .childSessionAvailable(
                    ChildSessionAvailable(
                        childSessionId: "child", timestamp: 5, toolUseId: "call-1", subagentType: "explorer", description: "a look"))
            ])
        let progress = told.compactMap { if case .toolProgressUpdate(let update) = $0 { update } else { nil } }
        #expect(progress.map(\.toolUseId) == ["call-1"] && progress.first?.update.subagentSessionId == "child")
        guard case .agentTurnCompleted(let end)? = told.last else {
            Issue.record("no end")
            return
        }
        #expect(end.tokenUsage.inputTokens == 10 && end.cumulativeTokenUsage?.inputTokens == 10)
        #expect(end.childTokenUsage?.inputTokens == 4 && end.cumulativeChildTokenUsage?.outputTokens == 2)
        let counted = told.compactMap { if case .sessionTokenUsageChanged(let change) = $0 { change } else { nil } }
        #expect(counted.last?.tokenUsage.inputTokens == 10 && counted.last?.inclusiveTokenUsage?.inputTokens == 14)
    }

    @Test(arguments: [
        (TurnEndReason.completed, "completed", false), (.interrupted, "cancelled", false),
        (.permissionRejected, "permission_rejected", false),
        (.permissionDenied, "no_approver_available", true), (.responseLimit, "error", true), (.timeLimit, "error", true),
        (.providerError, "error", true), (.noProgress, "error", true), (.outputInvalid, "structured_output_missing", false),
        (.ownerDied, "process_exit", true), (.internalError, "error", true), (.promptRefused, "prompt_rejected", true),
        (.hookStopped, "error", true),
    ])
    func everyEndOfATurnHasItsWord(reason: TurnEndReason, word: String, isError: Bool) throws {
        let told = try told(.turnFinished(TurnEnd(turn: "t", reason: reason, detail: "Why.")))
        guard case .agentTurnCompleted(let end)? = told.last else {
            Issue.record("no end")
            return
        }
        #expect(end.reason.rawValue == word && end.turnId == "t")
        let errors = told.filter { if case .error = $0 { true } else { false } }
        #expect(errors.isEmpty != isError)
        #expect(told.contains(.droidWorkingStateChanged(WorkingStateChanged(newState: .idle))))
        #expect(told.contains(.droidWorkingStateChanged(WorkingStateChanged(newState: .streamingAssistantMessage))))
    }

    @Test(arguments: [
        (ModelError.Kind.network, "network", "model_provider_unreachable"), (.rateLimited, "rate_limited", "model_provider_unavailable"),
        (.overloaded, "overloaded", "model_provider_unavailable"), (.timeout, "timeout", "model_provider_unreachable"),
        (.emptyResponse, "empty_response", "model_provider_unavailable"),
    ])
    func aRetryIsToldAndSaysWhyTheProviderFailed(kind: ModelError.Kind, word: String, reason: String) throws {
        let note = RetryNote(turn: "t", attempt: 2, reason: kind, detail: "x", delayMilliseconds: 1)
        let told = try told(.retrying(note), .turnFinished(TurnEnd(turn: "t", reason: .providerError, detail: "x")))
        #expect(told.first == .llmRetry(DroidModelRetry(attempt: 2, reason: DroidRetryReason(rawValue: word))))
        guard case .agentTurnCompleted(let end)? = told.last else {
            Issue.record("no end")
            return
        }
        #expect(end.reason.rawValue == reason)
    }

    @Test func outputOfARunningToolIsToldUpToABound() throws {
        let item = Item(id: "i", message: "m", content: .toolCall(ToolCall(id: "c", name: "Execute", input: "not an object")))
        let piece = String(repeating: "x", count: 50_000)
        let delta = EventKind.delta(Delta(item: "i", message: "m", channel: .toolOutput, text: piece))
        let told = try told(.responseStarted("m", "t"), .itemFinished(item), delta, delta, delta)
        let texts = told.compactMap { notification -> Int? in
            guard case .toolProgressUpdate(let update) = notification else { return nil }
            return update.update.text?.utf8.count
        }
        #expect(texts == [50_000, 65_536 - 50_000])
        #expect(
            told.contains(
                .toolCall(
                    DroidToolCall(toolUse: DroidToolUse(DroidToolUseBlock(id: "c", name: "Execute", input: ["input": "not an object"]))))))
    }

    @Test func settingsAreToldWhenTheirWordsChange() throws {
        var walled = SessionSettings()
        walled.wall = SessionWall(layers: ["landlock"])
        var planning = walled
        planning.interaction = .spec
        let told = try told(.settingsChanged(walled), .settingsChanged(planning), .settingsChanged(planning))
        #expect(told.count == 1)
        guard case .settingsUpdated(let update)? = told.first else {
            Issue.record("no settings")
            return
        }
        #expect(update.settings.interactionMode == .spec)
    }

    @Test func aCompactionIsTold() throws {
        #expect(
            try told(.contextCompacted(Compaction(message: "sum", summary: "x", removed: 3, keptFrom: "m9")))
                == [.sessionCompacted(SessionCompacted(summaryId: "sum", removedCount: 3, visibleBoundaryMessageId: "m9"))])
    }

    @Test func aTurnThatShortensItsConversationIsAtThatMeanwhile() throws {
        let origin = TurnOrigin(front: .droid, writer: "w", approvals: .refuse)
        let told = try told(
            .turnQueued(TurnInput(turn: "t1", prompt: "one", origin: origin)), .turnStarted("t1", model: "m"),
            .userMessage("m1", "t1", "one"), .noticed(.compacting(.threshold)),
            .contextCompacted(Compaction(message: "sum", summary: "x", removed: 3, prompt: "m1", trigger: .threshold)))
        func state(_ state: DroidWorkingState) -> SessionNotification { .droidWorkingStateChanged(WorkingStateChanged(newState: state)) }
        #expect(
            told.dropFirst() == [
                state(.streamingAssistantMessage), state(.compactingConversation),
                .sessionCompacted(SessionCompacted(summaryId: "sum", removedCount: 3, visibleBoundaryMessageId: nil)),
                state(.streamingAssistantMessage),
            ])
        #expect(try self.told(.noticed(.compacting(.threshold))).isEmpty, "without a turn it is over")
    }

    @Test(arguments: 0..<8)
    func anyHistoryIsToldInWordsThatCanBeRead(seed: UInt64) throws {
        let events = RandomHistory.events(seed: seed, steps: 2_000)
        let told = try told(events.map(\.kind))
        for notification in told {
            if case .unknown = notification { Issue.record("unknown: \(notification.json)") }
        }
        #expect(!told.isEmpty)
    }
}
