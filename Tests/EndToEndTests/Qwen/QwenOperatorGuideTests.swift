import Foundation
import Testing

/// `docs/operating.md` tells exactly the flags that the command has.
@Suite struct QwenOperatorGuideTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../docs/operating.md").standardizedFileURL

    /// The names in the first cells of the table that begins with `header`.
    private static func flags(inTable header: String) throws -> Set<String> {
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.range(of: "\n| \(header) |"))
        let rows = text[start.upperBound...].split(separator: "\n", omittingEmptySubsequences: false).dropFirst(2).prefix {
            $0.hasPrefix("|")
        }
        return Set(rows.flatMap { $0.split(separator: "|")[0].matches(of: /--([a-z-]+)/).map { String($0.output.1) } })
    }

    @Test(arguments: [(["serve"], "option of `serve`"), (["daemon", "run"], "option of `run`, `start`, `install`")])
    func flagsAreTheCommandsOwn(command: [String], header: String) async throws {
        try await withHome { executable, home in
            let help = try await executable.start(command + ["--help"], home: home).finish().text
            let options = try #require(help.range(of: "OPTIONS:"))
            let own = help[options.upperBound...].matches(of: /(?m)^  (?:-[a-z], )?--[a-z\/-]+/).flatMap {
                $0.output.matches(of: /--([a-z-]+)/).map { String($0.output.1) }
            }
            #expect(try Self.flags(inTable: header) == Set(own).subtracting(["version", "help"]))
        }
    }
}
