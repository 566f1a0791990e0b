import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct ExecRunTests {
    private static let usage = Usage(inputTokens: 5, outputTokens: 1)

    // MARK: New sessions

    @Test func textIsTheLastMessageWithAllItsBlocks() async throws {
        let house = ExecHouse(
            ScriptedModel(
                .init(.text(["Looking."]), .call("c1", "Read", [:])), .init(.text(["Two ", "files"]), .reasoning(["hm"]), .text(["."]))),
            tools: [ScriptedTool("Read", says: "a\nb")])
        try await house.running {
            let printed = try await house.run(ExecHouse.request())
            #expect(printed.output == "Two files.\n")
            #expect(printed.diagnostics == "")
            #expect(printed.code == 0)
        }
    }

    @Test func jsonIsOneObject() async throws {
        let house = ExecHouse(ScriptedModel(.init(.text(["fine"]), .usage(Self.usage))))
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .json))
            let session = try await house.onlySession()
            #expect(
                printed.output == """
                    {"type":"result","subtype":"success","is_error":false,"duration_ms":0,"num_turns":1,"result":"fine",\
                    "session_id":"\(session)","usage":{"input_tokens":5,"output_tokens":1,"cache_read_input_tokens":0,\
                    "cache_creation_input_tokens":0,"ttft_ms":0.0},"model":"scripted","stop_reason":"completed"}

                    """)
            #expect(printed.code == 0)
        }
    }

    @Test func streamJSONTellsEverythingInOrder() async throws {
        let house = ExecHouse(
            ScriptedModel(
                .init(.reasoning(["hm"]), .text(["Looking."]), .call("c1", "Read", ["n": 1]), .call("c2", "Read", ["n": 2])),
                .text("Two files.")), tools: [ScriptedTool("Read", says: "bytes")])
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .streamJSON))
            #expect(
                try printed.types() == [
                    "system", "message", "reasoning", "message", "tool_call", "tool_call", "tool_result", "tool_result", "message",
                    "completion",
                ])
            let lines = try printed.lines()
            let session = JSONValue.string(try await house.onlySession().rawValue)
            for line in lines { #expect(line["session_id"] == session) }
            #expect(lines[0]["tools"] == ["Read"])
            #expect(lines[0]["reasoning_effort"] == "none")
            #expect(lines.last?["finalText"] == "Two files.")
            #expect(lines.last?["numTurns"] == 2)
            #expect(printed.code == 0)
        }
    }

    @Test func whatTheCommandLineSaidIsInTheSession() async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        var request = ExecHouse.request()
        request.model = "scripted"
        request.effort = .high
        request.labels = [SessionLabel(name: "team")]
        request.systemPromptAddition = "Be brief."
        request.limits = TurnLimits(responses: 3, milliseconds: 60_000)
        let final = request
        try await house.running {
            #expect(try await house.run(final).code == 0)
            let session = try await house.onlySession()
            let state = try await house.engine.open(session)
            #expect(state.header.workingDirectory == "/w")
            #expect(
                state.settings
                    == SessionSettings(
                        model: "scripted", effort: .high, autonomy: .low, labels: [SessionLabel(name: "team")],
                        systemPromptAddition: "Be brief."))
            let inputs = try await house.memory.events(in: session, after: 0, limit: 100).compactMap { event -> TurnInput? in
                if case .turnQueued(let input) = event.kind { input } else { nil }
            }
            #expect(inputs.map(\.prompt) == ["hi"])
            #expect(inputs.map(\.limits) == [final.limits])
            #expect(inputs.map(\.origin) == [TurnOrigin(front: .exec, writer: "exec", approvals: .stop, approvesPlans: true)])
        }
    }

    // MARK: Failures

    @Test(arguments: ExecRequest.Format.allCases)
    func anUnknownModelFailsBeforeASessionIsMade(format: ExecRequest.Format) async throws {
        let house = ExecHouse(ScriptedModel(.text("never")))
        var request = ExecHouse.request(format: format)
        request.model = "gpt5"
        let final = request
        try await house.running {
            let printed = try await house.run(final)
            #expect(printed.code == 1)
            #expect(printed.diagnostics == "Invalid model: gpt5\nAvailable models: scripted")
            if format == .text {
                #expect(printed.output == "Invalid model: gpt5\n")
            } else {
                #expect(try printed.types() == (format == .json ? ["result"] : ["error", "result"]))
                #expect(try printed.lines().last?["result"] == "Invalid model: gpt5")
                #expect(try printed.lines().last?["session_id"] == nil)
            }
            #expect(try await house.memory.sessions(withPrefix: "", limit: 1).isEmpty)
        }
    }

    @Test func aProviderFailureIsErrorAndResult() async throws {
        let house = ExecHouse(ScriptedModel(.fail(.authentication)))
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .streamJSON))
            #expect(try printed.types() == ["system", "message", "error", "result"])
            let result = try printed.lines().last
            #expect(result?["result"] == "The script says: authentication")
            #expect(result?["stop_reason"] == "provider_error")
            #expect(result?["num_turns"] == 0)
            #expect(result?["session_id"] == .string(try await house.onlySession().rawValue))
            #expect(printed.code == 1)
        }
    }

    @Test func whereARunGoesOnTheModelHearsOfTheDenialAndTheReportHasIt() async throws {
        let tool = ScriptedTool("Write", says: "never", access: { _ in .write(["/w/a"]) })
        let house = ExecHouse(
            ScriptedModel(.init(.call("c1", "Write", [:])), .text("then not")), tools: [tool],
            policy: ScriptedPolicy { _ in .ask(required: .medium, rule: "r", reason: "writing /w/a") })
        try await house.running {
            var request = ExecHouse.request(format: .json)
            request.onDenied = .continue
            let printed = try await house.run(request)
            #expect(printed.code == 0)
            let result = try #require(try printed.lines().last)
            #expect(result["result"] == "then not" && result["stop_reason"] == "completed" && result["num_turns"] == 2)
            #expect(result["permission_denials"]?[0]?["required_autonomy"] == "medium")
            #expect(
                printed.diagnostics.hasPrefix("blocked: Write") && printed.diagnostics.hasSuffix("session allows low; use --auto medium"))
        }
        #expect(tool.runs.isEmpty)
    }

    @Test func aPermissionStopEndsWithItsSentenceAndSaysOnStderrWhatWasBlocked() async throws {
        let tool = ScriptedTool("Execute", says: "never", access: { .command($0["command"]?.stringValue ?? "", declaredRisk: "low") })
        let house = ExecHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "rm -rf build\n\u{1B}[2J"]))), tools: [tool],
            policy: ScriptedPolicy { _ in .ask(required: .high, rule: "r", reason: "not on the list") })
        let sentence = StopSentence.text(required: .high)
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .streamJSON))
            #expect(try printed.types() == ["system", "message", "tool_call", "tool_result", "message", "error", "result"])
            let lines = try printed.lines()
            #expect(lines[3]["error"]?["message"] == .string("Error: \(sentence)"))
            #expect(lines[4]["text"] == .string(sentence))
            #expect(lines[6]["result"] == .string(sentence))
            #expect(lines[6]["stop_reason"] == "permission_denied")
            #expect(lines[6]["permission_denials"]?[0]?["required_autonomy"] == "high")
            #expect(
                printed.diagnostics
                    == #"blocked: Execute "rm -rf build\n\u{1B}[2J" — risk high (not on the list), session allows low; add it to commandAllowlist or use --auto high"#
            )
            #expect(printed.code == 1)
        }
        #expect(tool.runs.isEmpty)
    }

    @Test(arguments: ["nobody-knows-this", "short", ""])
    func anUnknownSessionFails(name: String) async throws {
        let house = ExecHouse(ScriptedModel(.text("never")))
        try await house.running {
            for session in [ExecRequest.Session.resume(name), .fork(name)] {
                let printed = try await house.run(ExecHouse.request(session, format: .json))
                #expect(printed.code == 1)
                #expect(printed.diagnostics == "Session not found: \(name)")
                #expect(try printed.lines().map { $0["stop_reason"] } == ["session_error"])
            }
        }
    }

    @Test func aSessionInUseFailsNamingTheProcess() async throws {
        let house = ExecHouse(ScriptedModel(.text("never")))
        let writer = try await house.memory.create("in-use-session") { _ in }
        _ = try await writer.commit([
            .sessionCreated(SessionHeader(id: "in-use-session", createdAt: 1, workingDirectory: "/w"), SessionSettings())
        ])
        try await house.running {
            let printed = try await house.run(ExecHouse.request(.resume("in-use-session")))
            #expect(printed.output == "Session in-use-session is in use by pid 0\n")
            #expect(printed.code == 1)
        }
    }

    // MARK: Resume and fork

    @Test func resumingGoesOnAndDoesNotTellTheHistoryAgain() async throws {
        let model = ScriptedModel(.text("one"), .text("two"))
        let house = ExecHouse(model)
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let session = try await house.onlySession()
            var request = ExecHouse.request(.resume(String(session.rawValue.prefix(8))), prompt: "more", format: .streamJSON, at: "/other")
            request.labels = [SessionLabel(name: "later")]
            let printed = try await house.run(request)
            #expect(try printed.types() == ["system", "message", "message", "completion"])
            #expect(try printed.lines()[1]["text"] == "more")
            #expect(try printed.lines()[0]["cwd"] == "/w")
            #expect(printed.diagnostics == "The session works in /w; use --cwd to move it.")
            #expect(try await house.engine.open(session).settings.labels == [SessionLabel(name: "later")])
        }
        #expect(model.requests.last?.messages == [.user(["hi"]), .assistant([.text("one")]), .user(["more"])])
    }

    @Test func aNamedDirectoryMovesAResumedSession() async throws {
        let house = ExecHouse(ScriptedModel(.text("one"), .text("two")))
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let session = try await house.onlySession()
            var request = ExecHouse.request(.resume(session.rawValue), format: .streamJSON, at: "/other")
            request.isWorkingDirectoryExplicit = true
            let printed = try await house.run(request)
            #expect(try printed.lines()[0]["cwd"] == "/other")
            #expect(printed.diagnostics == "")
        }
    }

    @Test func aSessionWhoseDirectoryIsGoneMovesToTheRuns() async throws {
        let house = ExecHouse(ScriptedModel(.text("one"), .text("two")))
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let session = try await house.onlySession()
            var request = ExecHouse.request(.resume(session.rawValue), format: .streamJSON, at: "/other")
            request.isDirectory = { $0 != "/w" }
            let printed = try await house.run(request)
            #expect(try printed.lines()[0]["cwd"] == "/other")
            #expect(printed.diagnostics == "The session's directory /w is gone; going on in /other.")
        }
    }

    @Test func theWholeIdWinsOverSessionsThatOnlyBeginWithIt() async throws {
        let house = ExecHouse(ScriptedModel { _, _ in .text("fine") })
        try await house.running {
            for id in ["sessions", "sessions-1", "sessions-2", "sessions-3"] as [SessionID] {
                _ = try await house.engine.create(NewSession(id: id, workingDirectory: "/w"))
                await house.engine.close(id)
                house.time.advance(by: .seconds(1))
            }
            let printed = try await house.run(ExecHouse.request(.resume("sessions"), format: .json))
            #expect(try printed.lines()[0]["session_id"] == "sessions")
            // A beginning that several have names none of them.
            #expect(try await house.run(ExecHouse.request(.resume("sessions-"))).code == 1)
        }
    }

    @Test(arguments: ExecRequest.Format.allCases)
    func aForkWithoutAPromptPrintsTheNewId(format: ExecRequest.Format) async throws {
        let model = ScriptedModel(.text("one"))
        let house = ExecHouse(model)
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let source = try await house.onlySession()
            let before = try await house.memory.events(in: source, after: 0, limit: .max)
            let printed = try await house.run(ExecHouse.request(.fork(source.rawValue), prompt: nil, format: format))
            let all = try await house.memory.sessions(withPrefix: "", limit: 10).map(\.header.id)
            let copy = try #require(all.first { $0 != source })
            #expect(all.count == 2)
            if format == .text {
                #expect(printed.output == "\(copy)\n")
            } else {
                let lines = try printed.lines()
                #expect(lines.map { $0["type"] } == (format == .json ? ["result"] : ["system", "completion"]))
                #expect(lines.allSatisfy { $0["session_id"] == .string(copy.rawValue) })
                #expect(lines.last.map { $0["finalText"] ?? $0["result"] } == "")
            }
            #expect(printed.code == 0)
            #expect(try await house.memory.events(in: source, after: 0, limit: .max) == before)
        }
        #expect(model.requests.count == 1)
    }

    @Test func aForkWithAPromptGoesOnInTheCopy() async throws {
        let model = ScriptedModel(.text("one"), .text("two"))
        let house = ExecHouse(model)
        try await house.running {
            _ = try await house.run(ExecHouse.request())
            let source = try await house.onlySession()
            let printed = try await house.run(ExecHouse.request(.fork(source.rawValue), prompt: "more", format: .json))
            #expect(try printed.lines()[0]["result"] == "two")
            #expect(try printed.lines()[0]["session_id"] != .string(source.rawValue))
        }
        #expect(model.requests.last?.messages == [.user(["hi"]), .assistant([.text("one")]), .user(["more"])])
    }

    // MARK: Readers that leave, signals

    @Test(arguments: 1...3)
    func whenNobodyReadsTheTurnIsInterruptedAndTheRunFails(writes: Int) async throws {
        let gate = Gate()
        let house = ExecHouse(ScriptedModel(.init(.reasoning(["hm"]), .text(["a"]), .text(["b"]), .stand(gate))))
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .streamJSON), readerLeavesAfter: writes)
            #expect(printed.code == 1)
            #expect(try printed.types().count == writes)
            let events = try await house.memory.events(in: try await house.onlySession(), after: 0, limit: .max)
            #expect(events.last?.kind.brief == "finished \(Self.turn(of: events)) interrupted: Interrupted.")
        }
    }

    private static func turn(of events: [Event]) -> TurnID {
        events.compactMap { event -> TurnID? in
            if case .turnQueued(let input) = event.kind { input.turn } else { nil }
        }.first ?? "none"
    }

    @Test func whenNobodyEverReadNothingIsAsked() async throws {
        let model = ScriptedModel(.text("never"))
        let house = ExecHouse(model)
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .streamJSON), readerLeavesAfter: 0)
            #expect(printed.code == 1)
        }
        #expect(model.requests.isEmpty)
    }

    @Test(arguments: [ExecRequest.Format.text, .json])
    func whenNobodyReadsTheAnswerTheRunFails(format: ExecRequest.Format) async throws {
        let house = ExecHouse(ScriptedModel(.text("fine")))
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: format), readerLeavesAfter: 0)
            #expect(printed.code == 1)
        }
    }

    @Test(arguments: [(Int32(2), Int32(130)), (15, 143)], ExecRequest.Format.allCases)
    func aSignalEndsTheTurnAndTheFailureIsStillPrinted(numbers: (Int32, Int32), format: ExecRequest.Format) async throws {
        let gate = Gate()
        let slow = ScriptedTool("Slow") { _, _ in
            await gate.pass() ? ToolResult(.succeeded, "") : ToolResult(.interrupted, "Error: interrupted")
        }
        let house = ExecHouse(ScriptedModel(.init(.call("c1", "Slow", [:]))), tools: [slow])
        let (stop, send) = AsyncStream<Int32>.makeStream()
        try await house.running {
            async let printing = house.run(ExecHouse.request(format: format), stop: stop)
            try await gate.reached()
            send.yield(numbers.0)
            // Only the first one counts.
            send.yield(1)
            let printed = try await printing
            #expect(printed.code == numbers.1)
            if format == .text {
                #expect(printed.output == "Interrupted.\n")
            } else {
                #expect(
                    try printed.types()
                        == (format == .json ? ["result"] : ["system", "message", "tool_call", "tool_result", "error", "result"]))
                #expect(try printed.lines().last?["stop_reason"] == "cancelled")
                #expect(try printed.lines().last?["is_error"] == true)
            }
        }
    }

    @Test func aSignalBeforeAnythingBeganEndsTheRun() async throws {
        let gate = Gate()
        let house = ExecHouse(ScriptedModel(.init(.stand(gate))))
        let (stop, send) = AsyncStream<Int32>.makeStream()
        send.yield(15)
        try await house.running {
            let printed = try await house.run(ExecHouse.request(format: .json), stop: stop)
            #expect(printed.code == 143)
        }
    }

    @Test func aRunThatCouldNotOpenItsHomeReportsInItsFormat() {
        let output = Watched<[UInt8]>([])
        let streams = ExecStreams(output: { bytes in output.change { $0 += bytes } }, diagnostics: { _ in })
        #expect(ExecRun.report("The file is damaged", .streamJSON, streams, at: 3) == 1)
        #expect(
            String(decoding: output.value, as: UTF8.self) == """
                {"type":"error","source":"cli","message":"The file is damaged","timestamp":3}
                {"type":"result","subtype":"failure","is_error":true,"duration_ms":0,"num_turns":0,"result":"The file is damaged",\
                "stop_reason":"session_error"}

                """)
    }
}
