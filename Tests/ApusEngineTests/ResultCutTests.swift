import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusEngine

/// Results that have no room: what the model is shown of them, in every request, fork and measure alike.
@Suite(.timeLimit(.minutes(5))) struct ResultCutTests {
    private static func result(_ call: CallID, _ text: String, load: ToolLoad = .none) -> ToolOutcome {
        ToolOutcome(call: call, status: .succeeded, text: text, load: load)
    }

    private static func response(_ id: MessageID, _ results: ToolOutcome..., usage: Usage = .zero, ended: Bool = true) -> TranscriptEntry {
        .response(
            Response(
                message: id, turn: "t",
                blocks: results.map { result in
                    let call = ToolCall(id: result.call, name: "Read", input: [:])
                    return .init(item: Item(id: ItemID(result.call.rawValue), message: id, content: .toolCall(call)), isInterrupted: false)
                }, outcomes: results, end: ended ? ResponseEnd(message: id, stop: .toolCalls, usage: usage) : nil))
    }

    private static func state(_ transcript: TranscriptEntry...) -> SessionState {
        var state = SessionState(id: "s")
        state.transcript = transcript
        return state
    }

    private static func note(_ tokens: Int) -> TranscriptEntry { .context("n", ResultCut.note(tokens: tokens)) }

    /// The results of all requests' messages, in their order.
    private static func results(_ state: SessionState) -> [String] {
        ContextBuilder.messages(from: state).flatMap { message -> [String] in
            if case .toolResults(let results) = message { results.map(\.text) } else { [] }
        }
    }

    private static func long(_ letter: String, _ count: Int) -> String { String(repeating: letter, count: count) }

    // MARK: Pure

    @Test func headAndTailAreShownAndTheMiddleIsCounted() {
        let state = Self.state(
            .user("u", "t", "go"), Self.response("r", Self.result("c", "begin" + Self.long("x", 90) + "end!!")), Self.note(5))
        #expect(Self.results(state) == ["beginxxxxx\n[… 80 characters omitted …]\nxxxxxend!!"])
        let last = ContextBuilder.messages(from: state).last
        #expect(last == .user([ContextBuilder.reminder(ResultCut.note(tokens: 5).text)]), "the model is told")
    }

    @Test func whatShortResultsLeaveGoesToLongOnes() {
        // 40 bytes: 4 for the short one, 18 for each of the others.
        let state = Self.state(
            Self.response(
                "r", Self.result("a", Self.long("a", 100)), Self.result("b", "tiny"), Self.result("c", Self.long("c", 50))),
            Self.note(10))
        #expect(
            Self.results(state) == [
                "aaaaaaaaa\n[… 82 characters omitted …]\naaaaaaaaa", "tiny", "ccccccccc\n[… 32 characters omitted …]\nccccccccc",
            ])
    }

    @Test func whatHasRoomIsShownWhole() {
        let text = Self.long("x", 40)
        #expect(Self.results(Self.state(Self.response("r", Self.result("c", text)), Self.note(10))) == [text])
    }

    /// Head and tail end between characters, and have no more bytes than there is room, whatever the script.
    @Test(arguments: [0, 1, 2, 3, 5, 7, 10, 40]) func noCharacterIsCut(tokens: Int) throws {
        let text = Self.long("ä€😀", 30)
        let shown = try #require(Self.results(Self.state(Self.response("r", Self.result("c", text)), Self.note(tokens))).first)
        let parts = shown.split(separator: "\n", omittingEmptySubsequences: false)
        try #require(parts.count == 3)
        #expect(!shown.contains("\u{FFFD}") && parts[0].utf8.count + parts[2].utf8.count <= tokens * 4)
        #expect(text.hasPrefix(parts[0]) && text.hasSuffix(parts[2]))
        let kept = parts[0].unicodeScalars.count + parts[2].unicodeScalars.count
        #expect(parts[1] == "[… \(90 - kept) characters omitted …]")
    }

    @Test func aNoteIsAboutTheNewestWholeResponseBeforeItOnly() {
        let text = Self.long("x", 100)
        let state = Self.state(
            Self.response("r1", Self.result("a", text)), Self.response("r2", Self.result("b", text)), Self.response("r3", ended: false),
            Self.note(5), Self.response("r4", Self.result("d", text)))
        #expect(Self.results(state).map(\.utf8.count) == [100, 20 + "\n[… 80 characters omitted …]\n".utf8.count, 100])
    }

    @Test func ofTwoNotesTheSmallerRoomCounts() {
        let text = Self.long("x", 1_000)
        let once = Self.state(Self.response("r", Self.result("c", text)), Self.note(100))
        let twice = Self.state(Self.response("r", Self.result("c", text)), Self.note(100), Self.note(10))
        #expect(Self.results(once)[0].utf8.count < 500 && Self.results(twice)[0].utf8.count < 100)
        let other = Self.state(Self.response("r", Self.result("c", text)), Self.note(10), Self.note(100))
        #expect(Self.results(other)[0].utf8.count < 100)
        // What is missing is told of the whole result, however often it was cut.
        let shown = [Self.long("x", 20) + "\n[… 960 characters omitted …]\n" + Self.long("x", 20)]
        #expect(Self.results(twice) == shown && Self.results(other) == shown)
    }

    /// The note before a kept prompt is kept with it; without its results it would tell of nothing.
    @Test func aNoteWhoseResultsAreSummarisedIsNotTold() {
        var state = Self.state(.user("u1", "t1", "one"), Self.response("r", Self.result("c", Self.long("x", 100))), Self.note(5))
        state.transcript.append(.user("u2", "t2", "two"))
        let compaction = Compaction(summary: "sum", removed: 2, keptFrom: "u2")
        state.reduce(Event(number: 1, time: 1, kind: .contextCompacted(compaction)))
        #expect(state.visibleTranscript.count == 2)
        #expect(ContextBuilder.messages(from: state) == [.user([ContextBuilder.summary(compaction), "two"])])
    }

    @Test(arguments: ["cut-results:", "cut-results:x", "cut-results", "results:5"]) func otherNotesCutNothing(source: String) {
        let text = Self.long("x", 100)
        let state = Self.state(Self.response("r", Self.result("c", text)), .context("n", ContextNote(source: source, text: "t")))
        #expect(Self.results(state) == [text])
        #expect(ContextBuilder.messages(from: state).last == .user([ContextBuilder.reminder("t")]))
    }

    // MARK: What is decided

    private static func shortening(
        _ state: SessionState, above limit: Int, tokens: Int, base: Int, context: Int? = nil
    ) -> TurnShortening? {
        TurnShortening(state, above: limit, RequestSize(tokens: tokens, base: base, context: context))
    }

    /// 1,000 tokens that the model has seen, 500 that it has not.
    private static let twoReads = state(
        .user("u", "t", "go"), response("r1", result("a", long("a", 4_000))), response("r2", result("b", long("b", 2_000))))

    @Test func oldResultsAreSummarisedAndNewOnesStayWhole() throws {
        let made = try #require(Self.shortening(Self.twoReads, above: 1_200, tokens: 1_600, base: 100))
        #expect(made.cutTokens == nil && made.summary?.keptFrom == "r2" && made.summary?.removed == 2)
    }

    /// The base, the room for the summary and the new results are 100 + 120 + 500, and some tokens of calls.
    @Test(arguments: [(1_200, 100, true), (1_200, 560, true), (1_200, 600, false), (1_200, 5_000, false), (50, 0, false)])
    func nothingIsSummarisedWhereThatIsNotEnough(limit: Int, base: Int, isMade: Bool) {
        #expect((Self.shortening(Self.twoReads, above: limit, tokens: base + 1_510, base: base) != nil) == isMade)
    }

    @Test func whatIsNotWorthASummaryIsNotSummarised() {
        let state = Self.state(
            .user("u", "t", "go"), Self.response("r1", Self.result("a", "short")),
            Self.response("r2", Self.result("b", Self.long("b", 2_000))))
        #expect(Self.shortening(state, above: 1_200, tokens: 1_300, base: 300) == nil)
    }

    @Test func withoutRoomInTheContextResultsAreCutAndOnlyWhatIsOldIsSummarised() throws {
        let alone = Self.state(.user("u", "t", "go"), Self.response("r", Self.result("a", Self.long("a", 8_000))))
        let cut = try #require(Self.shortening(alone, above: 800, tokens: 2_100, base: 100, context: 1_000))
        let left = try #require(cut.cutTokens)
        #expect(cut.summary == nil && (600...695).contains(left), "seven eighths without base and summary: \(left)")

        let both = Self.state(
            .user("u", "t", "go"), Self.response("r1", Self.result("a", Self.long("a", 4_000))),
            Self.response("r2", Self.result("b", Self.long("b", 8_000))))
        let made = try #require(Self.shortening(both, above: 800, tokens: 3_100, base: 100, context: 1_000))
        #expect(made.cutTokens == left && made.summary?.keptFrom == "r2")
    }

    /// Then it is the provider's to say.
    @Test func whereNotEvenCutResultsHaveRoomNothingIsDone() {
        let alone = Self.state(.user("u", "t", "go"), Self.response("r", Self.result("a", Self.long("a", 8_000))))
        #expect(Self.shortening(alone, above: 800, tokens: 2_950, base: 950, context: 1_000) == nil)
    }

    private static func refused(_ state: SessionState, _ limit: Int, base: Int) -> TurnShortening? {
        TurnShortening(state, refusedAt: limit, RequestSize(tokens: limit, base: base))
    }

    @Test func whatWasRefusedIsHalfAsLongAfterwards() throws {
        let alone = Self.state(.user("u", "t", "go"), Self.response("r", Self.result("a", Self.long("a", 8_000))))
        let made = try #require(Self.refused(alone, 2_100, base: 100))
        let left = try #require(made.cutTokens)
        #expect(made.summary == nil && (700...740).contains(left), "1,050 without 100 and 210: \(left)")
        let old = try #require(Self.refused(Self.twoReads, 1_610, base: 100))
        #expect(old.cutTokens == nil && old.summary?.keptFrom == "r2")
    }

    /// A summary for it spares little, and all that there is to spare.
    @Test func whatIsOldGoesBeforeWhatNobodyHasSeenHoweverShortItIs() throws {
        let state = Self.state(
            .user("u", "t", "go"), Self.response("r1", Self.result("a", "short")), Self.response("r2", Self.result("b", "tiny")))
        let made = try #require(Self.refused(state, 6_000, base: 5_000))
        #expect(made.cutTokens == nil && made.summary?.keptFrom == "r2" && made.summary?.removed == 2)
    }

    /// Then only a summary helps.
    @Test func aResponseThatIsTooLongByItselfIsSummarised() throws {
        var state = Self.state(.user("u", "t", "go"))
        let call = ToolCall(id: "c", name: "Create", input: ["content": .string(Self.long("x", 8_000))])
        state.transcript.append(
            .response(
                Response(
                    message: "r", turn: "t",
                    blocks: [.init(item: Item(id: "i", message: "r", content: .toolCall(call)), isInterrupted: false)],
                    outcomes: [Self.result("c", "ok")], end: ResponseEnd(message: "r", stop: .toolCalls, usage: .zero))))
        let made = try #require(Self.refused(state, 2_100, base: 100))
        #expect(made.cutTokens == nil && made.summary?.keptFrom == nil && made.summary?.removed == 2)
    }

    /// What a folder's instructions said behind the results does not push them out, nor does the next prompt.
    @Test func resultsThatNobodyHasSeenStayWhateverIsBehindThem() {
        let note = TranscriptEntry.context("n", ContextNote(source: "/w/AGENTS.md", text: Self.long("n", 4_000)))
        for entries in [[note], [note, .user("u2", "t2", "go on")], [.user("u2", "t2", Self.long("u", 4_000))]] {
            var state = Self.twoReads
            state.transcript += entries
            let begin = CompactionTail.inTurn(state, state.visiblePlaces, limit: 1_200)
            #expect(begin == 2)
        }
        var seen = Self.twoReads
        seen.transcript.append(Self.response("r3"))
        #expect(CompactionTail.inTurn(seen, seen.visiblePlaces, limit: 1_200) == 3, "the model has answered")
    }

    // MARK: In sessions

    private static func overflowing(_ more: ScriptedModel.Reply...) -> EngineHouse {
        EngineHouse(
            EngineAutoCompactionTests.model(
                [EngineAutoCompactionTests.call("c1", counted: 100), .fail(.contextOverflow)] + more, summaries: [], contextTokens: nil),
            tools: [EngineAutoCompactionTests.reader(["c1": 40_000])])
    }

    private static func shown(_ request: ModelRequest) -> [String] {
        request.messages.flatMap { message -> [String] in
            if case .toolResults(let results) = message { results.map(\.text) } else { [] }
        }
    }

    @Test func everyLaterRequestShowsTheSameInAForkToo() async throws {
        let house = Self.overflowing(.text("done"), .text("on"), .text("of the fork"))
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.count { $0.hasPrefix("note cut-results:") } == 1)
            #expect(briefs.last == "finished t1 completed" && !briefs.contains { $0.hasPrefix("compacted") })
            try await house.submit("more", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            let copy = try await house.engine.fork("s")
            try await house.submit("other", as: "t3", to: copy)
            try await house.recorder(copy).read(untilEndOf: "t3")
            let requests = house.model.requests
            #expect(requests.count == 5, "nobody was asked for a summary")
            let cut = try #require(Self.shown(requests[2]).first)
            #expect(cut.hasPrefix("c1=xxx") && cut.contains("characters omitted") && cut.utf8.count < 25_000)
            #expect(requests[3...].map(Self.shown) == [[cut], [cut]])

            let state = try await house.engine.peek("s")
            let again = try SessionState(decoding: JSONValue(parsing: state.encoded().serialized()))
            #expect(again == state && ContextBuilder.messages(from: again) == ContextBuilder.messages(from: state))
            #expect(state.lastResponse?.text == "on" && "\(state.transcript)".utf8.count > 40_000, "the log keeps it whole")
        }
    }

    /// What is measured is what is shown.
    @Test func theMeasureKnowsOfTheCut() async throws {
        let house = Self.overflowing(.fail(.authentication))
        try await house.running {
            _ = try await house.run()
            let usage = try await house.engine.contextUsage(of: "s")
            let cut = try #require(house.model.requests.last.map { Self.shown($0)[0] })
            // 100 are counted; the result and the note came since.
            let note = try #require(
                try await house.engine.peek("s").transcript.compactMap { entry -> ContextNote? in
                    if case .context(_, let note) = entry, ResultCut.isNote(note) { note } else { nil }
                }.first)
            #expect(usage.used == 100 + ContextMeter.tokens(cut) + ContextMeter.tokens(note.text) && !usage.isExact)
            #expect(usage.parts.reduce(0) { $0 + $1.tokens } == usage.used)
        }
    }

    @Test func aSecondOverflowInARowIsToldAndOneLaterCutsFurther() async throws {
        let twice = Self.overflowing(.fail(.contextOverflow), .text("never"))
        try await twice.running {
            let briefs = try await twice.run()
            #expect(briefs.last == "finished t1 providerError: The script says: contextOverflow")
            #expect(twice.model.requests.count == 3)
        }
        let later = Self.overflowing(.fail(.contextOverflow), .fail(.contextOverflow), .text("done"))
        try await later.running {
            _ = try await later.run()
            try await later.submit("again", as: "t2")
            try await later.recorder().read(untilEndOf: "t2")
            #expect(try await later.end(of: "t2")?.reason == .completed)
            let sizes = later.model.requests.dropFirst().map { Self.shown($0)[0].utf8.count }
            #expect(sizes.count == 4 && sizes[0] > sizes[1] && sizes[1] == sizes[2] && sizes[2] > sizes[3])
        }
    }

    // MARK: Tools

    private actor CountedTools: ToolSource {
        private let tools: [any Tool]
        private(set) var count = 0
        init(_ tools: [any Tool]) { self.tools = tools }
        func tools(for scope: ToolScope) async -> [any Tool] {
            count += 1
            return tools
        }
    }

    /// Of a provider that counts nothing too, whose requests are measured by all they hold.
    @Test func theToolsAreListedOnceForARequest() async throws {
        let tools = CountedTools([EngineAutoCompactionTests.reader([:])])
        let house = EngineHouse(
            EngineAutoCompactionTests.model([.text("one"), .text("two")], summaries: [], contextTokens: 200_000),
            adjusting: { $0.tools = tools })
        try await house.running {
            _ = try await house.create()
            for (turn, count) in [("t1", 1), ("t2", 2)] as [(TurnID, Int)] {
                try await house.submit("hi", as: turn)
                try await house.recorder().read(untilEndOf: turn)
                #expect(await tools.count == count)
            }
        }
        #expect(house.model.requests.allSatisfy { $0.tools.map(\.name) == ["Read"] })
    }
}
