import ApusBase
import ApusCore
import Testing

@testable import ApusModels

/// Whatever is asked and whatever tools answer, there is one finished answer.
@Suite struct OfflinePlannerFuzzTests {
    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomPromptsEndInOneAnswer(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed)
        for _ in 0..<40 {
            var tools = PretendTools(["a.txt": "one\n", "b/c.swift": "func f() {}\n", "README.md": "# R\n"])
            for name in PretendTools.definitions().map(\.name) where Int.random(in: 0..<4, using: &random) == 0 {
                tools.forced[name] = (randomText(&random), Bool.random(using: &random))
            }
            let run = try await PlannerRun(randomText(&random), tools, knowsDirectory: Bool.random(using: &random))
            #expect(!run.answer.isEmpty)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomBytesEndInOneAnswer(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed &+ 1_000)
        for _ in 0..<40 {
            let bytes = (0..<Int.random(in: 0..<400, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let run = try await PlannerRun(String(decoding: bytes, as: UTF8.self), PretendTools(["a.txt": "one\n"]))
            #expect(!run.answer.isEmpty)
        }
    }

    private func randomText(_ random: inout SeededGenerator) -> String {
        (0..<Int.random(in: 0..<14, using: &random)).map { _ in OfflinePlannerFuzzTests.words.randomElement(using: &random) ?? "" }
            .joined(separator: Bool.random(using: &random) ? " " : Bool.random(using: &random) ? "\n" : "")
    }

    private static let words = [
        "list", "files", "find", "*.swift", "Swift", "read", "a.txt", "README.md", "then", "and then", ";", "and", "it", "its lines",
        "count", "how many",
        "lines", "in", "b", "the", "longest", "largest", "5", "top", "search for", "\"one\"", "'x", "`y`", "```\nfence\n```", "git status",
        "git diff",
        "run \"echo hi\"", "create n.txt with content \"x\"", "replace \"one\" with \"two\" in a.txt", "everywhere", "everything",
        "where is", "used", "?", ".", "!",
        "\u{1F986}", "\u{0}", "e\u{301}", "\r\n", "/project/a.txt", "[12 lines omitted]", "[Process exited with code 0]",
        "  12 /project/a.txt",
        "Error: Command failed (exit code: 1)", "No matches found", "/project/b/c.swift", "please", "summarise", "last 3 lines of",
        "lines 2-1 of", "9999999",
        "99999999999999999999", "[", "]", "\\", "\"", "“", "”", "-", "*", "**/", "~", "..", "named", "containing", "of",
    ]
}

/// The same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0xD1B5_4A32_D192_ED03 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var word = state
        word ^= word >> 33
        word = word &* 0xFF51_AFD7_ED55_8CCD
        return word ^ (word >> 33)
    }
}
