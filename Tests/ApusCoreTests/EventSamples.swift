import ApusBase
import ApusCore

/// At least one event of every kind, every optional member once present and once absent.
enum EventSamples {
    static let awkward = "ü\u{0}\n\"\\/\u{2028}👩‍👩‍👧 e\u{301} \u{202E}"
    static let origin = TurnOrigin(front: .droid, writer: "client 7", approvals: .refuse)
    static let fullInput = TurnInput(
        turn: "t1", prompt: awkward, origin: origin, limits: TurnLimits(responses: 3, milliseconds: 9_000), idempotencyKey: "k1",
        media: media)
    static let media = [
        MediaReference(
            MediaDetails(.png, name: awkward, size: ImageSize(width: 3, height: 4), quality: .high), hash: "ab", byteCount: 70),
        MediaReference(MediaDetails(.pdf, pages: 7, text: awkward), hash: "cd", byteCount: 1),
    ]
    static let bareInput = TurnInput(
        turn: "t2", prompt: "", origin: TurnOrigin(front: .exec, writer: "", approvals: .stop))
    static let askingInput = TurnInput(
        turn: "t4", prompt: "",
        origin: TurnOrigin(
            front: .qwen, writer: "c",
            approvals: .ask(.init(deadlineMilliseconds: 300_000, afterCancel: .goOn, afterDeadline: .endTurn)), onOriginGone: .interrupt,
            onOwnerDeath: .goOn, maximumAutonomy: .low, approvesPlans: true))
    static let usage = Usage(inputTokens: 1, outputTokens: 2, cacheReadTokens: 3, cacheCreationTokens: 4, reasoningTokens: 5)
    static let header = SessionHeader(id: "s1", createdAt: 1_700_000_000_001, workingDirectory: "/w \(awkward)", parent: "s0")
    static let settings = SessionSettings(
        model: "custom:x", effort: .xhigh, autonomy: .unrestricted,
        labels: [SessionLabel(name: "team", metadata: ["value": awkward, "a": "b"]), SessionLabel(name: "")],
        systemPromptAddition: awkward, workingDirectory: "/elsewhere",
        requestedTools: RequestedTools(enabled: [awkward], disabled: [], additional: ["a"], restricted: ["read-cli"]), interaction: .spec,
        specModel: "m2", specEffort: .low, systemPrompt: awkward, refusesApprovals: true, attribution: ["platform": "slack"])
    static let input: JSONValue = ["b": 1, "a": [1.5, nil, true, "x"], "c": [:]]
    static let denial = AccessDenial(call: "c1", tool: "Execute", input: input, risk: "high", required: .high, reason: awkward)
    static let end = TurnEnd(
        turn: "t1", reason: .permissionDenied, detail: awkward, usage: usage, durationMilliseconds: 12, settledResponses: 2,
        firstDeltaMilliseconds: 1496.5,
        denials: [denial, AccessDenial(call: "c2", tool: "Edit", input: nil, risk: "low", required: nil, reason: "", isHooks: true)])

    static let question = ApprovalRequest(
        id: "perm_0123456789", turn: "t9", message: "m1", call: "c1", tool: "Execute", input: input, actionHash: "ab", question: awkward,
        risk: "high", required: .high, level: .high, reason: awkward, options: ApprovalChoice.allCases, expiresAt: 7)
    static let bareQuestion = ApprovalRequest(
        id: "perm_1", turn: "t9", message: "m1", call: "c2", tool: "Edit", input: [:], actionHash: "", question: "", risk: "low",
        required: nil, level: .low, reason: "", options: [])
    static let clientsDecision: ApprovalDecision = {
        var decision = ApprovalDecision(of: bareQuestion, .cancel, by: .voter(identity: "phone", front: .qwen), at: 3)
        decision.client = awkward
        return decision
    }()

