import ApusBase
import ApusCore
import Testing

@testable import ApusExtensions

/// What a file of hooks may look like, and what is said about an odd one.
struct HookDocumentTests {
    private static let one =
        #"[{"matcher":"Execute","commandRegex":"git push","hooks":[{"type":"command","command":"/x.sh","timeout":30}]}]"#

    private func document(_ text: String, _ shape: HookDocument.Shape = .file) throws -> HookDocument {
        HookDocument(try JSONValue(parsing: text), in: "/p/hooks.json", shape)
    }

    private func call(_ tool: String, _ command: String? = nil) -> HookOccasion {
        .preToolUse(ToolCall(id: "c", name: tool, input: command.map { ["command": .string($0)] } ?? [:]))
    }

    @Test func eventsStandAtTheTop() throws {
        let document = try document("{\"PreToolUse\": \(Self.one)}")
        #expect(document.warnings == [])
        #expect(document.groups.keys.map(\.self) == [.preToolUse])
        #expect(document.groups[.preToolUse]?.flatMap(\.commands) == [HookCommand("/x.sh", timeout: 30)])
    }

    @Test func wrappedEventsAreReadAndRemarkedUpon() throws {
        let document = try document("{\"hooks\": {\"PreToolUse\": \(Self.one)}}")
        #expect(document.groups[.preToolUse]?.count == 1)
        #expect(
            document.warnings == ["/p/hooks.json: events belong at the top of the file, not into \"hooks\". They are used all the same."])
        #expect(try self.document("{\"hooks\": {\"Stop\": []}}", .settings).warnings == [])
    }

    @Test(arguments: [
        ("[]", "must be an object of events"), (#"{"PreTool": []}"#, "there is no hook event \"PreTool\""),
        (#"{"Stop": {}}"#, "Stop must be a list"), (#"{"Stop": [{"command": "x"}]}"#, "Stop[0] was skipped: it has no list \"hooks\""),
        (#"{"Stop": [{"hooks": [{"type": "prompt"}]}]}"#, "Stop[0].hooks[0] was skipped: the only type of hook is \"command\""),
        (#"{"Stop": [{"hooks": [{"type": "command", "command": " "}]}]}"#, "it has no \"command\" that a shell takes"),
        (#"{"Stop": [{"hooks": [{"command": "a\u0000b"}]}]}"#, "it has no \"command\" that a shell takes"),
        (#"{"PreToolUse": [{"matcher": "(", "hooks": [{"command": "x"}]}]}"#, "PreToolUse[0] was skipped"),
        (#"{"PreToolUse": [{"matcher": 7, "hooks": [{"command": "x"}]}]}"#, "its \"matcher\" is no text"),
    ])
    func whatIsOddIsSkippedAndTold(text: String, complaint: String) throws {
        let document = try document(text)
        #expect(document.isEmpty)
        #expect(document.warnings.count == 1 && document.warnings[0].contains(complaint), "\(document.warnings)")
    }

    @Test(arguments: [
        ("5", 5, 0), ("0.2", 1, 0), ("2.9", 2, 0), ("99999999", HookCommand.longestTimeout, 0), ("1e300", HookCommand.longestTimeout, 0),
        ("null", 60, 0), ("\"5\"", 60, 1), ("-1", 60, 1), ("0", 60, 1),
    ])
    func aTimeoutIsInSeconds(written: String, seconds: Int, warnings: Int) throws {
        let document = try document(#"{"Stop": [{"hooks": [{"command": "x", "timeout": \#(written)}]}]}"#)
        #expect(document.groups[.stop]?.first?.commands == [HookCommand("x", timeout: seconds)])
        #expect(document.warnings.count == warnings)
    }

    @Test(
        arguments: [
            (nil, "Execute", true), ("", "Execute", true), ("*", "Execute", true), ("Execute", "Execute", true),
            ("execute", "Execute", false),
            ("Exec", "Execute", false), ("Exec.*", "Execute", true), ("Edit|Create", "Create", true), ("Edit|Create", "CreateX", false),
            ("Edit|Create", "XEdit", false), ("git___log", "git___log", true), ("mcp__git__log", "git___log", true),
            ("mcp__git__.*", "git___log", true), ("MCP:git/log", "git___log", true), ("mcp__git__log", "git___logs", false),
        ] as [(String?, String, Bool)])
    func aMatcherIsForTheWholeName(matcher: String?, tool: String, fits: Bool) throws {
        let group = try HookGroup(matcher: matcher, commands: [HookCommand("x")])
        #expect(group.isFor(call(tool)) == fits)
    }

    @Test(arguments: [
        ("mcp__vault__.*", "vault", true), ("vault___.*", "vault", true), ("MCP:vault/.*", "vault", true),
        ("ReadMcpResource", "vault", true),
        ("mcp__vault__.*", "notes", false), ("vault___ReadMcpResource", "notes", false), ("mcp__vault__List.*", "vault", false),
    ])
    func whoGuardsAServerGuardsWhatItOffersToRead(matcher: String, server: String, fits: Bool) throws {
        let group = try HookGroup(matcher: matcher, commands: [HookCommand("x")])
        let call = ToolCall(id: "c", name: "ReadMcpResource", input: ["server": .string(server), "uri": "u"])
        #expect(group.isFor(.preToolUse(call)) == fits)
        // What another tool has in a member of that name says nothing.
        #expect(
            !(try HookGroup(matcher: "vault___.*", commands: [])).isFor(.preToolUse(ToolCall(id: "c", name: "Read", input: call.input))))
    }

    @Test(arguments: [
        ("git push --force", true), ("cd x && git push", true), ("git\npush", false), ("one\ngit push\nthree", true), ("git pull", false),
    ])
    func aCommandRegexLooksIntoTheCommand(command: String, fits: Bool) throws {
        let group = try HookGroup(matcher: "Execute", commandRegex: "git +push", commands: [HookCommand("x")])
        #expect(group.isFor(call("Execute", command)) == fits)
        #expect(!group.isFor(call("Execute")), "a call without a command has none to look into")
    }

    @Test func startAndCompactionAreToldApartAndTheOthersNot() throws {
        let resume = try HookGroup(matcher: "resume|manual", commands: [HookCommand("x")])
        #expect(resume.isFor(.sessionStart(.resume)) && !resume.isFor(.sessionStart(.startup)))
        #expect(resume.isFor(.preCompact(.manual, instructions: "")) && !resume.isFor(.preCompact(.auto, instructions: "")))
        #expect(resume.isFor(.stop(isAgain: false)) && resume.isFor(.userPromptSubmit("p")) && resume.isFor(.notification("m")))
    }

    /// A name of a megabyte and a pattern that other engines take for ever for.
    @Test func aPatternTakesLinearTime() throws {
        let group = try HookGroup(matcher: "(a+)+b", commands: [HookCommand("x")])
        #expect(!group.isFor(call(String(repeating: "a", count: 1 << 18))))
    }

    @Test func aCommandRunsOnceHoweverOftenItStands() throws {
        var set = HookSet()
        set.add(
            try document(
                #"""
                {"PreToolUse": [{"matcher": "Execute", "hooks": [{"command": "a"}, {"command": "b", "timeout": 3}]},
                 {"hooks": [{"command": "b", "timeout": 9}, {"command": "c"}]}]}
                """#))
        set.add(try document(#"{"PreToolUse": [{"matcher": "Read", "hooks": [{"command": "d"}]}]}"#))
        let context = HookContext(state: SessionState(id: "s"), level: .off, isPlanning: false)
        let plan = set.plan(for: call("Execute"), in: context)
        #expect(plan?.commands == [HookCommand("a"), HookCommand("b", timeout: 3), HookCommand("c")])
        #expect(plan?.matcher == nil)
        #expect(set.plan(for: .stop(isAgain: false), in: context) == nil)
    }

    @Test func thereAreBoundsOfHowManyThereAre() throws {
        let commands = (0...ByteLimit.maximumHooks).map { #"{"hooks": [{"command": "c\#($0)"}]}"# }.joined(separator: ",")
        var set = HookSet()
        set.add(try document("{\"Stop\": [\(commands)]}"))
        let context = HookContext(state: SessionState(id: "s"), level: .off, isPlanning: false)
        #expect(set.plan(for: .stop(isAgain: false), in: context)?.commands.count == ByteLimit.maximumHooks)
        #expect(set.warnings.count == 1)
    }
}
