import ApusBase
import ApusCore
import ApusFronts
import FoundationEssentials
import Testing

struct QwenRouteTests {
    private func parameters(_ method: String, _ path: String) -> [String]? {
        if case .route(_, let parameters) = QwenRoute.match(method, path) { parameters } else { nil }
    }

    @Test func segmentsAreDecodedOneByOne() {
        #expect(parameters("GET", "/workspace/%2Fp%2Fa%20b/sessions") == ["/p/a b"])
        #expect(parameters("POST", "/session/a%2Fb/prompt") == ["a/b"])
        #expect(parameters("POST", "/session/a%2fb/permission/%C3%A9") == ["a/b", "é"])
        #expect(parameters("GET", "/health/") == [])
        #expect(parameters("HEAD", "/health") == [])
        #expect(parameters("POST", "/session") == [])
    }

    @Test(arguments: ["/session//prompt", "/session/a/b/prompt", "/sessions", "session", "", "/Session", "/%73ession"])
    func whatIsNoRouteIsNone(path: String) { #expect(QwenRoute.match("POST", path) == .none) }

    @Test(arguments: ["%", "%2", "%zz", "%ff", "%C3", "a%"])
    func badEncodingIsTold(segment: String) {
        #expect(QwenRoute.match("GET", "/session/\(segment)/events") == .undecodable(segment))
    }

    /// The rows of the page are the rows of the router.
    @Test func thePageHasEveryRouteAndNoOther() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/protocols/qwen.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let rows = text.split(separator: "\n").filter {
            $0.hasPrefix("| `GET ") || $0.hasPrefix("| `POST ") || $0.hasPrefix("| `DELETE ") || $0.hasPrefix("| `PATCH ")
        }
        let written = rows.map { row -> [String] in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingPrefix(while: { $0 == " " }) }
            return cells[1...3].map { String($0.reversed().drop { $0 == " " }.reversed()).replacing("`", with: "") }
        }
        let routed = QwenRoute.all.map { route in ["\(route.method) \(route.pattern)", route.scope?.rawValue ?? "any", route.tag] }
        #expect(written == routed)
    }
}
