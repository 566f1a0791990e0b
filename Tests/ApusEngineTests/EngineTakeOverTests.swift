import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Crypto
import Testing

/// A daemon was killed while the model spoke or calls ran: another one goes on with the turn.
@Suite(.timeLimit(.minutes(5))) struct EngineTakeOverTests {
    static let origin = TurnOrigin(front: .droid, writer: "gone", approvals: EngineApprovalTests.ask, onOwnerDeath: .goOn)
    private static let takenOver = #"notice {"notice":"turnTakenOver","turn":"t1"}"#
    private static let unknown =
        "interrupted Error: the process ended while this call ran; its outcome is unknown: look before running it again"

    /// Appends a line to a file; what it would do can be told before.
    struct Append: Tool {
        let disk: EngineRewindTests.Disk
        let runs = Watched(0)
        let definition = ToolDefinition(
            id: "append-scripted", name: "Append", summary: "", category: .edit, inputSchema: ["type": "object"])

        static let path = "/w/a"
        static func hash(_ text: String) -> String {
            SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }

        private func now() -> String { disk.files.value[Self.path] ?? "" }

        func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
            AccessRequest(action: .write([Self.path]), summary: "")
        }

        func effect(of input: JSONValue) -> Effect { .verifiable }

        func changes(by input: JSONValue, in context: ToolContext) async -> [FileChange]? {
            [FileChange(path: Self.path, before: Self.hash(now()), after: Self.hash(now() + "+"), isSeen: true)]
        }

        func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
            runs.change { $0 += 1 }
            disk.files.change { $0[Self.path, default: ""] += "+" }
            return ToolResult(.succeeded, "appended", files: [FileMark(path: Self.path, hash: Self.hash(now()))])
        }
    }

    /// A house where turns go on, with a tool of each class.
    struct Place {
        let disk: EngineRewindTests.Disk
        let append: Append
        let read = ScriptedTool("Read", says: "read")
        let write: ScriptedTool
        let execute = ScriptedTool("Execute", says: "executed", effect: .opaque, access: { _ in .command("make", declaredRisk: "low") })
        let house: EngineHouse

        init(
            _ model: ScriptedModel, file: String = "old", memory: MemoryEventLog? = nil,
            adjusting: (inout EngineServices) -> Void = { _ in }
        ) {
            let disk = EngineRewindTests.Disk([Append.path: file])
            let append = Append(disk: disk)
            let write = ScriptedTool("Write", effect: .idempotent, access: { _ in .write(["/w/b"]) }) { _, context in
                disk.files.change { $0["/w/b"] = "given" }
                return ToolResult(.succeeded, "written by \(context.call)")
            }
            (self.disk, self.append, self.write) = (disk, append, write)
            let tools: [any Tool] = [read, write, append, execute]
            house = EngineHouse(model, memory: memory) { services in
                services.tools = FixedTools(tools)
                services.files = disk
                services.resumesTurns = true
                services.takeOver = TakeOverRules()
                adjusting(&services)
            }
        }
    }

    /// Answers by how many responses with calls the request has behind it, however often it is asked.
    static func model(_ replies: ScriptedModel.Reply...) -> ScriptedModel {
        ScriptedModel { request, _ in
            let settled = request.messages.count { if case .toolResults = $0 { true } else { false } }
            return settled < replies.count ? replies[settled] : .fail(.invalidRequest)
        }
    }

    private static func call(_ id: CallID, _ name: String) -> EventKind {
        .itemFinished(Item(id: ItemID("i-\(id)"), message: "m1", content: .toolCall(ToolCall(id: id, name: name, input: [:]))))
    }

    private static func intend(_ call: CallID, _ tool: String, _ effect: Effect, _ changes: [FileChange]? = nil) -> EventKind {
        .toolIntended(ToolIntent(call: call, tool: tool, argumentsHash: "", effect: effect, key: "t1/\(call)", changes: changes))
    }

    private static let responseEnd = EventKind.responseFinished(
        ResponseEnd(message: "m1", stop: .toolCalls, usage: Usage(inputTokens: 7)))

    /// What a process that died left behind: a turn that has begun, and `facts`.
    private static func leave(
        in house: EngineHouse, origin: TurnOrigin = origin, limits: TurnLimits = TurnLimits(), header: SessionHeader? = nil,
        prompt: String = "p", _ facts: [EventKind]
    ) async throws {
        let header = header ?? SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w")
        let writer = try await house.memory.create("s") { _ in }
        _ = try await writer.commit(
            [
                .sessionCreated(header, SessionSettings()),
                .turnQueued(TurnInput(turn: "t1", prompt: prompt, origin: origin, limits: limits)),
                .turnStarted("t1", model: "scripted"), .userMessage("t1", "t1", prompt),
            ] + facts)
        await writer.close()
        house.store.declareDead(["s"])
    }

    /// Recovers, and gives back what the log has from there on.
    private static func recover(_ house: EngineHouse) async throws -> [String] {
        let before = try await house.briefs().count
        try await house.running { try await house.recover(untilEndOf: "t1") }
        return Array(try await house.briefs().dropFirst(before))
    }

    // MARK: The model spoke

    @Test func whatTheModelSaidStaysAndItIsAskedAgain() async throws {
        let place = Place(Self.model(.text("whole")))
        let writer = try await place.house.memory.create("s") { _ in }
        _ = try await writer.commit([
            .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
            .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: Self.origin)), .turnStarted("t1", model: "scripted"),
            .userMessage("t1", "t1", "p"), .responseStarted("m1", "t1"), Self.call("c1", "Execute"),
        ])
        await writer.show(Delta(item: "i9", message: "m1", channel: .text, text: "ha"))
        await writer.show(Delta(item: "i9", message: "m1", channel: .text, text: "lf"))
        await writer.close()
        place.house.store.declareDead(["s"])
        let told = try await Self.recover(place.house)
        #expect(
            told == [
                "cut text half", "c1 notRun Error: not run, because the response that asked for it was cut off", Self.takenOver,
                "response", "text+ whole", "text whole", "end endOfTurn", "finished t1 completed",
            ])
        // The model does not see what it is asked for again.
        #expect(place.house.model.requests.map(\.messages) == [[.user(["p"])]])
        #expect(place.execute.runs.isEmpty)
    }

    @Test func aTurnWhoseModelHadNotBegunIsAsked() async throws {
        let place = Place(Self.model(.text("whole")))
        try await Self.leave(in: place.house, [])
        #expect(try await Self.recover(place.house).first == Self.takenOver)
        #expect(try await place.house.end(of: "t1")?.reason == .completed)
    }

    @Test func anAnswerThatWasWholeEndsTheTurnWithoutAnotherRequest() async throws {
        let place = Place(Self.model(.text("never")))
        let text = EventKind.itemFinished(Item(id: "i1", message: "m1", content: .text("whole")))
        let end = ResponseEnd(message: "m1", stop: .endOfTurn, usage: Usage(inputTokens: 3))
        try await Self.leave(in: place.house, [.responseStarted("m1", "t1"), text, .responseFinished(end)])
        #expect(try await Self.recover(place.house) == [Self.takenOver, "finished t1 completed"])
        let finished = try await place.house.end(of: "t1")
        #expect(finished?.settledResponses == 1 && finished?.usage.inputTokens == 3)
        #expect(place.house.model.requests.isEmpty)
    }

    // MARK: Calls of each class

    /// Each alone: what the next process does about it, and what the model reads.
    @Test(arguments: [
        ("Read", Effect.pure, "succeeded read", 1), ("Write", .idempotent, "succeeded written by c1", 1), ("Execute", .opaque, unknown, 0),
    ])
    func aCallThatHadBegunIsTreatedByItsClass(tool: String, effect: Effect, outcome: String, runs: Int) async throws {
        let place = Place(Self.model(.text("never"), .text("done")))
        try await Self.leave(
            in: place.house, [.responseStarted("m1", "t1"), Self.call("c1", tool), Self.responseEnd, Self.intend("c1", tool, effect)])
        let told = try await Self.recover(place.house)
        #expect(told.filter { $0.hasPrefix("c1 ") } == ["c1 \(outcome)"])
        #expect(!told.contains { $0.hasPrefix("intend") }, "it has its promise already")
        #expect(place.read.runs.count + place.write.runs.count + place.execute.runs.count == runs)
        let end = try await place.house.end(of: "t1")
        #expect(end?.reason == .completed && end?.settledResponses == 2 && end?.usage.inputTokens == 7)
    }

    private static let unsure =
        "interrupted Error: the process ended while this call ran; it may or may not have been done: read the file before going on"

    /// What is in the file decides.
    @Test(arguments: [
        ("old", "succeeded appended", 1, "old+"),
        ("old+", "succeeded Done: /w/a. (The process ended right behind it, so there is no diff here.)", 0, "old+"),
        ("else", unsure + "\n/w/a is neither as before this call nor as it was to leave it", 0, "else"),
    ])
    func anEditIsComparedWithTheFile(file: String, outcome: String, runs: Int, afterwards: String) async throws {
        let place = Place(Self.model(.text("never"), .text("done")), file: file)
        let change = FileChange(path: "/w/a", before: Append.hash("old"), after: Append.hash("old+"), isSeen: true)
        try await Self.leave(
            in: place.house,
            [.responseStarted("m1", "t1"), Self.call("c1", "Append"), Self.responseEnd, Self.intend("c1", "Append", .verifiable, [change])])
        let told = try await Self.recover(place.house)
        #expect(told.filter { $0.hasPrefix("c1 ") } == ["c1 \(outcome)"])
        #expect(place.append.runs.value == runs && place.disk.files.value["/w/a"] == afterwards)
        // The session has seen what it has written.
        let mark = try await place.house.state().files["/w/a"]?.hash
        #expect(mark == (afterwards == "old+" ? Append.hash("old+") : nil))
        #expect(try await place.house.end(of: "t1")?.reason == .completed)
    }

    /// A patch of several files that came half way: each is told of.
    @Test func aHalfDonePatchIsToldFileByFile() async throws {
        let place = Place(Self.model(.text("never"), .text("done")), file: "old+")
        let changes = [
            FileChange(path: "/w/a", before: Append.hash("old"), after: Append.hash("old+"), isSeen: true),
            FileChange(path: "/w/gone", before: nil, after: Append.hash("new"), isSeen: true),
        ]
        try await Self.leave(
            in: place.house,
            [.responseStarted("m1", "t1"), Self.call("c1", "Append"), Self.responseEnd, Self.intend("c1", "Append", .verifiable, changes)])
        let told = try await Self.recover(place.house)
        #expect(
            told.contains(
                "c1 " + Self.unsure + "\n/w/a is as this call was to leave it\n/w/gone is as it was before this call"), "\(told)")
        #expect(place.append.runs.value == 0)
    }

    /// As logs of older versions have them.
    @Test func anEditOfWhichNothingWasWrittenAheadIsUnknown() async throws {
        let place = Place(Self.model(.text("never"), .text("done")))
        try await Self.leave(
            in: place.house,
            [.responseStarted("m1", "t1"), Self.call("c1", "Append"), Self.responseEnd, Self.intend("c1", "Append", .verifiable)])
        #expect(try await Self.recover(place.house).contains("c1 " + Self.unsure))
        #expect(place.append.runs.value == 0)
    }

    @Test func callsThatHadNotBegunRunAndThoseThatWereDoneDoNotRunAgain() async throws {
        let place = Place(Self.model(.text("never"), .text("done")))
        try await Self.leave(
            in: place.house,
            [
                .responseStarted("m1", "t1"), Self.call("c1", "Execute"), Self.call("c2", "Execute"), Self.call("c3", "Execute"),
                Self.responseEnd, Self.intend("c1", "Execute", .opaque),
                .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "before")), Self.intend("c2", "Execute", .opaque),
            ])
        let told = try await Self.recover(place.house)
        #expect(
            told.prefix(4) == ["c2 " + Self.unknown, Self.takenOver, "intend c3 opaque", "c3 succeeded executed"], "\(told)")
        #expect(place.execute.runs.count == 1)
        guard case .toolResults(let results)? = place.house.model.requests.first?.messages.last else {
            Issue.record("no results")
            return
        }
        #expect(results.map(\.text) == ["before", String(Self.unknown.dropFirst("interrupted ".count)), "executed"])
    }

    /// All of a turn with calls of every class, killed behind each of its events, with the edit done and not done.
    @Test(arguments: [false, true]) func aDeathBehindAnyEventRepeatsNothingAndLosesNothing(editIsDone: Bool) async throws {
        let replies: [ScriptedModel.Reply] = [
            .init(.text(["let ", "me"]), .call("c1", "Read", [:]), .call("c2", "Execute", [:])),
            .init(.call("d1", "Append", [:]), .call("d2", "Write", [:]), .call("d3", "Execute", [:])), .init(.text(["all ", "done"])),
        ]
        func model() -> ScriptedModel { Self.model(replies[0], replies[1], replies[2]) }
        let whole = Place(model())
        try await whole.house.running {
            _ = try await whole.house.create()
            _ = try await whole.house.engine.submit(TurnInput(turn: "t1", prompt: "p", origin: Self.origin), to: "s")
            try await whole.house.recorder().read(untilEndOf: "t1")
        }
        let events = try await whole.house.events()
        let begin = try #require(events.firstIndex { if case .turnQueued = $0.kind { true } else { false } }) + 1
        #expect(events.count - begin > 25)
        for cut in begin..<events.count {
            let kinds = events.prefix(cut).map(\.kind)
            // One commit.
            let hasBegun = kinds.contains { if case .turnStarted = $0 { true } else { false } }
            if hasBegun, !kinds.contains(where: { if case .userMessage = $0 { true } else { false } }) { continue }
            var intended: [CallID] = []
            var settled: [CallID] = []
            for kind in kinds {
                if case .toolIntended(let intent) = kind { intended.append(intent.call) }
                if case .toolFinished(let outcome) = kind { settled.append(outcome.call) }
            }
            let isEdited = settled.contains("d1") || (intended.contains("d1") && editIsDone)
            let place = Place(model(), file: isEdited ? "old+" : "old")
            let writer = try await place.house.memory.create("s") { _ in }
            for kind in kinds {
                if case .delta(let delta) = kind { await writer.show(delta) } else { _ = try await writer.commit([kind]) }
            }
            await writer.close()
            place.house.store.declareDead(["s"])
            let house = place.house
            try await house.running {
                try await house.recover(untilEndOf: "t1")
            }
            let after = try await house.events()
            let label = Comment(rawValue: "cut behind \(kinds.last?.brief ?? ""), \(cut)")
            #expect(after.prefix(cut).map(\.kind) == kinds, label)
            #expect(try await house.end(of: "t1")?.reason == .completed, label)
            #expect(
                place.disk.files.value == ["/w/a": "old+", "/w/b": "given"].filter { $0.key == "/w/a" || !settled.contains("d2") }, label)
            let begun = Set(intended)
            #expect(place.execute.runs.count == ["c2", "d3"].count { !begun.contains($0) }, label)
            #expect(place.append.runs.value == (isEdited ? 0 : 1), label)
            // Each call that the log keeps is promised at most once; those of a response that was cut are made anew.
            let promises = after.compactMap { if case .toolIntended(let intent) = $0.kind { intent.call } else { nil } }
            #expect(promises.sorted() == ["c1", "c2", "d1", "d2", "d3"], label)
            let last = after.compactMap { event -> String? in
                if case .itemFinished(let item) = event.kind, case .text(let text) = item.content { text } else { nil }
            }.last
            #expect(last == "all done", label)
        }
    }

    // MARK: What waits

    @Test func aQuestionBesideACallThatRanIsOfferedAgain() async throws {
        let question = UserQuestion(id: "ask_0123456789", turn: "t1", call: "c1", items: EngineQuestionTests.items)
        let place = Place(Self.model(.text("never"), .text("done"))) { services in
            services.tools = FixedTools([EngineQuestionTests.askUser, ScriptedTool("Read", says: "read")])
        }
        try await Self.leave(
            in: place.house,
            [
                .responseStarted("m1", "t1"), Self.call("c1", "AskUser"), Self.call("c2", "Read"), Self.responseEnd,
                Self.intend("c1", "AskUser", .pure), Self.intend("c2", "Read", .pure), .questionAsked(question),
            ])
        let house = place.house
        try await house.running {
            #expect(try await house.engine.recover() == [])
            #expect(await house.engine.openQuestions(in: "s") == [question])
            try await house.tell(EngineQuestionTests.answer(question, "SQLite"))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let told = try await house.briefs()
        #expect(told.contains("c1 succeeded 1=SQLite;2=all") && told.contains("c2 succeeded read"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    /// The program that a prompt names is opaque: it is not run again, and the model is told.
    @Test func aProgramThatRanForThePromptIsUnknown() async throws {
        let program = CommandProgram(
            name: "mine", path: "/home/test/mine", arguments: [], commandLine: "/home/test/mine", script: "", isPersonal: true)
        let place = Place(Self.model(.text("done"))) { $0.commands = OneProgram(program: program) }
        try await Self.leave(in: place.house, prompt: "/mine", [])
        #expect(try await Self.recover(place.house).prefix(2) == [Self.takenOver, "note command:mine"])
        let told = "\(place.house.model.requests.first?.messages ?? [])"
        #expect(told.contains("It may have run, in part or whole"))
    }

    enum Behind: CaseIterable {
        /// What a hook said before it.
        case note
        /// It told what came of it.
        case output
        /// Nobody knows any more what the prompt named.
        case nothingKnown
    }

    @Test(arguments: Behind.allCases) func whatStandsBehindThePromptDecidesWhetherAProgramIsUnknown(behind: Behind) async throws {
        let program = CommandProgram(
            name: "mine", path: "/home/test/mine", arguments: [], commandLine: "/home/test/mine", script: "", isPersonal: true)
        let place = Place(Self.model(.text("done"))) { if behind != .nothingKnown { $0.commands = OneProgram(program: program) } }
        var facts: [EventKind] = []
        if behind != .nothingKnown { facts.append(.contextAdded("h", ContextNote(source: "hook:PreToolUse", text: "mind the gap"))) }
        if behind == .output { facts.append(.contextAdded("o", ContextNote(source: "command:mine", text: "printed"))) }
        try await Self.leave(in: place.house, prompt: "/mine now", facts)
        let told = try await Self.recover(place.house)
        #expect(told.contains("note command:mine") == (behind != .output), "\(told)")
        #expect(told.last == "finished t1 completed")
        #expect("\(place.house.model.requests.first?.messages ?? [])".contains("It may have run") == (behind != .output))
    }

    @Test(arguments: ["/etc/hosts is wrong", "mine", "/ mine", "/"]) func promptsThatNameNoCommandAreNotTalkedAbout(prompt: String)
        async throws
    {
        let place = Place(Self.model(.text("done")))
        try await Self.leave(in: place.house, prompt: prompt, [])
        #expect(try await !Self.recover(place.house).contains { $0.hasPrefix("note command:") })
    }

    private struct OneProgram: PromptCommands {
        let program: CommandProgram
        func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion { .program(program) }
        func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun {
            CommandRun(.succeeded, ContextNote(source: "command:mine", text: "ran twice"))
        }
    }

    // MARK: Bounds

    private static let over = "The process that ran this turn ended before the turn did."

    @Test func aTurnThatIsTakenOverAgainAndAgainEnds() async throws {
        let place = Place(Self.model(.text("never")))
        let times = Array(repeating: EventKind.noticed(.turnTakenOver("t1")), count: 3)
        try await Self.leave(in: place.house, times)
        let told = try await Self.recover(place.house)
        #expect(told == ["finished t1 ownerDied: \(Self.over) So did each of the 3 that went on with it."])
        #expect(place.house.model.requests.isEmpty)
    }

    @Test func oneTimeFewerItGoesOn() async throws {
        let place = Place(Self.model(.text("done")))
        try await Self.leave(in: place.house, Array(repeating: .noticed(.turnTakenOver("t1")), count: 2))
        #expect(try await Self.recover(place.house).last == "finished t1 completed")
    }

    @Test func aTurnThatNobodyWaitsForAnyMoreEnds() async throws {
        let place = Place(Self.model(.text("never")))
        try await Self.leave(in: place.house, [])
        place.house.time.advance(by: .seconds(24 * 3_600 + 1))
        #expect(
            try await Self.recover(place.house) == ["finished t1 ownerDied: \(Self.over) That was more than 24 hours ago."])
    }

    /// Counted from its first start.
    @Test func theTimeLimitOfATurnHoldsOverDeaths() async throws {
        let gate = Gate()
        let place = Place(Self.model(.init(.stand(gate))))
        try await Self.leave(in: place.house, limits: TurnLimits(milliseconds: 60_000), [])
        place.house.time.advance(by: .seconds(61))
        #expect(try await Self.recover(place.house).last?.hasPrefix("finished t1 timeLimit") == true)
    }

    @Test func theBoundOnResponsesHoldsOverDeaths() async throws {
        let place = Place(Self.model(.text("never"), .text("never")))
        try await Self.leave(
            in: place.house, limits: TurnLimits(responses: 1),
            [.responseStarted("m1", "t1"), Self.call("c1", "Read"), Self.responseEnd, Self.intend("c1", "Read", .pure)])
        #expect(try await Self.recover(place.house).last == "finished t1 responseLimit: Stopped after 1 response of the model.")
    }

    /// Clients have heard that it is cancelled.
    @Test func aCancelledTurnDoesNotGoOn() async throws {
        let place = Place(Self.model(.text("never")))
        let cancelled = TurnCancellation(queued: [], active: "t1")
        try await Self.leave(in: place.house, [.noticed(.turnsCancelled(cancelled, turn: "t1", writer: nil))])
        #expect(try await Self.recover(place.house) == ["finished t1 ownerDied: \(Self.over)"])
    }

    /// A question of a call that is over says nothing of the turn.
    @Test func aStaleQuestionDoesNotEndTheTurn() async throws {
        let place = Place(Self.model(.text("never"), .text("done")))
        let asked = ApprovalRequest(
            id: "a1", turn: "t1", message: "m1", call: "c1", tool: "Execute", input: [:], actionHash: "h", question: "q", risk: "low",
            required: .low, level: .off, reason: "r", options: [.proceedOnce, .cancel])
        try await Self.leave(
            in: place.house,
            [
                .responseStarted("m1", "t1"), Self.call("c1", "Execute"), Self.call("c2", "Read"), Self.responseEnd, .approvalAsked(asked),
                .approvalAnswered(ApprovalDecision(of: asked, .cancel, by: .turnEnd, at: 5)),
                .toolFinished(ToolOutcome(call: "c1", status: .notRun, text: "not run")),
            ])
        #expect(try await Self.recover(place.house).last == "finished t1 completed")
        #expect(place.read.runs.count == 1 && place.execute.runs.isEmpty)
    }

    @Test func permissionsThatWereTakenAwayMeanwhileAreGone() async throws {
        let place = Place(Self.model(.text("never"), .text("done"))) { services in
            services.policy = ScriptedPolicy { _ in .deny(rule: "d", reason: "not any more") }
        }
        try await Self.leave(
            in: place.house,
            [.responseStarted("m1", "t1"), Self.call("c1", "Write"), Self.responseEnd, Self.intend("c1", "Write", .idempotent)])
        #expect(try await Self.recover(place.house).contains("c1 refused Error: not any more"))
        #expect(place.write.runs.isEmpty)
    }

    // MARK: Whose turns

    enum Left: CaseIterable {
        case ofAScript, ofASubagent, withoutAPrompt, switchedOff
    }

    @Test(arguments: Left.allCases) func otherTurnsEndAsEver(left: Left) async throws {
        let place = Place(Self.model(.text("never"))) { if left == .switchedOff { $0.takeOver = nil } }
        switch left {
        case .ofAScript:
            try await Self.leave(in: place.house, origin: TurnOrigin(front: .exec, writer: "exec", approvals: .refuse), [])
        case .ofASubagent:
            let caller = SessionCaller(session: "parent", call: "c", kind: "worker")
            let header = SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w", caller: caller)
            try await Self.leave(in: place.house, header: header, [])
        case .withoutAPrompt:
            let writer = try await place.house.memory.create("s") { _ in }
            _ = try await writer.commit([
                .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
                .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: Self.origin)), .turnStarted("t1", model: "scripted"),
            ])
            await writer.close()
            place.house.store.declareDead(["s"])
        case .switchedOff: try await Self.leave(in: place.house, [])
        }
        #expect(try await Self.recover(place.house) == ["finished t1 ownerDied: \(Self.over)"])
        #expect(place.house.model.requests.isEmpty)
    }

    /// Whoever opens such a session while its daemon is away has not got the turn.
    @Test func onlyAStartTakesOver() async throws {
        let place = Place(Self.model(.text("never")))
        try await Self.leave(in: place.house, [])
        try await place.house.running { _ = try await place.house.engine.open("s") }
        #expect(try await place.house.end(of: "t1")?.reason == .ownerDied)
    }

    @Test func aHeadlessRunLeavesTheTurnToADaemon() async throws {
        let place = Place(Self.model(.text("never"))) { $0.resumesTurns = false }
        try await Self.leave(in: place.house, [])
        let before = try await place.house.events()
        // Not `running`: what it checks of every log does not hold while a turn waits for a daemon.
        #expect(try await place.house.engine.recover() == [])
        await place.house.engine.shutdown()
        #expect(try await place.house.events() == before)
    }

    /// A process that serves one client alone takes its turns with it.
    @Test(arguments: [true, false]) func whatBecomesOfATurnIsDecidedByTheProcessThatTookIt(keepsTurns: Bool) async throws {
        let place = Place(Self.model(.text("done"))) { $0.resumesTurns = keepsTurns }
        try await place.house.running {
            _ = try await place.house.create()
            _ = try await place.house.engine.submit(TurnInput(turn: "t1", prompt: "p", origin: Self.origin), to: "s")
            try await place.house.recorder().read(untilEndOf: "t1")
        }
        let stored = try await place.house.events().compactMap { if case .turnQueued(let input) = $0.kind { input.origin } else { nil } }
        #expect(stored.map(\.onOwnerDeath) == [keepsTurns ? .goOn : .end])
    }

    // MARK: Shortening

    @Test func aSummaryThatWasBeingWrittenIsWrittenAnew() async throws {
        let model = EngineAutoCompactionTests.model([.text("done")], summaries: [.text("in short")])
        let place = Place(model)
        let long = String(repeating: "x", count: 4_000)
        try await Self.leave(
            in: place.house,
            [
                .responseStarted("m1", "t1"), Self.call("c1", "Read"), Self.responseEnd, Self.intend("c1", "Read", .pure),
                .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: long)),
                // The model has read that; what it has not read yet would only be cut.
                .responseStarted("m2", "t1"),
                .itemFinished(Item(id: "i-c2", message: "m2", content: .toolCall(ToolCall(id: "c2", name: "Read", input: [:])))),
                .responseFinished(ResponseEnd(message: "m2", stop: .toolCalls, usage: .zero)), Self.intend("c2", "Read", .pure),
                .toolFinished(ToolOutcome(call: "c2", status: .succeeded, text: "short")), .noticed(.compacting(.threshold)),
            ])
        let told = try await Self.recover(place.house)
        #expect(told.filter { $0.hasPrefix("compacted") }.count == 1 && told.last == "finished t1 completed", "\(told)")
        #expect(try await place.house.state().isCompacting == false)
    }

    // MARK: Hooks

    /// They were heard about all calls of the response before the first of them ran.
    @Test func hooksBeforeCallsAreNotAskedTwice() async throws {
        let hooks = ScriptedHooks(before: HookAnswer(decision: .allow))
        let place = Place(Self.model(.text("never"), .text("done"))) { $0.hooks = hooks }
        try await Self.leave(
            in: place.house,
            [
                .responseStarted("m1", "t1"), Self.call("c1", "Execute"), Self.call("c2", "Execute"), Self.responseEnd,
                Self.intend("c1", "Execute", .opaque), .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "before")),
            ])
        #expect(try await Self.recover(place.house).contains("c2 succeeded executed"))
        #expect(hooks.occasions.isEmpty)
    }
}