    static let decisions: [ApprovalDecision] =
        ApprovalChoice.allCases.map { ApprovalDecision(of: question, $0, by: .deadline, at: 8) } + [
            ApprovalDecision(
                id: "perm_2", message: "m", call: "c", choice: .proceedEdited, comment: awkward, editedInput: input, actionHash: "cd",
                level: .medium, decider: .voter(identity: awkward, front: .qwen), decidedAt: 9),
            ApprovalDecision(of: bareQuestion, .cancel, by: .turnEnd, at: 1),
            ApprovalDecision(of: bareQuestion, .proceedOnce, by: .session, at: 1, level: .low, comment: ""),
        ]
    static let grants: [AccessGrant] =
        AccessGrant.Kind.allCases.map { .kind($0, upTo: .medium) } + [
            .file(awkward), .tool("Edit", upTo: .low), .server(awkward, upTo: .high), .command(awkward, directory: "/w"),
        ]

    static let process = BackgroundProcess(
        id: "bg_1", pid: 41, keeper: ProcessIdentity(process: 40, startTime: 1_234_567, boot: "b-1"), command: awkward,
        workingDirectory: "/w", log: "/home/.apus/processes/bg_1/output.log", startedAt: 1_700_000_000_002)

    static let sessionProcess = SessionProcess(
        id: "Ab3dEf9h", session: "s", pid: 7, command: awkward, workingDirectory: "/w", startedAt: 5)
    static let endedProcess = SessionProcess(
        id: "Ab3dEf9h", session: "s", pid: 7, command: "x", label: awkward, workingDirectory: "/w", state: .killed, exitCode: 3,
        startedAt: 5, endedAt: 9, timeoutMilliseconds: 300_000)
    static let processOutput = ProcessOutput(
        process: "Ab3dEf9h", pid: 7,
        chunks: [
            ProcessChunk(seq: 1, time: 6, stream: .stdout, text: awkward), ProcessChunk(seq: 2, time: 7, stream: .stderr, text: ""),
        ], untoldBytes: 3, lastSeq: 4, time: 8)

    static let hookCommands = [HookCommand(awkward, timeout: 3), HookCommand("x")]
    static let hookEnd = HookEnd(
        id: "h1", event: .preToolUse, matcher: awkward, call: "c1",
        results: [
            HookEnd.Result(
                hookCommands[0], exitCode: 2, stdout: awkward, stderr: awkward, message: awkward, suppressesOutput: true),
            HookEnd.Result(hookCommands[1], exitCode: nil, fault: awkward),
        ], prevented: true,
        judgement: HookJudgement(
            call: "c1", decision: .ask, reason: awkward, updatedInput: input,
            permission: HookPermission(actionHash: "ab", level: .medium, hooks: [awkward, "x"])))
    static let childRun = ChildRun(
        session: "k", turn: "kt", call: "c1", kind: "worker", summary: awkward, isBackground: true, startedAt: 5)
    static let endedChildRun = ChildRun(
        session: "k", turn: "kt", call: "c1", kind: "worker", summary: awkward, isBackground: false, startedAt: 5,
        end: ChildRun.End(reason: .interrupted, at: 9, usage: usage, preview: awkward, model: awkward))

    static let items: [Item] = [
        Item(id: "i1", message: "m1", content: .text(awkward)),
        Item(id: "i2", message: "m1", content: .reasoning(awkward, OpaqueState(dialect: "anthropic", payload: ["signature": "=="]))),
        Item(id: "i3", message: "m1", content: .reasoning("", nil)),
        Item(id: "i4", message: "m1", content: .toolCall(ToolCall(id: "c1", name: "Read", input: input))),
        Item(id: "i5", message: "m1", content: .toolCall(ToolCall(id: "c2", name: "Read", input: .string("{\"a\":")))),
    ]

