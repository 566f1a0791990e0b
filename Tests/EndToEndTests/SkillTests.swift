import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Skills, commands and instructions of folders in runs of the real executable.
@Suite struct SkillTests {
    private static let load = Reply.toolCall("Skill", ["skill": "release", "args": "1.2"], id: "call-1")

    private func write(_ text: String, to path: String, isExecutable: Bool = false) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        if isExecutable { try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path) }
    }

    private static let skill = "---\nname: release\ndescription: Makes a release\n---\nSTEP-ONE-OF-RELEASE\n"

    // MARK: Skills

    @Test(arguments: ProviderKind.allCases) func aSkillOfTheUsersIsListedAndLoaded(kind: ProviderKind) async throws {
        try await withStage(kind, [Self.load, .text("done")]) { stage in
            try write(Self.skill, to: stage.home.apus + "/skills/release/SKILL.md")
            let outcome = try await stage.apus("exec", "-o", "stream-json", "release it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let requests = stage.server.modelRequests
            #expect(requests.count == 2)
            #expect(requests.first?.tells("- release: Makes a release") == true)
            #expect(requests.first?.tells("STEP-ONE-OF-RELEASE") == false, "only name and description are told unasked")
            #expect(requests.last?.tells("STEP-ONE-OF-RELEASE") == true)
            #expect(requests.last?.tells("Arguments: 1.2") == true)
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).text)
            #expect(shown["loadedSkills"] == ["release"])
        }
    }

    @Test(arguments: [true, false]) func thoseThatComeWithApusCanBeLeftOut(isLeftOut: Bool) async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            let options = isLeftOut ? ["--disable-builtin-skills"] : []
            let outcome = try await stage.executable.start(["exec"] + options + ["say so"], home: stage.home).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let body = try #require(stage.server.modelRequests.first?.body)
            #expect(body["tools"]?.arrayValue?.contains { $0["name"] == "Skill" } == !isLeftOut)
            #expect(stage.server.modelRequests.first?.tells("apus-help") == !isLeftOut)
        }
    }

    @Test func aSkillOfAProjectCountsWhenSomebodyHasLookedAtIt() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try stage.home.write(Self.skill, to: ".apus/skills/release/SKILL.md")
            let before = try await stage.executable.start(["exec", "p"], home: stage.home).finish()
            #expect(
                before.diagnostics.contains("Not used, because nobody has trusted this project's: skill release."), "\(before.everything)")
            #expect(stage.server.modelRequests.last?.tells("- release: Makes a release") == false)
            _ = try await stage.apus("trust")
            let after = try await stage.executable.start(["exec", "p"], home: stage.home).finish()
            #expect(after.diagnostics == "", "\(after.everything)")
            #expect(stage.server.modelRequests.last?.tells("- release: Makes a release") == true)
            try stage.home.write(Self.skill + "evil\n", to: ".apus/skills/release/SKILL.md")
            _ = try await stage.executable.start(["exec", "p"], home: stage.home).finish()
            #expect(stage.server.modelRequests.last?.tells("- release: Makes a release") == false)
        }
    }

    @Test func aDisabledOneIsNotThere() async throws {
        try await withStage(.anthropic, [Self.load, .text("done")]) { stage in
            try write(Self.skill, to: stage.home.apus + "/skills/release/SKILL.md")
            try stage.change { $0["disabledSkills"] = ["release"] }
            let outcome = try await stage.apus("exec", "-o", "stream-json", "release it")
            let result = try #require(try outcome.lines().ofType("tool_result").first)
            #expect(result["isError"] == true && result.serialized().contains("is switched off"))
            #expect(stage.server.modelRequests.first?.tells("- release: Makes a release") == false)
        }
    }

    // MARK: Commands

    @Test func aTextStandsForItsNameAndTheSessionKeepsWhatWasTyped() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try write("---\ndescription: d\n---\nLook at $ARGUMENTS closely.\n", to: stage.home.factory + "/commands/Look At.md")
            let outcome = try await stage.apus("exec", "-o", "json", "/look-at the parser")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("Look at the parser closely.", "/look-at the parser") == true)
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).text)
            let users = shown["transcript"]?.arrayValue?.filter { $0["type"] == "user" }
            #expect(users?.map { $0["text"] } == ["/look-at the parser"])
        }
    }

    @Test func anUnknownNameIsAPromptLikeAnyOther() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            let outcome = try await stage.apus("exec", "/nobody knows this")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("/nobody knows this") == true)
            #expect(stage.server.modelRequests.first?.tells("begins with the command") == false)
        }
    }

    /// Without any level, and behind that level's wall.
    @Test func aProgramOfTheUsersRunsBehindTheWallOfTheSession() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try write(
                "#!/bin/sh\necho \"in $(pwd) with [$1] [$2]\"\necho oops >&2\ntouch pwned\nexit 3\n",
                to: stage.home.apus + "/commands/look.sh", isExecutable: true)
            let outcome = try await stage.apus("exec", "/look 'a b' c")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.tells("/look 'a b' c"))
            #expect(request.tells("It ended with code 3."))
            #expect(request.tells("with [a b] [c]") && request.tells("oops"))
            #expect(request.tells("touch pwned"), "its text is told too")
            #expect(!stage.home.has("pwned"), "the read-only level writes nothing")
        }
    }

    @Test func aProgramOfAProjectNeedsTrustAndTheLevelHigh() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            let path = stage.home.work + "/.apus/commands/go"
            try write("#!/bin/sh\necho RAN-$1\ntouch ran\n", to: path, isExecutable: true)
            func run(_ words: String...) async throws -> Outcome {
                try await stage.executable.start(["exec"] + words + ["/go now"], home: stage.home).finish()
            }
            let untrusted = try await run("--auto", "high")
            #expect(untrusted.status == .exited(0) && !stage.home.has("ran"), "\(untrusted.everything)")
            #expect(untrusted.diagnostics.contains("nobody has trusted this project's: command go."))
            _ = try await stage.apus("trust")
            let low = try await run("--auto", "medium")
            #expect(low.status == .exited(1) && !stage.home.has("ran"), "\(low.everything)")
            #expect(low.everything.contains("/go is a program of this project and requires higher autonomy to proceed."))
            let count = stage.server.modelRequests.count
            let high = try await run("--auto", "high")
            #expect(high.status == .exited(0) && stage.home.has("ran"), "\(high.everything)")
            #expect(stage.server.modelRequests.count == count + 1)
            #expect(stage.server.modelRequests.last?.tells("RAN-now") == true)
        }
    }

    /// It is a command like those of the agent: who forbids that by a hook forbids this, too.
    @Test func aHookBeforeCommandsStandsBeforeProgramsAsWell() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try write("#!/bin/sh\necho RAN-$1\n", to: stage.home.apus + "/commands/go", isExecutable: true)
            let hook: JSONValue = [
                "PreToolUse": [
                    [
                        "matcher": "Execute", "commandRegex": "/commands/go now",
                        "hooks": [["type": "command", "command": "echo 'not today' >&2; exit 2"]],
                    ]
                ]
            ]
            try write(hook.serialized(), to: stage.home.apus + "/hooks.json")
            let outcome = try await stage.apus("exec", "-o", "json", "/go now")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(try outcome.result()["result"] == "/go was not run: not today")
            #expect(stage.server.modelRequests.isEmpty)
            let other = try await stage.apus("exec", "/go then")
            #expect(other.status == .exited(0) && stage.server.modelRequests.last?.tells("RAN-then") == true, "\(other.everything)")
        }
    }

    @Test func moreThanABoundOfOutputIsLeftOut() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try write("#!/bin/sh\nseq 1 100000\n", to: stage.home.apus + "/commands/many", isExecutable: true)
            let outcome = try await stage.apus("exec", "/many")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.tells("characters omitted") && request.tells("100000"))
            #expect(request.bodyBytes.count < 200_000)
        }
    }

    @Test func oneThatCannotStartIsTold() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try write("#!/no/such/interpreter\n", to: stage.home.apus + "/commands/broken", isExecutable: true)
            let outcome = try await stage.apus("exec", "/broken")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("It was not run. ", "interpreter") == true)
        }
    }

    // MARK: Instructions

    @Test func instructionsOfAFolderComeWhenACallHasBeenThere() async throws {
        func script(_ home: TemporaryHome) -> Script {
            func read(_ name: String) -> Reply {
                .toolCall("Read", ["file_path": .string("\(home.work)/sub/deep/\(name)")], id: "call-\(name)")
            }
            return Script(replies: [read("a"), read("b"), .text("done"), .text("again")])
        }
        try await withStage(.anthropic, script: script) { stage in
            for (name, text) in [("sub/AGENTS.md", "RULES-OF-SUB"), ("sub/deep/a", "one"), ("sub/deep/b", "two")] {
                try stage.home.write(text, to: name)
            }
            try await stage.home.commitEverything()
            let outcome = try await stage.apus("exec", "-o", "json", "look")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let requests = stage.server.modelRequests
            #expect(requests.map { $0.tells("RULES-OF-SUB") } == [false, true, true])
            #expect(requests.last?.tells("RULES-OF-SUB", "RULES-OF-SUB") == false, "told once")
            // Read again when the session goes on.
            try stage.home.write("NEW-RULES", to: "sub/AGENTS.md")
            let more = try await stage.apus("exec", "-s", try outcome.session(), "go on")
            #expect(more.status == .exited(0), "\(more.everything)")
            #expect(stage.server.modelRequests.last?.tells("RULES-OF-SUB", "NEW-RULES") == true)
        }
    }

    // MARK: Searching the web

    @Test func theWebIsSearchedWithTheEngineOfTheSettings() async throws {
        let stub = try await StubHTTPServer.start { request, exchange in
            let isRight =
                request.method == "POST" && request.values("authorization") == ["Bearer k-123456"] && request.body.contains("swift")
            let answer = #"{"results": [{"title": "FOUND-IT", "url": "https://swift.org/", "snippet": "a language"}]}"#
            exchange.respond(isRight ? 200 : 400, [("content-type", "application/json")], answer)
        }
        let call = Reply.toolCall("WebSearch", ["query": "swift"], id: "call-1")
        try await withStage(.anthropic, [call, .text("done"), .text("no tool")]) { stage in
            try stage.change {
                $0["webSearch"] = [
                    "provider": "http", "url": .string(stub.url + "/find"), "apiKey": "${SEARCH_KEY}", "allowPrivateNetwork": true,
                ]
            }
            let outcome = try await stage.apus("exec", "--auto", "low", "search", environment: ["SEARCH_KEY": "k-123456"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("1. FOUND-IT") == true, "\(outcome.everything)")
            try stage.change { $0["webSearch"] = ["provider": "altavista"] }
            let wrong = try await stage.apus("exec", "p")
            #expect(wrong.diagnostics.contains("webSearch knows no provider \"altavista\""), "\(wrong.everything)")
            let tools = stage.server.modelRequests.last?.body["tools"]?.arrayValue
            #expect(tools?.contains { $0["name"] == "WebSearch" } == false)
        }
        await stub.stop()
    }
}
