import ApusBase
import ApusCore
import ApusFronts
import FoundationEssentials
import Testing

/// Holds `docs/protocols/qwen.md` to the sources and the tests.
struct QwenPageTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    private static func sources(_ folder: String) throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()
        return try names.filter { $0.hasSuffix(".swift") }.map { try text(folder + "/" + $0) }.joined(separator: "\n")
    }

    private static func cells(_ row: Substring) -> [String] {
        row.split(separator: "|", omittingEmptySubsequences: false).map { cell in
            String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()).replacing("`", with: "")
        }
    }

    @Test func thePageHasEveryRouteAndNoOther() throws {
        let rows = try Self.text("docs/protocols/qwen.md").split(separator: "\n").filter { row in
            ["GET", "POST", "DELETE", "PATCH"].contains { row.hasPrefix("| `\($0) ") }
        }
        let written = rows.map { Array(Self.cells($0)[1...3]) }
        let routed = QwenRoute.all.map { ["\($0.method) \($0.pattern)", $0.scope?.rawValue ?? "any", $0.tag] }
        #expect(written == routed)
    }

    @Test func thePageHasEveryCodeOfAnError() throws {
        let page = try Self.text("docs/protocols/qwen.md")
        let codes = try Self.sources("Sources/ApusFronts/Qwen").split(separator: "\"code\": \"").dropFirst().map {
            $0.prefix { $0 != "\"" }
        }
        #expect(Set(codes).count >= 9)
        for code in Set(codes) { #expect(page.contains(code), "\(code)") }
    }

    @Test func everyTestThatThePageNamesIsThereAndEveryAssertionHasOne() throws {
        let tests = try Self.sources("Tests/ApusFrontsTests/Qwen") + Self.sources("Tests/EndToEndTests/Qwen")
        let rows = try Self.text("docs/protocols/qwen.md").split(separator: "\n").filter { row in
            row.hasPrefix("| ") && row.dropFirst(2).first?.isNumber == true
        }
        var numbers: Set<Int> = []
        for row in rows {
            for number in Self.cells(row)[1].split(separator: ", ") { numbers.insert(try #require(Int(number))) }
            let names = row.split(separator: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
            #expect(!names.isEmpty || row.contains("socket"), "\(row)")
            for name in names {
                let parts = name.split(separator: ".")
                guard let last = parts.last, last.first?.isLowercase == true, last.contains(where: \.isUppercase) else { continue }
                #expect(tests.contains("func \(last)("), "\(name)")
                if parts.count == 2 { #expect(tests.contains("struct \(parts[0]) "), "\(name)") }
            }
        }
        #expect(numbers == Set(1...56))
    }
}
