import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Synchronization
import Testing

/// Skills, commands and instructions of folders in turns: what the model is told, when, and what the log keeps of it.
@Suite(.timeLimit(.minutes(5))) struct EngineSkillTests {
    private static let listing = ContextNote(source: "skills", text: "- release: Makes a release")

    /// A Skill tool as the real one answers.
    private static let skillTool = ScriptedTool("Skill", access: { _ in .session }) { input, _ in
        var result = ToolResult(.succeeded, "the text of the skill")
        result.load = ToolLoad(skill: input["skill"]?.stringValue)
        return result
    }

    private func house(
        _ replies: [ScriptedModel.Reply], skills: ScriptedSkills = ScriptedSkills(), tools: [ScriptedTool] = [Self.skillTool],
        folders: [String: ContextNote] = [:], policy: any AccessPolicy = ScriptedPolicy()
    ) -> EngineHouse {
        EngineHouse(
            ScriptedModel { _, number in number < replies.count ? replies[number] : .fail(.invalidRequest) }, tools: tools, policy: policy
        ) { services in
            services.skills = skills
            services.commands = skills
            services.instructions = FolderNotes(folders)
        }
    }

    private func run(_ house: EngineHouse, _ prompts: String..., session: SessionID = "s") async throws {
        for (index, prompt) in prompts.enumerated() {
            let turn = TurnID("\(session)-t\(index)-\(prompt.prefix(8))")
            try await house.submit(prompt, as: turn, to: session)
            try await house.recorder(session).read(untilEndOf: turn)
        }
    }

    private func notes(_ house: EngineHouse, _ session: SessionID = "s") async throws -> [ContextNote] {
        try await house.events(session).compactMap { if case .contextAdded(_, let note) = $0.kind { note } else { nil } }
    }

    // MARK: Skills

    @Test func theListIsToldOnceAndAgainWhenItChanges() async throws {
        let skills = ScriptedSkills(listing: Self.listing)
        let house = house([.text("one"), .text("two"), .text("three"), .text("four")], skills: skills)
        try await house.running {
            _ = try await house.create()
            try await run(house, "a", "b")
            #expect(try await notes(house) == [Self.listing])
            let changed = ContextNote(source: "skills", text: "- other")
            skills.set(changed)
            try await run(house, "c")
            #expect(try await notes(house) == [Self.listing, changed])
            skills.set(nil)
            try await run(house, "d")
            #expect(try await notes(house).last == ContextNote(source: "skills", text: "There are no skills in this session any more."))
        }
    }

    @Test func withoutTheToolThereIsNoList() async throws {
        let house = house([.text("one")], skills: ScriptedSkills(listing: Self.listing))
        try await house.running {
            _ = try await house.create(settings: SessionSettings(tools: ToolSelection(disabled: ["Skill"])))
            try await run(house, "a")
            #expect(try await notes(house) == [])
        }
    }

    @Test func aLoadedSkillIsToldAgainAfterACompactionAndOnlyThen() async throws {
        let house = house([
            .init(.call("c1", "Skill", ["skill": "release"])), .text("loaded"), .text("second"), .text("the summary"), .text("third"),
            .text("fourth"),
        ])
        try await house.running {
            _ = try await house.create()
            try await run(house, "a", "b")
            #expect(try await house.engine.peek("s").loadedSkills == ["release"])
            #expect(try await notes(house) == [])
            let (copy, _) = try await house.engine.compact("s", instructions: nil)
            try await run(house, "c", "d", session: copy)
            let told = try await notes(house, copy).filter { $0.skill == "release" }
            #expect(told.map(\.text) == ["You have loaded this skill earlier in the session; here it is again.\n\ntext of release"])
            #expect("\(house.model.requests[4].messages)".contains("text of release"))
            var folded = SessionState(id: copy)
            folded.reduce(try await house.events(copy))
            #expect(try SessionState(decoding: folded.encoded()) == folded)
            #expect(folded.loadedSkills == ["release"])
        }
    }

    @Test func oneThatIsGoneByThenIsSaidToBeGone() async throws {
        let skills = ScriptedSkills()
        let house = house(
            [
                .init(.call("c1", "Skill", ["skill": "release"])), .text("loaded"), .text("second"), .text("the summary"), .text("third"),
                .text("fourth"),
            ], skills: skills)
        try await house.running {
            _ = try await house.create()
            try await run(house, "a", "b")
            let (copy, _) = try await house.engine.compact("s", instructions: nil)
            skills.remove()
            try await run(house, "c", "d", session: copy)
            let told = try await notes(house, copy).filter { $0.skill == "release" }
            #expect(told.count == 1 && told[0].text.contains("cannot be used any more: gone"))
        }
    }

    @Test func aFailedCallLoadsNothing() async throws {
        let failing = ScriptedTool("Skill") { _, _ in
            var result = ToolResult(.failed, "no such skill")
            result.load = ToolLoad(skill: "x", tools: ["y"])
            return result
        }
        let house = house([.init(.call("c1", "Skill", ["skill": "x"])), .text("well")], tools: [failing])
        try await house.running {
            _ = try await house.create()
            try await run(house, "a")
            let state = try await house.engine.peek("s")
            #expect(state.loadedSkills == [] && state.loadedTools == [])
        }
    }

    // MARK: Commands

    @Test func aTextIsToldRightBeforeThePromptWhichStaysAsItWas() async throws {
        let house = house([.text("done")])
        try await house.running {
            _ = try await house.create()
            try await run(house, "/text go")
            let kinds = try await house.events().map(\.kind)
            let place = try #require(kinds.firstIndex { if case .userMessage = $0 { true } else { false } })
            #expect(kinds[place - 1].note == ContextNote(source: "command:text", text: "expanded"))
            if case .userMessage(_, _, let text, _) = kinds[place] { #expect(text == "/text go") }
        }
    }

    @Test func aProgramRunsBehindTheBeginOfTheTurnAndItsOutputIsTold() async throws {
        let skills = ScriptedSkills()
        let house = house([.text("done")], skills: skills)
        try await house.running {
            _ = try await house.create()
            try await run(house, "/mine")
            #expect(skills.ran == ["mine"])
            let kinds = try await house.events().map(\.kind)
            let place = try #require(kinds.firstIndex { if case .userMessage = $0 { true } else { false } })
            #expect(kinds[place...].contains { $0.note == ContextNote(source: "command:mine", text: "output of mine") })
            #expect("\(house.model.requests[0].messages)".contains("output of mine"))
        }
    }

    @Test(arguments: [(AutonomyLevel.off, false), (.medium, false), (.high, true), (.unrestricted, true)])
    func aProgramOfTheProjectNeedsTheLevelHigh(level: AutonomyLevel, runs: Bool) async throws {
        let skills = ScriptedSkills()
        let house = house([.text("done")], skills: skills)
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: level))
            try await house.submit("/project", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let end = try #require(try await house.end(of: "t1"))
            #expect(skills.ran == (runs ? ["project"] : []))
            #expect(end.reason == (runs ? .completed : .permissionDenied))
            if !runs {
                #expect(
                    end.detail
                        == "/project is a program of this project and requires higher autonomy to proceed. Re-run with --auto high.")
                #expect(house.model.requests.isEmpty)
            }
        }
    }

    @Test func whatTheBlockListNamesRunsForNobody() async throws {
        let skills = ScriptedSkills()
        let policy = ScriptedPolicy { action in
            if case .command(let line, _) = action, line.contains("mine") { return .deny(rule: "test", reason: "blocked by the settings") }
            return .allow(rule: "test")
        }
        let house = house([.text("done")], skills: skills, policy: policy)
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high))
            try await house.submit("/mine", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(skills.ran == [])
            #expect(try await house.end(of: "t1")?.detail == "/mine was not run: blocked by the settings")
        }
    }

    // MARK: Instructions

    @Test func aFoldersInstructionsAreToldOnceWhenACallHasBeenThere() async throws {
        let note = ContextNote(source: "/w/sub/AGENTS.md", text: "sub rules")
        let read = ScriptedTool("Read", access: { _ in .read(["/w/sub/file"]) }) { _, _ in ToolResult(.succeeded, "text") }
        let house = house(
            [
                .init(.call("c1", "Read", [:])), .init(.call("c2", "Read", ["again": true])), .text("done"),
                .init(.call("c3", "Read", [:])), .text("done"),
            ], tools: [read], folders: ["/w/sub/file": note])
        try await house.running {
            _ = try await house.create()
            try await run(house, "a", "b")
            #expect(try await notes(house) == [note])
            #expect(!"\(house.model.requests[0].messages)".contains("sub rules"))
            #expect("\(house.model.requests[1].messages)".contains("sub rules"))
        }
    }

    @Test func afterACompactionTheyAreToldAgainWhenACallGoesThere() async throws {
        let note = ContextNote(source: "/w/sub/AGENTS.md", text: "sub rules")
        let read = ScriptedTool("Read", access: { _ in .read(["/w/sub/file"]) }) { _, _ in ToolResult(.succeeded, "text") }
        let house = house(
            [
                .init(.call("c1", "Read", [:])), .text("one"), .text("two"), .text("the summary"), .init(.call("c2", "Read", [:])),
                .text("three"),
            ], tools: [read], folders: ["/w/sub/file": note])
        try await house.running {
            _ = try await house.create()
            try await run(house, "a", "b")
            let (copy, _) = try await house.engine.compact("s", instructions: nil)
            try await run(house, "c", session: copy)
            #expect(try await notes(house, copy).filter { $0 == note }.count == 2)
        }
    }

    @Test func aCallThatFailedBringsNone() async throws {
        let read = ScriptedTool("Read", access: { _ in .read(["/w/sub/file"]) }) { _, _ in ToolResult(.failed, "not there") }
        let house = house(
            [.init(.call("c1", "Read", [:])), .text("done")], tools: [read],
            folders: ["/w/sub/file": ContextNote(source: "/w/sub/AGENTS.md", text: "sub rules")])
        try await house.running {
            _ = try await house.create()
            try await run(house, "a")
            #expect(try await notes(house) == [])
        }
    }
}

