import Foundation
import Testing

/// The table of assertions in `docs/protocols/opta.md` is complete, and names tests that are there.
@Suite struct OptaChecklistTests {
    private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../..").standardizedFileURL

    /// What stands behind each number, in both tables.
    private static func rows() throws -> [Int: String] {
        let page = tests.appendingPathComponent("../docs/protocols/opta.md").standardizedFileURL
        return try String(contentsOf: page, encoding: .utf8).split(separator: "\n").reduce(into: [:]) { rows, line in
            guard let match = line.wholeMatch(of: /\| (\d+(?:, \d+)*) \| (.+) \|/) else { return }
            for number in match.output.1.split(separator: ", ") { rows[Int(number) ?? 0, default: ""] += match.output.2 }
        }
    }

    @Test func everyNumberHasItsTestsAndTheyAreThere() throws {
        let rows = try Self.rows()
        #expect(Set(rows.keys) == Set(1...50), "\(Set(1...50).symmetricDifference(rows.keys).sorted())")
        let names = try #require(FileManager.default.enumerator(atPath: Self.tests.path)).compactMap { $0 as? String }
        let files = Dictionary(names.map { (($0 as NSString).lastPathComponent, $0) }) { first, _ in first }
        for (number, row) in rows {
            let named = row.matches(of: /`(\w+)\.(\w+)`/)
            #expect(!named.isEmpty, "\(number) names no test")
            for match in named {
                let (suite, test) = (String(match.output.1), match.output.2)
                guard let file = files["\(suite).swift"] else {
                    Issue.record("\(number): there is no \(suite)")
                    continue
                }
                let text = try String(contentsOf: Self.tests.appendingPathComponent(file), encoding: .utf8)
                #expect(text.contains("func \(test)("), "\(number): \(suite) has no \(test)")
            }
        }
    }

    @Test func everyTestThatShowsANumberStandsInItsRow() throws {
        let rows = try Self.rows()
        let folder = Self.tests.appendingPathComponent("EndToEndTests/Opta")
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix("Tests.swift") {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            for match in text.matches(of: /@Test\(\.opta\(([\d, ]+)\)[^\n]*\)\s+func (\w+)\(/) {
                count += 1
                for number in match.output.1.split(separator: ", ").compactMap({ Int($0) }) {
                    let name = "`\(file.dropLast(6)).\(match.output.2)`"
                    #expect(rows[number]?.contains(name) == true, "\(number) lacks \(name)")
                }
            }
        }
        #expect(count > 15)
    }
}
