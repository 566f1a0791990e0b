import ApusBase
import ApusTestServer
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs at a real terminal: what it shows meanwhile, that nothing of it stays, and that stdout hears nothing of it.
@Suite struct ProgressTests {
    private static let usage = TokenCounts(input: 1_200, output: 34)

    /// A call, then words that stop half-way until the gate opens.
    private static func replies(_ gate: Gate) -> Script {
        [
            .blocks(.text(["Looking."]), .toolCall("Read", ["file_path": "notes.txt"], id: "call-1"), usage: usage),
            .text("Two lines ", .wait(gate), "in it.", usage: usage),
        ]
    }

    private func start(
        _ stage: Stage, _ terminal: PseudoTerminal, _ arguments: String..., stdout: PseudoTerminal.Stdout = .toFile,
        environment: [String: String] = ["TERM": "xterm-256color"]
    ) throws -> ChildProcess {
        try stage.executable.start(["exec"] + arguments, home: stage.home, environment: environment, terminal: (terminal, stdout))
    }

    private func wait(for text: String, on terminal: PseudoTerminal, columns: Int = 80) async throws {
        try await eventually("the terminal shows \(text)", within: .seconds(60)) {
            terminal.screen(columns: columns).lines.contains { $0.contains(text) }
        }
    }

    @Test(arguments: ["text", "json", "stream-json"])
    func aTerminalShowsProgressAndStdoutIsThatOfAPipedRun(format: String) async throws {
        var printed: [String] = []
        for isTerminal in [false, true] {
            let gate = Gate()
            try await withStage(.anthropic, Self.replies(gate)) { stage in
                try Scene.furnish(stage.home)
                let outcome: Outcome
                if isTerminal {
                    let terminal = try PseudoTerminal()
                    let run = try start(stage, terminal, "-o", format, "what is in notes.txt?")
                    try await wait(for: "Writing  1.2k in, ", on: terminal)
                    #expect(terminal.screen().lines.count == 1)
                    gate.open()
                    outcome = try await run.finish()
                    #expect(terminal.screen().lines == [])
                    #expect(terminal.screen().surprises == [])
                } else {
                    gate.open()
                    outcome = try await stage.start("exec", "-o", format, "what is in notes.txt?").finish()
                    #expect(outcome.diagnostics == "")
                }
                #expect(outcome.status == .exited(0), "\(outcome.everything)")
                var normaliser = Normaliser(home: stage.home, port: stage.server.port)
                printed.append(format == "text" ? normaliser.text(outcome.text) : normaliser.lines(try outcome.lines()))
            }
        }
        #expect(printed[0] == printed[1])
        #expect(printed[0].contains("Two lines in it."))
    }

    @Test func aToolIsNamedWithItsSubjectMadeSafe() async throws {
        let command = "touch started; printf '\u{1B}[2J\u{202E}%s' 日本語; while [ ! -e go ]; do sleep 0.05; done"
        let input: JSONValue = ["command": .string(command), "riskLevel": "high", "riskLevelReason": "a test"]
        try await withStage(.anthropic, [.toolCall("Execute", input, id: "call-1"), .text("Done.")]) { stage in
            let terminal = try PseudoTerminal(columns: 140)
            let run = try start(stage, terminal, "--auto", "high", "wait")
            try await wait(for: #"Execute touch started; printf '\u{1B}[2J\u{202E}"#, on: terminal, columns: 140)
            try stage.home.write("", to: "go")
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "Done.\n")
            let screen = terminal.screen(columns: 140)
            #expect(screen.lines == [])
            #expect(screen.surprises == [])
        }
    }

