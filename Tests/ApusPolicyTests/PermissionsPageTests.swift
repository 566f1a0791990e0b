import ApusPolicy
import Foundation
import Testing

/// `docs/permissions.md` prints the table of rules. `APUS_RECORD=1` writes it anew.
@Suite struct PermissionsPageTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docs/permissions.md")
    private static let mark =
        "<!-- The rules print what follows: APUS_RECORD=1 scripts/test --filter PermissionsPageTests -->\n"

    @Test func thePagePrintsTheTableOfRules() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let mark = try #require(text.range(of: Self.mark))
        let wanted = text[..<mark.upperBound] + "\n" + CommandCatalog.standard.table
        if ProcessInfo.processInfo.environment["APUS_RECORD"] == "1" {
            try String(wanted).write(to: Self.page, atomically: true, encoding: .utf8)
        } else {
            #expect(text == wanted, "docs/permissions.md is not what the rules say: record it with APUS_RECORD=1")
        }
    }
}
