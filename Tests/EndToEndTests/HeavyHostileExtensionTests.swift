import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Files of people and of projects that mean harm, in whole runs: each is named in a sentence, the run ends well, and the program takes no
/// more memory than one without them, within a bound (`security.md` S17).
@Suite(.serialized, .timeLimit(.minutes(10))) struct HeavyHostileExtensionTests {
    /// What a run may take beyond the same run without the files.
    private static let roomMiB = 48

    private func shell(_ line: String, in stage: Stage) async throws {
        let script = "cd '\(stage.home.root)' && (\(line))"
        let outcome = try await ChildProcess(
            "/bin/sh", ["-c", script], environment: stage.home.environment, directory: stage.home.work, scratch: stage.home.scratch
        ).finish(within: .seconds(120))
        try #require(outcome.status == .exited(0), "\(line): \(outcome.everything)")
    }

    /// A run on a project, trusted where `isTrusted` says so, with files that `line` lays from the home's root (`work`, `apus`).
    private func expectCheap(
        _ line: String, saying sentences: [String], isTrusted: Bool = true, prompt: String = "look", roomMiB: Int = roomMiB,
        _ check: (Stage, Outcome) throws -> Void = { _, _ in }, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await withStage(.anthropic, .always(.text("looked"))) { stage in
            try stage.home.write("ref: refs/heads/main\n", to: ".git/HEAD")
            try stage.home.write("---\ndescription: Good\n---\nGood.\n", to: ".apus/skills/good/SKILL.md")
            _ = try await stage.apus("trust")
            let (plain, usual) = try await stage.measured("exec", "-o", "json", prompt)
            #expect(plain.status == .exited(0), "\(plain.everything)", sourceLocation: sourceLocation)
            try await shell(line, in: stage)
            if isTrusted { _ = try await stage.apus("trust") }
            let (outcome, peak) = try await stage.measured("exec", "-o", "json", prompt)
            #expect(outcome.status == .exited(0), "\(outcome.everything)", sourceLocation: sourceLocation)
            #expect(peak < usual + roomMiB, "\(peak) MiB, and \(usual) MiB without", sourceLocation: sourceLocation)
            for sentence in sentences {
                #expect(
                    outcome.diagnostics.contains(sentence), "not said: \(sentence)\n\(outcome.diagnostics.prefix(4_000))",
                    sourceLocation: sourceLocation)
            }
            // The good skill is still there.
            #expect(stage.server.modelRequests.last?.tells("- good: Good") == true, sourceLocation: sourceLocation)
            try check(stage, outcome)
        }
    }

    // MARK: Size

    @Test func aSkillOfTenMegabytes() async throws {
        try await expectCheap(
            "mkdir work/.apus/skills/big && yes 'name: x' | head -c 10485760 > work/.apus/skills/big/SKILL.md",
            saying: ["big/SKILL.md has 10485760 bytes, over the limit of 262144."])
    }

    /// Sparse, so that only who reads them pays for them.
    @Test func aHundredMegabytesOfADroidACommandAndASkill() async throws {
        try await expectCheap(
            """
            mkdir -p work/.apus/skills/huge work/.apus/droids work/.apus/commands apus/droids apus/commands
            for f in work/.apus/skills/huge/SKILL.md work/.apus/droids/huge.md work/.apus/commands/huge.md apus/droids/own.md apus/commands/own.md
            do printf -- '---\\nname: huge\\ndescription: d\\n---\\n' > $f && truncate -s 100M $f; done
            """,
            saying: [
                "huge/SKILL.md has 104857600 bytes, over the limit of 262144.", "work/.apus/droids/huge.md is not loaded",
                "apus/droids/own.md is not loaded", "commands/huge.md has 104857600 bytes", "commands/own.md has 104857600 bytes",
            ], prompt: "/huge now")
    }

    /// As many as one may lay down, far more than are looked at.
    @Test func thousandsOfSkills() async throws {
        try await expectCheap(
            """
            mkdir apus/skills && cd apus/skills && i=0; while [ $i -lt 3000 ]; do mkdir s$i && printf -- '---\\ndescription: d%s\\n---\\nText\\n' $i > s$i/SKILL.md
            i=$((i+1)); done
            """,
            saying: [
                "apus/skills has more entries than are looked at: the first 500 by name; the rest is not used."
            ]
        ) { stage, _ in
            // The list for the model has a bound of its own.
            let told = stage.server.modelRequests.last?.bodyText.count ?? 0
            #expect(told < 200_000, "\(told) characters")
        }
    }

    // MARK: YAML

    /// In a head of each kind: what a reader of YAML would blow up, ours reads as text, or refuses.
    @Test(arguments: ["aliases", "nesting", "keys", "value"]) func bombsInHeads(kind: String) async throws {
        let lines: String
        switch kind {
        case "aliases":
            // Nine levels of nine: four hundred million words.
            lines = (0...9).map { level in
                "a\(level): &a\(level) [" + (0..<9).map { _ in level == 0 ? "x" : "*a\(level - 1)" }.joined(separator: ",") + "]"
            }.joined(separator: "\n")
        case "nesting": lines = "a: " + String(repeating: "[", count: 100_000) + "\nb: " + String(repeating: "{a: ", count: 20_000)
        case "keys": lines = (0..<20_000).map { "key\($0): v" }.joined(separator: "\n")
        default: lines = String(repeating: "k", count: 200_000) + ": " + "v"
        }
        let head = "---\nname: bomb\ndescription: d\n\(lines)\n---\nBOMB-BODY\n"
        let file = FileManager.default.temporaryDirectory.appending(path: "bomb-\(UUID().uuidString)").path
        try head.write(toFile: file, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await expectCheap(
            """
            mkdir -p work/.apus/skills/bomb work/.apus/droids work/.apus/commands
            for f in skills/bomb/SKILL.md droids/bomb.md commands/bomb.md; do cp '\(file)' work/.apus/$f; done
            """,
            // Droids are strict where a head cannot be one; lists that are lists are fine.
            saying: kind == "nesting" || kind == "keys" ? ["work/.apus/droids/bomb.md is not loaded"] : [], prompt: "/bomb now"
        ) { stage, _ in
            #expect(stage.server.modelRequests.last?.tells("BOMB-BODY") == true, "the command stands for its text")
            #expect((stage.server.modelRequests.last?.bodyText.count ?? 0) < 300_000)
        }
    }

    // MARK: Links and includes

    @Test(arguments: [
        ("ln -s /etc/passwd AGENTS.md", "AGENTS.md was not read: a link leads out of the project."),
        ("ln -s AGENTS.md AGENTS.md", "AGENTS.md was not read: its links lead nowhere."),
        ("ln -s b a && ln -s a b && ln -s a AGENTS.md", "AGENTS.md was not read: its links lead nowhere."),
        ("mkfifo p && ln -s p AGENTS.md", "AGENTS.md was not read: it is a named pipe, not a regular file."),
        ("mkfifo AGENTS.md", "AGENTS.md was not read: it is a named pipe, not a regular file."),
        ("ln -s /dev/zero AGENTS.md", "AGENTS.md was not read: a link leads out of the project."),
        ("truncate -s 100M AGENTS.md && printf 'HELLO' | dd of=AGENTS.md conv=notrunc status=none", "AGENTS.md is long: only 32768"),
    ])
    func instructionsThatAreNone(line: String, sentence: String) async throws {
        try await expectCheap("cd work && \(line)", saying: [sentence]) { stage, _ in
            #expect(stage.server.modelRequests.last?.bodyText.contains("root:x:") == false)
        }
    }

    @Test func thePersonalFileMayBeNoDevice() async throws {
        try await expectCheap(
            "ln -s /dev/zero apus/AGENTS.md", saying: ["apus/AGENTS.md was not read: it is a device, not a regular file."])
    }

    /// Nothing is put in the place of an include, wherever it stands: a circle of them is text.
    @Test func filesThatIncludeEachOther() async throws {
        try await expectCheap(
            """
            cd work && printf 'A @CLAUDE.md @import CLAUDE.md {{include CLAUDE.md}}\\n' > AGENTS.md
            printf 'B @AGENTS.md @import AGENTS.md {{include AGENTS.md}}\\n' > CLAUDE.md
            mkdir -p .apus/skills/ring .apus/commands .apus/droids
            printf -- '---\\ndescription: Ring\\n---\\n@SKILL.md /ring !`cat SKILL.md`\\n' > .apus/skills/ring/SKILL.md
            printf -- '---\\ndescription: Ring\\n---\\n/ring @ring.md $ARGUMENTS\\n' > .apus/commands/ring.md
            printf -- '---\\nname: ring\\n---\\n@ring.md\\n' > .apus/droids/ring.md
            """, saying: [], prompt: "/ring $ARGUMENTS"
        ) { stage, _ in
            let request = stage.server.modelRequests.last
            #expect(request?.tells("A @CLAUDE.md @import CLAUDE.md") == true && request?.tells("B @AGENTS.md") == true)
            #expect(request?.tells("/ring @ring.md $ARGUMENTS") == true, "arguments are put in once")
        }
    }

    @Test func foldersThatAreTheirOwnChildren() async throws {
        try await expectCheap(
            """
            cd work/.apus/skills && ln -s b a && ln -s a b && mkdir loop && ln -s ../loop loop/again && ln -s SKILL.md loop/SKILL.md
            ln -s skills ../droids && ln -s skills ../commands
            """, saying: ["loop/SKILL.md is not used"])
    }
}