extension EventKind {
    fileprivate var note: ContextNote? { if case .contextAdded(_, let note) = self { note } else { nil } }
}

/// Skills and commands by script.
private final class ScriptedSkills: SkillSource, PromptCommands {
    private struct State {
        var listing: ContextNote?
        var isGone = false
        var ran: [String] = []
    }

    private let state: Mutex<State>

    init(listing: ContextNote? = nil) { state = Mutex(State(listing: listing)) }

    var ran: [String] { state.withLock { $0.ran } }
    func set(_ listing: ContextNote?) { state.withLock { $0.listing = listing } }
    func remove() { state.withLock { $0.isGone = true } }

    func listing(for scope: SkillScope) async -> ContextNote? { state.withLock { $0.listing } }
    func offers(for scope: SkillScope) async -> [SkillOffer] {
        let lines = state.withLock { $0.listing }?.text.split(separator: "\n") ?? []
        return lines.map { SkillOffer(name: String($0.dropFirst(2).prefix { $0 != ":" }), location: .personal, line: String($0)) }
    }
    func hasSkills(for scope: SkillScope) async -> Bool { state.withLock { $0.listing != nil } }

    func text(
        ofSkill name: String, arguments: String?, wantedBy caller: SkillCaller, for scope: SkillScope
    ) async throws(ExtensionError) -> String {
        if state.withLock({ $0.isGone }) { throw ExtensionError("gone") }
        return "text of \(name)"
    }

    func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion {
        switch prompt.split(separator: " ").first {
        case "/text": .text(ContextNote(source: "command:text", text: "expanded"))
        case "/mine": .program(Self.program("mine", isPersonal: true))
        case "/project": .program(Self.program("project", isPersonal: false))
        default: .none
        }
    }

    private static func program(_ name: String, isPersonal: Bool) -> CommandProgram {
        CommandProgram(
            name: name, path: "/commands/\(name)", arguments: [], commandLine: "/commands/\(name)", script: "#!/bin/sh",
            isPersonal: isPersonal)
    }

    func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun {
        state.withLock { $0.ran.append(program.name) }
        return CommandRun(.succeeded, ContextNote(source: "command:" + program.name, text: "output of \(program.name)"))
    }
}

/// Instructions by the files that bring them.
private struct FolderNotes: InstructionSource {
    private let folders: [String: ContextNote]
    init(_ folders: [String: ContextNote]) { self.folders = folders }

    func notes(for workingDirectory: String) async -> [ContextNote] { [] }

    func notes(near paths: [String], for workingDirectory: String, room: Int) async -> [ContextNote] {
        paths.compactMap { path in folders[path] ?? folders.values.first { $0.source == path } }
    }
}