    static let kinds: [EventKind] =
        [
            .sessionCreated(header, settings),
            .sessionCreated(SessionHeader(id: "s", createdAt: 0, workingDirectory: "/"), SessionSettings()),
            .sessionForked(header), .settingsChanged(settings), .titleChanged(awkward), .titleChanged(""),
            .turnQueued(fullInput), .turnQueued(bareInput), .turnQueued(askingInput), .turnStarted("t1", model: "m"),
            .contextAdded("m0", ContextNote(source: "AGENTS.md", text: awkward)), .userMessage("m1", "t1", awkward),
            .userMessage("m1", "t1", "", media: media),
            .responseStarted("m1", "t1"), .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "")),
            .retrying(RetryNote(turn: "t1", attempt: 2, reason: .rateLimited, detail: awkward, delayMilliseconds: 500)),
            .toolFinished(
                ToolOutcome(
                    call: "c1", status: .refused, text: awkward, files: [FileMark(path: "/a", hash: "ff"), FileMark(path: "/b", hash: "")],
                    media: media)),
            .todosChanged([]),
            .todosChanged(
                Todo.Status.allCases.map { Todo(text: awkward, status: $0, priority: "high") } + [Todo(text: "", status: .pending)]),
            .approvalAsked(question), .approvalAsked(bareQuestion),
            .questionAsked(
                UserQuestion(
                    id: "ask_0123456789", turn: "t9", call: "c1",
                    items: [
                        UserQuestion.Item(index: 1, topic: awkward, question: awkward, options: [awkward, ""], allowsSeveral: true),
                        UserQuestion.Item(index: 2, topic: "", question: "", options: []),
                    ], expiresAt: 5)),
            .questionAsked(UserQuestion(id: "ask_1", turn: "t", call: "c", items: [])),
            .questionAnswered(UserAnswer(id: "ask_1", isCancelled: false, items: [.init(index: 1, question: awkward, answer: awkward)])),
            .questionAnswered(.cancelled("ask_1")),
            .filesSaved([
                FileSnapshot(message: "m1", path: awkward, content: "ab", size: 3),
                FileSnapshot(message: "m1", path: "/x", content: "cd", size: 3, mode: 0o4755),
                FileSnapshot(message: "m1", path: "/d/e", content: nil, size: 0, missingFolders: 1),
                FileSnapshot(message: "m1", path: "/b", content: nil, size: 0, obstacle: awkward),
            ]),
            .contextCompacted(Compaction(message: "m7", summary: awkward, removed: 3, keptFrom: "m5")),
            .contextCompacted(Compaction(message: "m7", summary: "", removed: 0)),
            .contextCompacted(
                Compaction(
                    message: "m7", summary: awkward, removed: 1, keptFrom: "m5", prompt: "m2", trigger: .overflow, isTruncation: true,
                    carried: [ContextNote(source: "todos", text: awkward)], totals: usage)),
            .noticed(.compacting(.threshold)),
            .sessionArchived(at: 7), .sessionArchived(at: nil),
            .noticed(.modelChosen(awkward, by: awkward)), .noticed(.modelChosen("m", by: nil)),
            .noticed(.modelRefused("m", reason: awkward, by: "client_1")), .noticed(.answeredLate(id: "perm_1", choice: .cancel, by: nil)),
            .noticed(.processChanged(ProcessChange(sessionProcess, .started))),
            .noticed(.processChanged(ProcessChange(endedProcess, .killed, previous: .running, signal: "SIGTERM"))),
            .noticed(.processWrote(processOutput)),
            .noticed(.hook(.began(HookStart(id: "h1", event: .preToolUse, matcher: awkward, call: "c1", commands: hookCommands)))),
            .noticed(.hook(.began(HookStart(id: "h2", event: .sessionEnd, commands: [])))),
            .noticed(.hook(.ended(hookEnd))),
            .noticed(.hook(.ended(HookEnd(id: "h2", event: .sessionEnd, results: [], prevented: false)))),
            .noticed(.processWrote(processOutput)), .noticed(.childChanged(childRun)), .noticed(.childChanged(endedChildRun)),
            .noticed(.answeredLate(id: "ask_1", choice: nil, by: "c")), .noticed(.turnTakenOver("t1")),
            .toolIntended(
                ToolIntent(
                    call: "c1", tool: "Edit", argumentsHash: "ab", effect: .verifiable, key: "t1/c1",
                    changes: [
                        FileChange(path: "/w \(awkward)", before: "ab", after: nil, isSeen: true),
                        FileChange(path: "/x", before: nil, after: "cd", isSeen: false),
                    ])),
            .toolIntended(ToolIntent(call: "c1", tool: "Edit", argumentsHash: "", effect: .verifiable, key: "", changes: [])),
            .processStarted(process), .turnFinished(end), .turnFinished(TurnEnd(turn: "t2", reason: .completed)),
        ] + items.map { .itemFinished($0) } + items.map { .itemInterrupted($0) }
        + Delta.Channel.allCases.map { .delta(Delta(item: "i1", message: "m1", channel: $0, text: awkward)) }
        + StopReason.allCases.map { .responseFinished(ResponseEnd(message: "m1", stop: $0, usage: usage)) }
        + Effect.allCases.map { .toolIntended(ToolIntent(call: "c1", tool: "Read", argumentsHash: "ab", effect: $0, key: "t1/c1")) }
        + HookEvent.allCases.map {
            .noticed(
                .hook(
                    .ended(
                        HookEnd(id: "h", event: $0, results: [], prevented: true, judgement: HookJudgement(call: "c9", decision: .deny)))))
        }
        + decisions.map { .approvalAnswered($0) } + [.approvalAnswered(clientsDecision)] + grants.map { .accessGranted($0) }
        + TurnEndReason.allCases.map { .turnFinished(TurnEnd(turn: "t3", reason: $0)) }
        + ModelError.Kind.allCases.map { .retrying(RetryNote(turn: "t", attempt: 1, reason: $0, detail: "", delayMilliseconds: 0)) }
        + AutonomyLevel.allCases.map { .settingsChanged(SessionSettings(autonomy: $0)) }
        + ReasoningEffort.allCases.map { .settingsChanged(SessionSettings(effort: $0)) }
        + ToolOutcome.Status.allCases.map { .toolFinished(ToolOutcome(call: "c", status: $0, text: "x")) }

    static let kindCount = 28

    /// No `default`: a new kind does not compile until it has a number here, and a sample above.
    static func number(of kind: EventKind) -> Int {
        switch kind {
        case .sessionCreated: 0
        case .sessionForked: 1
        case .settingsChanged: 2
        case .titleChanged: 3
        case .turnQueued: 4
        case .turnStarted: 5
        case .contextAdded: 6
        case .userMessage: 7
        case .responseStarted: 8
        case .delta: 9
        case .itemFinished: 10
        case .itemInterrupted: 11
        case .responseFinished: 12
        case .retrying: 13
        case .toolIntended: 14
        case .toolFinished: 15
        case .todosChanged: 16
        case .turnFinished: 17
        case .processStarted: 18
        case .approvalAsked: 19
        case .approvalAnswered: 20
        case .accessGranted: 21
        case .questionAsked: 22
        case .questionAnswered: 23
        case .filesSaved: 24
        case .contextCompacted: 25
        case .sessionArchived: 26
        case .noticed: 27
        }
    }

    /// A log of these kinds, numbered from 1, a millisecond apart.
    static func events(_ kinds: [EventKind]) -> [Event] {
        kinds.enumerated().map { Event(number: EventNumber($0.offset + 1), time: Timestamp(1_000 + $0.offset), kind: $0.element) }
    }

    static func fold(_ kinds: [EventKind]) -> SessionState {
        var state = SessionState(id: "s1")
        state.reduce(events(kinds))
        return state
    }
}
