import ApusFronts
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
}
