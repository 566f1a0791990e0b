import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineMediaTests {
    private static func image(_ byte: UInt8, count: Int = 4, name: String? = nil) -> Media {
        Media(MediaDetails(.png, name: name), bytes: [UInt8](repeating: byte, count: count))
    }

    private static func looking(_ count: Int = 1) -> ScriptedModel {
        ScriptedModel { _, number in number < count ? .init(.call(CallID("c\(number)"), "Look", [:])) : .text("seen") }
    }

    private static func results(_ request: ModelRequest?) -> [ModelToolResult] {
        request?.messages.flatMap { if case .toolResults(let results) = $0 { results } else { [ModelToolResult]() } } ?? []
    }

    @Test func theBytesOfAResultReachTheModelAndNotTheLog() async throws {
        let tool = ScriptedTool("Look") { _, _ in ToolResult(.succeeded, "a picture", media: [Self.image(1)]) }
        let house = EngineHouse(Self.looking(), tools: [tool])
        try await house.running { _ = try await house.run() }
        #expect(
            Self.results(house.model.requests.last)
                == [ModelToolResult(call: "c0", tool: "Look", text: "a picture", isError: false, media: [Self.image(1)])])
        let media = try await house.events().flatMap(\.kind.keptMedia)
        #expect(media == [MediaReference(MediaDetails(.png), hash: try await house.memory.put([1, 1, 1, 1]), byteCount: 4)])
    }

    @Test func aPromptBringsItsMediaAlongAndToldTwiceKeepsThemOnce() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        let input = TurnInput(
            turn: "t1", prompt: "look", origin: TurnOrigin(front: .exec, writer: "test", approvals: .stop), idempotencyKey: "k")
        try await house.running {
            _ = try await house.create()
            for _ in 0..<2 { #expect(try await house.engine.submit(input, with: [Self.image(1)], to: "s") == "t1") }
            var again = input
            again.turn = "t2"
            #expect(try await house.engine.submit(again, with: [Self.image(1)], to: "s") == "t1")
            await #expect(throws: SessionError.conflict(key: "k")) { try await house.engine.submit(again, with: [Self.image(2)], to: "s") }
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(house.model.requests.map(\.messages) == [[.user(["look"], media: [Self.image(1)])]])
        let kept = try #require(try await house.events().flatMap(\.kind.keptMedia).first)
        #expect(try await house.memory.get(kept.hash) != nil)
    }

    @Test func aForkKeepsWhatItsSourceGivesUp() async throws {
        let tool = ScriptedTool("Look") { _, _ in ToolResult(.succeeded, "", media: [Self.image(1)]) }
        let house = EngineHouse(Self.looking(), tools: [tool])
        try await house.running {
            _ = try await house.run()
            let copy = try await house.engine.fork("s")
            let hash = try #require(try await house.events().flatMap(\.kind.keptMedia).first).hash
            try await house.memory.release(hash)
            try await house.submit("and now?", as: "t2", to: copy)
            try await house.recorder(copy).read(untilEndOf: "t2")
            #expect(Self.results(house.model.requests.last).first?.media == [Self.image(1)])
            try await house.memory.release(hash)
            try await house.submit("and now?", as: "t3", to: copy)
            try await house.recorder(copy).read(untilEndOf: "t3")
            #expect(Self.results(house.model.requests.last).first?.media == [])
            #expect(Self.results(house.model.requests.last).first?.text == "[image omitted: its bytes are not stored any more]")
        }
    }

    @Test func onlyTheNewestFitARequest() async throws {
        let count = ByteLimit.maximumRequestMedia + 2
        let tool = ScriptedTool("Look") { _, context in
            ToolResult(.succeeded, context.call.rawValue, media: [Self.image(UInt8(context.call.rawValue.utf8.last ?? 0), name: "x.png")])
        }
        let house = EngineHouse(Self.looking(count), tools: [tool])
        try await house.running { _ = try await house.run() }
        let results = Self.results(house.model.requests.last)
        #expect(results.map(\.media.count) == [0, 0] + [Int](repeating: 1, count: count - 2))
        #expect(results[0].text == "c0\n\n[image x.png omitted: newer images and documents fill the request; read it again to see it]")
        #expect(results[2].text == "c2")
    }

    @Test func theBytesOfARequestAreBounded() async {
        let log = MemoryEventLog(time: ManualTime())
        let size = ByteLimit.requestMediaBytes / 2
        var state = SessionState(id: "s")
        for byte in 1...3 as ClosedRange<UInt8> {
            // `put` of memory does not fail.
            let hash = try? await log.put([UInt8](repeating: byte, count: size))
            let reference = MediaReference(MediaDetails(.png), hash: hash ?? "", byteCount: size)
            state.transcript.append(.user(MessageID("m\(byte)"), "t", "\(byte)", media: [reference]))
        }
        let model = ModelDescription(id: "m", displayName: "M", dialect: "d")
        let media = await LoadedMedia.load(for: state.transcript, model: model, from: log)
        guard case .user(let texts, let loaded) = ContextBuilder.messages(from: state, media: media).first else {
            Issue.record("no message of the user")
            return
        }
        #expect(texts == ["1\n\n[image omitted: newer images and documents fill the request; read it again to see it]", "2", "3"])
        #expect(loaded.map(\.bytes.first) == [2, 3])
    }

    @Test func aModelThatTakesNoneReadsWhatStandsForThem() async {
        let log = MemoryEventLog(time: ManualTime())
        var state = SessionState(id: "s")
        let document = MediaReference(MediaDetails(.pdf, name: "r.pdf", text: "Chapter 1"), hash: "h", byteCount: 1)
        let image = MediaReference(MediaDetails(.gif), hash: "h", byteCount: 1)
        state.transcript = [.user("m", "t", "see", media: [document, image])]
        let model = ModelDescription(id: "blind", displayName: "M", dialect: "d", media: .nothing)
        let media = await LoadedMedia.load(for: state.transcript, model: model, from: log)
        #expect(
            ContextBuilder.messages(from: state, media: media) == [
                .user([
                    "see\n\n[document r.pdf as text: model blind takes no PDF documents]\nChapter 1\n\n[image omitted: model blind takes no images]"
                ])
            ])
    }

    @Test func secretsInTheTextOfADocumentAreReplaced() async throws {
        let tool = ScriptedTool("Look") { _, _ in
            ToolResult(.succeeded, "", media: [Media(MediaDetails(.pdf, text: "key: canary-123456"), bytes: [1])])
        }
        let house = EngineHouse(Self.looking(), tools: [tool], redaction: Redaction(secrets: ["canary-123456"]))
        try await house.running { _ = try await house.run() }
        #expect(try await house.events().flatMap(\.kind.keptMedia).map(\.details.text) == ["key: ***"])
    }
}