    @Test func aNarrowedWindowGetsAShorterLine() async throws {
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal(columns: 80)
            let run = try start(stage, terminal, "what is in notes.txt?")
            try await wait(for: "Writing", on: terminal)
            let before = terminal.bytes.count
            terminal.resize(columns: 12)
            try await eventually("the line is drawn anew", within: .seconds(60)) { terminal.bytes.count > before }
            var screen = Screen(columns: 12)
            try await eventually("the line fits", within: .seconds(60)) {
                screen = Screen(columns: 12)
                screen.write(Array(terminal.bytes[before...]))
                return screen.lines.count == 1
            }
            #expect(screen.lines[0].count < 12, "\(screen.lines)")
            gate.open()
            #expect(try await run.finish().status == .exited(0))
            #expect(terminal.screen().lines == [])
        }
    }

    @Test func sentencesOnStderrStandAboveTheLine() async throws {
        let gate = Gate()
        try await withStage(.anthropic, [.serverError, .text("Two lines ", .wait(gate), "in it.")]) { stage in
            let terminal = try PseudoTerminal(columns: 200)
            let run = try start(stage, terminal, "what is in notes.txt?")
            try await wait(for: "Writing", on: terminal, columns: 200)
            let during = terminal.screen(columns: 200).lines
            #expect(during.count == 2)
            #expect(during[0].hasPrefix("Attempt 1 failed: "), "\(during)")
            gate.open()
            #expect(try await run.finish().status == .exited(0))
            #expect(terminal.screen(columns: 200).lines == Array(during.prefix(1)))
        }
    }

    @Test(arguments: ["text", "stream-json"])
    func anAnswerOnTheSameTerminalStandsAlone(format: String) async throws {
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal(columns: 2_000)
            let run = try start(stage, terminal, "-o", format, "what is in notes.txt?", stdout: .toTerminal)
            try await wait(for: "Writing", on: terminal, columns: 2_000)
            gate.open()
            #expect(try await run.finish().status == .exited(0))
            let lines = terminal.screen(columns: 2_000).lines
            if format == "text" {
                #expect(lines == ["Two lines in it."])
            } else {
                #expect(try lines.map { try JSONValue(parsing: $0)["type"]?.stringValue ?? "" }.last == "completion", "\(lines)")
            }
        }
    }

    @Test(arguments: [
        ([:], []), (["TERM": ""], []), (["TERM": "dumb"], []), (["TERM": "xterm", "NO_COLOR": "1"], []),
        (["TERM": "xterm"], ["2", "0"]), (["TERM": "xterm", "NO_COLOR": ""], ["2", "0"]),
    ])
    func theTerminalsAbilitiesAreHeeded(environment: [String: String], styles: [String]) async throws {
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal()
            let run = try start(stage, terminal, "what is in notes.txt?", environment: environment)
            try await gate.reached()
            let isShown = environment["TERM"] == "xterm"
            if isShown { try await wait(for: "Writing", on: terminal) }
            gate.open()
            let outcome = try await run.finish()
            #expect(outcome.text == "Two lines in it.\n")
            #expect(outcome.stderr.isEmpty == !isShown, "\(outcome.diagnostics)")
            #expect(Array(terminal.screen().styles.prefix(2)) == styles)
        }
    }

    @Test func aKeyThatInterruptsLeavesOnlyItsEcho() async throws {
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal()
            let run = try start(stage, terminal, "-o", "json", "what is in notes.txt?")
            try await wait(for: "Writing", on: terminal)
            terminal.type("\u{3}")
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(130), "\(outcome.everything)")
            #expect(try outcome.result()["stop_reason"] == "cancelled")
            // The terminal itself echoes the key, over the line, and that goes with it.
            #expect(terminal.screen().lines == [])
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalLeavesNoTrace(signal: Int32) async throws {
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal()
            let run = try start(stage, terminal, "what is in notes.txt?")
            try await wait(for: "Writing", on: terminal)
            run.send(signal)
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(128 + signal), "\(outcome.everything)")
            #expect(terminal.screen().lines == [])
        }
    }

    @Test func aStoppedRunTakesItsLineAwayAndBringsItBack() async throws {
        // A shell with job control, because nothing stops a process whose shell is not in its session.
        let script = """
            "$1" exec "what is in notes.txt?"
            touch stopped
            while [ ! -e go ]; do sleep 0.05; done
            fg >/dev/null
            """
        let gate = Gate()
        try await withStage(.anthropic, Self.replies(gate)) { stage in
            try Scene.furnish(stage.home)
            let terminal = try PseudoTerminal()
            let environment = stage.home.environment.merging(["TERM": "xterm"]) { _, given in given }
            let run = try ChildProcess(
                "bash", ["-mc", script, "bash", stage.executable.path], environment: environment, directory: stage.home.work,
                scratch: stage.home.scratch, terminal: (terminal, .toFile))
            try await wait(for: "Writing", on: terminal)
            terminal.type("\u{1A}")
            try await eventually("the run has stopped", within: .seconds(60)) { stage.home.has("stopped") }
            // What it wrote last may still be on its way to us.
            try await eventually("the line is gone", within: .seconds(60)) { !terminal.screen().lines.contains { $0.contains("Writing") } }
            try stage.home.write("", to: "go")
            try await wait(for: "Writing", on: terminal)
            gate.open()
            let outcome = try await run.finish()
            #expect(outcome.text == "Two lines in it.\n", "\(outcome.everything)")
            try await eventually("the line is gone", within: .seconds(60)) { !terminal.screen().lines.contains { $0.contains("Writing") } }
        }
    }

    @Test func aFailureLeavesItsSentenceAlone() async throws {
        try await withStage(.anthropic, []) { stage in
            let terminal = try PseudoTerminal(columns: 2_000)
            let outcome = try await start(stage, terminal, "hello").finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let lines = terminal.screen(columns: 2_000).lines
            #expect(lines.allSatisfy { !$0.contains("Waiting for") && !$0.contains("Starting") }, "\(lines)")
        }
    }
}
