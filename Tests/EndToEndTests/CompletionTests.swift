import ApusTestServer
import Foundation
import Testing

/// Completion scripts, read by the shells themselves.
@Suite struct CompletionTests {
    private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    private static func exists(_ program: String) -> Bool {
        path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    /// bash is everywhere; the others are looked at where they are.
    static let shells = ["bash", "zsh", "fish"].filter { $0 == "bash" || exists($0) }

    @Test(arguments: shells)
    func theScriptIsOneOfItsShell(shell: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let script = try await script(for: shell, stage)
            let check = try await run(shell, ["-n", script], stage)
            #expect(check.status == .exited(0), "\(check.everything)")
            #expect(check.diagnostics == "")
        }
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func everyShellIsServed(shell: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("completions", shell)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text.contains("stream-json"))
            #expect(try await stage.apus("--generate-completion-script", shell).text == outcome.text)
        }
    }

    @Test func anUnknownShellIsRefused() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("completions", "tcsh")
            #expect(outcome.status == .exited(2))
            #expect(outcome.text == "")
            #expect(outcome.diagnostics.hasPrefix("Error: \"tcsh\" is not a shell that can be served. Use one of bash, fish, zsh."))
        }
    }

    static let words: [(line: [String], expected: [String])] = [
        (["apus", "ex"], ["exec"]),
        (["apus", "exec", "-o", ""], ["json", "stream-json", "text"]),
        (["apus", "exec", "--output-format", "s"], ["stream-json"]),
        (["apus", "exec", "--auto", ""], ["high", "low", "medium"]),
        (["apus", "exec", "-r", "m"], ["max", "medium", "minimal"]),
        (["apus", "exec", "--restrict-t"], ["--restrict-tools"]),
        (["apus", "exec", "--file", "no"], ["notes.txt"]),
        (["apus", "exec", "--cwd", "s"], ["sub"]),
        (["apus", "sessions", "sh"], ["show"]),
        (["apus", "config", "explain", "customM"], ["customModels"]),
        (["apus", "completions", "z"], ["zsh"]),
    ]

    @Test(arguments: words)
    func bashCompletes(row: (line: [String], expected: [String])) async throws {
        let ask = """
            . "$1"; shift
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9
            function=$(complete -p apus | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            "$function" apus "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        try await withStage(.anthropic, []) { stage in
            try Scene.furnish(stage.home)
            let script = try await script(for: "bash", stage)
            let answer = try await run("bash", ["-c", ask, "bash", script] + row.line, stage)
            let words = Set(answer.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) })
            #expect(words.sorted() == row.expected, "\(answer.everything)")
        }
    }

    private func script(for shell: String, _ stage: Stage) async throws -> String {
        let path = "\(stage.home.scratch)/apus.\(shell)"
        try await stage.apus("completions", shell).text.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }

    private func run(_ program: String, _ arguments: [String], _ stage: Stage) async throws -> Outcome {
        try await ChildProcess(
            program, arguments, environment: stage.home.environment, directory: stage.home.work, scratch: stage.home.scratch
        ).finish()
    }
}
