import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Where the prompt comes from, and command lines that are wrong.
@Suite struct PromptTests {
    struct Sources: Sendable {
        var words: [String] = []
        var file: String?
        var stdin = StandardInput.none
        var prompt: String
    }

    @Test(arguments: [
        Sources(words: ["one", "two words"], prompt: "one two words"),
        Sources(words: ["P"], stdin: .pipe("S\n"), prompt: "P\n\nS"),
        Sources(words: ["P"], stdin: .file("S"), prompt: "P\n\nS"),
        Sources(stdin: .pipe("only piped\n"), prompt: "only piped"),
        Sources(stdin: .file("only a file as stdin\n"), prompt: "only a file as stdin"),
        Sources(file: "F\n", prompt: "F"),
        Sources(words: ["P"], file: "F", prompt: "P\n\nF"),
        Sources(file: "F", stdin: .pipe("S"), prompt: "F\n\nS"),
        Sources(words: ["P"], file: "F", stdin: .pipe("S"), prompt: "P\n\nF\n\nS"),
        Sources(words: ["P"], stdin: .pipe(""), prompt: "P"),
        Sources(words: ["--", "-o"], prompt: "-o"),
        Sources(words: ["/unknown", "command"], prompt: "/unknown command"),
        Sources(words: ["read", "@notes.md"], prompt: "read @notes.md"),
        Sources(words: ["P"], stdin: .closed, prompt: "P"),
        Sources(stdin: .socket("S\n"), prompt: "S"),
        Sources(words: ["P"], stdin: .pipe("one\n\n"), prompt: "P\n\none\n"),
    ])
    func wordsThenFileThenInput(sources: Sources) async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            var arguments = ["exec"]
            if let file = sources.file {
                try stage.home.write(file, to: "prompt.md")
                arguments += ["-f", "prompt.md"]
            }
            let outcome = try await stage.executable.start(arguments + sources.words, home: stage.home, stdin: sources.stdin).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.endsWithPrompt(sources.prompt), "\(request.lastUserTexts)")
        }
    }

    @Test func optionsMayStandBehindThePrompt() async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.apus("exec", "the prompt", "--output-format=json", "--auto", "low")
            #expect(try outcome.result()["result"] == "heard", "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.endsWithPrompt("the prompt") == true)
        }
    }

    @Test func anIdlePipeIsGivenUpWithAWarning() async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.apus("exec", "P", stdin: .idlePipe)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("stdin is open but idle; continuing without it"))
            #expect(stage.server.modelRequests.first?.endsWithPrompt("P") == true)
        }
    }

    @Test(arguments: [
        ([], "No prompt provided. Pass a prompt, use --file, or pipe text on stdin."),
        (["   "], "No prompt provided"),
        (["--auto", "extreme", "p"], "low, medium"),
        (["--auto", "low", "--skip-permissions-unsafe", "p"], "--skip-permissions-unsafe cannot be combined with --auto"),
        (["-s", "a", "--fork", "b", "p"], "--fork"),
        (["-s", "a"], "requires a prompt"),
        (["-o", "yaml", "p"], "yaml"),
        (["--input-format", "stream-json", "p"], "--input-format"),
        (["--modle", "x", "p"], "--model"),
        (["-f", "missing.md"], "missing.md"),
        (["-f", "."], "directory"),
        (["-f", "binary.bin"], "UTF-8"),
        (["-f", "huge.txt"], "10 MiB"),
    ])
    func aWrongCommandLineIsTwoAndStartsNothing(arguments: [String], complaint: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: "\(stage.home.work)/binary.bin"))
            if arguments.contains("huge.txt") { try stage.home.write(String(repeating: "x", count: 10 << 20) + "y", to: "huge.txt") }
            try await stage.refuses(arguments, saying: complaint)
        }
    }

    @Test func emptyInputIsNoPrompt() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", stdin: .pipe("\n"))
            #expect(outcome.status == .exited(2), "\(outcome.everything)")
            #expect(outcome.stdout.isEmpty)
        }
    }

    @Test func aWorkingDirectoryThatIsNoneEndsWithOne() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--cwd", "nowhere", "p")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("nowhere"))
        }
    }

    @Test func theWorkingDirectoryCanBeNamed() async throws {
        try await withStage(.anthropic, [.toolCall("Read", ["file_path": "x.txt"], id: "call-1"), .text("read")]) { stage in
            try stage.home.write("inside", to: "deep/x.txt")
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--cwd", "deep", "read x.txt")
            let lines = try outcome.lines()
            #expect(lines.first?["cwd"] == .string("\(stage.home.work)/deep"))
            #expect(lines.ofType("tool_result").first?["value"]?.stringValue?.contains("inside") == true, "\(outcome.everything)")
        }
    }

    @Test(arguments: ["--help", "--version"])
    func helpAndVersionGoToStdout(option: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus(option)
            #expect(outcome.status == .exited(0))
            #expect(!outcome.stdout.isEmpty && outcome.stderr.isEmpty)
        }
    }

    @Test func instructionsOfTheProjectReachTheModelNearestLast() async throws {
        try await withStage(.chatCompletions, [.text("heard")]) { stage in
            try stage.home.write("rule-of-the-root\n", to: "AGENTS.md")
            try stage.home.write("rule-of-the-folder\n", to: "deep/AGENTS.md")
            try await stage.home.commitEverything()
            let outcome = try await stage.apus("exec", "--cwd", "deep", "work")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("rule-of-the-root", "rule-of-the-folder", "work") == true)
        }
    }
}
