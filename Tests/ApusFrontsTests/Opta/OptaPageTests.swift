import ApusBase
import ApusCore
import ApusFronts
import FoundationEssentials
import OptaWire
import Testing

/// Holds `docs/protocols/opta.md` to the sources and the tests.
struct OptaPageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func cells(_ row: Substring) -> [String] {
        row.split(separator: "|", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).replacing("`", with: "")
        }
    }

    private static func rows() throws -> [Substring] { try text("docs/protocols/opta.md").split(separator: "\n") }

    @Test func thePageHasEveryRouteAndNoOther() throws {
        let rows = try Self.rows().filter { row in ["GET", "POST", "DELETE"].contains { row.hasPrefix("| `\($0) ") } }
        let written = rows.map { Array(Self.cells($0)[1...2]) }
        #expect(written == OptaRoute.all.map { ["\($0.method) \($0.pattern)", $0.scope?.rawValue ?? "none"] })
    }

    @Test(arguments: OptaEventName.allCases)
    func thePageHasEveryEvent(event: OptaEventName) throws {
        #expect(try Self.text("docs/protocols/opta.md").contains("`\(event.rawValue)`"))
    }

    @Test func everyTestThatThePageNamesIsThere() throws {
        let tests = try ["Tests/ApusFrontsTests/Opta", "Tests/EndToEndTests/Opta"].flatMap { folder in
            try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: folder).path)
                .filter { $0.hasSuffix(".swift") }.map { try Self.text(folder + "/" + $0) }
        }.joined(separator: "\n")
        let rows = try Self.rows().filter { $0.hasPrefix("| ") && $0.dropFirst(2).first?.isNumber == true }
        #expect(rows.count > 30)
        for row in rows {
            let names = row.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            for name in names {
                let parts = name.split(separator: ".")
                guard let last = parts.last, last.first?.isLowercase == true, last.dropFirst().count(where: \.isUppercase) > 2 else {
                    continue
                }
                #expect(tests.contains("func \(last)("), "\(name)")
                if parts.count == 2 { #expect(tests.contains("struct \(parts[0]) "), "\(name)") }
            }
        }
    }
}
