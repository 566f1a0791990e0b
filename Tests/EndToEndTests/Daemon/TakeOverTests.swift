import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A daemon that is killed in a turn, and the next one, which goes on with it (`docs/operating.md`).
@Suite(.timeLimit(.minutes(5))) struct TakeOverTests {
    /// The beginning of an answer that never comes to its end.
    private static func half(_ text: String, _ gate: Gate) -> Reply { .blocks(.text([.piece(text), .wait(gate)])) }

    private static func isSummary(_ request: RecordedRequest) -> Bool { request.bodyText.contains("<conversation>") }

    @Test func whileTheModelSpeaks() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await Survivor.lend([Self.half("so far ", gate), .text("and the whole answer")]) { client in
            let heard = try await client.turn("Go.", killedAt: [.init { client in try await eventually { client.shown == "so far " } }])
            #expect(client.shown == "so far and the whole answer", "what was shown stays, and comes once")
            #expect(heard.result?.text.hasSuffix("and the whole answer") == true)
            let requests = client.stage.server.modelRequests
            #expect(requests.count == 2)
            #expect(requests.last?.bodyText.contains("so far") == false, "the model does not see what it is asked for again")
            #expect(try await client.state()["lastTurn"]?["reason"] == "completed")
        }
    }

    /// A search only reads: it is made again.
    @Test func whileACallThatOnlyReadsRuns() async throws {
        let asked = Gate()
        let count = Collected<Int>()
        let stub = try await StubHTTPServer.start { _, exchange in
            count.add(1)
            // The first is never answered: its daemon is killed before.
            if count.values.count == 1 { return asked.open() }
            exchange.respond(
                200, [("content-type", "application/json")], #"{"results": [{"title": "FOUND-IT", "url": "https://swift.org/"}]}"#)
        }
        let script: Script = [.toolCall("WebSearch", ["query": "swift"], id: "call-1"), .text("Found.")]
        let search: JSONValue = ["provider": "http", "url": .string(stub.url + "/find"), "allowPrivateNetwork": true]
        try await Survivor.lend(script, preparing: { try $0.change { $0["webSearch"] = search } }) { client in
            let heard = try await client.turn("Search.", killedAt: [.init { _ in try await eventually { asked.isOpen } }])
            #expect(heard.result?.text == "Found.")
            #expect(count.values.count == 2)
            #expect(heard.types.count { $0 == .toolResult } == 1)
            #expect(client.stage.server.modelRequests.last?.tells("FOUND-IT") == true)
        }
        await stub.stop()
    }

    /// Nobody can tell what a command has done: the model is told so, and it does not run again.
    @Test func whileACommandRuns() async throws {
        let script: Script = [.command("echo ran >> effects; sleep 600"), .text("Looked.")]
        try await Survivor.lend(script) { client in
            let home = client.stage.home
            let heard = try await client.turn("Run it.", killedAt: [.init { _ in try await eventually { home.has("effects") } }])
            #expect(heard.result?.text == "Looked.")
            #expect(try home.read("effects") == "ran\n")
            #expect(client.stage.server.modelRequests.last?.tells("its outcome is unknown") == true)
            let results = heard.compactMap { if case .toolResult(let result) = $0 { result } else { nil } }
            #expect(results.count == 1 && results.first?.isError == true, "clients hear so, too")
        }
    }

    @Test func whileASummaryIsWritten() async throws {
        let gate = Gate()
        defer { gate.open() }
        let script: Script = [
            .toolCall("Read", ["file_path": "long.txt"], id: "call-1"),
            .blocks(.toolCall("Read", ["file_path": "short.txt"], id: "call-2"), usage: TokenCounts(input: 6_000)),
            .after(gate, .text("never heard")), .text("in short"), .text("Done."),
        ]
        try await Survivor.lend(
            script,
            preparing: { stage in
                try stage.home.write((1...300).map { "line \($0) of the long text" }.joined(separator: "\n"), to: "long.txt")
                try stage.home.write("short", to: "short.txt")
                // Above system prompt and tools, below what the model counts.
                try stage.change { $0["compactionTokenLimit"] = 5_500 }
            }
        ) { client in
            let heard = try await client.turn("Read it.", killedAt: [.init { _ in try await gate.reached() }])
            #expect(heard.result?.text == "Done.")
            #expect(client.stage.server.modelRequests.map(Self.isSummary) == [false, false, true, true, false])
            #expect(try await client.state()["compaction"]?["summary"] == "in short")
            #expect(heard.types.count { $0 == .toolResult } == 2)
        }
    }

    @Test func aDaemonThatDiesOfItsTurnTriesThreeTimes() async throws {
        let gates = (0..<4).map { _ in Gate() }
        defer { for gate in gates { gate.open() } }
        let script = Script(replies: gates.enumerated().map { Self.half("try \($0.offset) ", $0.element) } + [.text("never asked for")])
        try await Survivor.lend(script) { client in
            // What nobody was shown may be lost.
            let moments = gates.indices.map { number in
                Survivor.Moment { client in try await eventually { client.shown.hasSuffix("try \(number) ") } }
            }
            _ = try await client.turn("Go.", killedAt: moments)
            #expect(client.shown == "try 0 try 1 try 2 try 3 ")
            let last = try await client.state()["lastTurn"]
            #expect(last?["reason"] == "ownerDied")
            #expect(last?["detail"]?.stringValue?.hasSuffix("So did each of the 3 that went on with it.") == true)
            #expect(client.stage.server.modelRequests.count == 4)
        }
    }

    @Test func switchedOffTheTurnEndsAsItsDaemonDid() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await Survivor.lend(
            [Self.half("so far ", gate), .text("never asked for")], preparing: { try $0.change { $0["resumeTurns"] = false } }
        ) { client in
            _ = try await client.turn("Go.", killedAt: [.init { _ in try await gate.reached() }])
            #expect(try await client.state()["lastTurn"]?["reason"] == "ownerDied")
            #expect(client.stage.server.modelRequests.count == 1)
        }
    }

    /// A script that died is not gone on with by a daemon of somebody else.
    @Test func aRunOfTheCommandLineEndsWithItsProcess() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withStage(.anthropic, [Self.half("so far ", gate), .text("never asked for")]) { stage in
            try stage.change { $0["resumeTurns"] = true }
            let run = try stage.start("exec", "-o", "stream-json", "Go.")
            try await gate.reached()
            run.send(SIGKILL)
            let session = try await run.finish().session()
            let daemon = try await DaemonStage.start(on: stage)
            let connection = try await daemon.connect()
            let loaded = try await connection.resumeSession(session).loaded
            #expect(loaded?.isAgentLoopInProgress != true)
            await connection.close()
            try await daemon.stop()
            #expect(try await stage.show(session).result()["lastTurn"]?["reason"] == "ownerDied")
            #expect(stage.server.modelRequests.count == 1)
        }
    }

    /// Without a daemon the turn stays as it is, and a run leaves it to the next one.
    @Test func aRunLeavesTheTurnOfADaemonToTheNextDaemon() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withStage(.anthropic, [Self.half("so far ", gate), .text("from the run"), .text("the whole")]) { stage in
            try stage.change { $0["resumeTurns"] = true }
            let first = try await DaemonStage.start(on: stage)
            let connection = try await first.connect()
            let session = try await connection.createSession(DaemonSessionOptions(cwd: first.work))
            try await session.send("Go.")
            try await gate.reached()
            first.daemon.send(SIGKILL)
            _ = try await first.daemon.finish()
            await connection.close()
            #expect(try await stage.apus("exec", "something else").text == "from the run\n")
            let second = try await first.restarted()
            try await eventually { try await stage.show(session.sessionId).result()["lastTurn"]?["reason"] == "completed" }
            try await second.stop()
            #expect(stage.server.modelRequests.count == 3)
        }
    }

    // MARK: Other protocols

    @Test func aClientOfTheQwenProtocolHearsOneTurn() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withQwen([Self.half("so far ", gate), .text("and the whole")], ["--non-blocking-prompts"]) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            #expect(try await served.prompt(session).status == 202)
            let before = try await ear.frames { $0.text == "so far " }
            try await served.stop(SIGKILL)
            try served.stage.change { $0["resumeTurns"] = true }
            let again = try await QwenServed.start(served.stage)
            defer { again.server.process.send(SIGKILL) }
            let cursor = try #require(before.last?.id)
            let second = try await again.listen(session, after: "\(cursor)")
            let after = try await second.frames { $0.types.contains("turn_complete") }
            #expect(after.text == "and the whole" && !after.types.contains("turn_error"))
            await second.close()
        }
    }

    /// Its protocol has a word for a restart, and clients wait for it (`opta-v3.md` §4.6).
    @Test func aTurnOfTheOptaProtocolEndsWithItsDaemon() async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withOptaServed([Self.half("so far ", gate), .text("never asked for")]) { served in
            let session = try await served.session()
            let turn = try await served.submit(session).turn
            try await gate.reached()
            try served.stage.change { $0["resumeTurns"] = true }
            let later = try await served.restarted(by: SIGKILL)
            defer { later.running.process.send(SIGKILL) }
            let errors = try await later.events(session).filter { $0["event"] == "turn.error" }.compactMap { $0["payload"] }
            #expect(errors.map { $0["turnId"] } == [.string(turn)] && errors.first?["message"] == "Daemon restarted")
            #expect(errors.first?["code"] == nil)
            #expect(served.stage.server.modelRequests.count == 1)
        }
    }
}
