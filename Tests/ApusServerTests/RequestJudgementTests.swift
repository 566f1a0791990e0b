import NIOHTTP1
import Testing

@testable import ApusServer

/// What becomes of a request by its head (`droid.md` §2.1, RFC 6455 §4.2.1).
@Suite struct RequestJudgementTests {
    private static let handshake: HTTPHeaders = [
        "host": "localhost", "upgrade": "websocket", "connection": "keep-alive, Upgrade", "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    ]

    private static func judge(
        _ headers: HTTPHeaders, _ method: HTTPMethod = .GET, _ uri: String = "/", version: HTTPVersion = .http1_1
    ) -> RequestJudgement {
        RequestJudgement(
            HTTPRequestHead(version: version, method: method, uri: uri, headers: headers), wall: HostWall(boundTo: "localhost"))
    }

    @Test(arguments: ["/", "/some/path?x=1", "/health", "*", "/v0/computer/abc/client"])
    func anyPathIsUpgraded(uri: String) { #expect(Self.judge(Self.handshake, .GET, uri) == .upgrade) }

    @Test(arguments: ["WebSocket", "h2c, websocket"])
    func theProtocolIsFoundInAnySpelling(name: String) {
        var headers = Self.handshake
        headers.replaceOrAdd(name: "upgrade", value: name)
        #expect(Self.judge(headers) == .upgrade)
    }

    @Test(arguments: [
        ("upgrade", "h2c", 501), ("connection", "keep-alive", 400), ("sec-websocket-version", "8", 426),
        ("sec-websocket-version", "13, 8", 426),
        ("sec-websocket-key", "short", 400), ("content-length", "3", 400), ("transfer-encoding", "chunked", 400), ("origin", "null", 403),
        ("origin", "http://localhost.evil", 403), ("host", "attacker.test", 421),
    ])
    func aHandshakeThatIsNoneIsRefused(name: String, value: String, status: Int) {
        var headers = Self.handshake
        headers.replaceOrAdd(name: name, value: value)
        guard case .refuse(let given, _) = Self.judge(headers) else { Issue.record("not refused"); return }
        #expect(given.code == UInt(status))
    }

    @Test(arguments: ["sec-websocket-version", "sec-websocket-key", "connection"])
    func whatTheHandshakeNeedsMustBeThere(name: String) {
        var headers = Self.handshake
        headers.remove(name: name)
        guard case .refuse = Self.judge(headers) else { Issue.record("not refused"); return }
    }

    @Test func onlyGETAndHTTP11AreUpgraded() {
        guard case .refuse(.badRequest, _) = Self.judge(Self.handshake, .POST),
            case .refuse(.badRequest, _) = Self.judge(Self.handshake, version: .http1_0)
        else { Issue.record("not refused"); return }
    }

    @Test func healthIsTheOnlyPage() {
        let headers: HTTPHeaders = ["host": "localhost"]
        #expect(Self.judge(headers, .GET, "/health") == .health)
        #expect(Self.judge(headers, .GET, "/health?verbose") == .health)
        for (method, uri, status) in [(HTTPMethod.POST, "/health", 405), (.GET, "/", 404), (.GET, "/healthy", 404), (.OPTIONS, "/", 404)] {
            guard case .refuse(let given, _) = Self.judge(headers, method, uri) else { Issue.record("\(uri) is not refused"); continue }
            #expect(given.code == UInt(status), "\(method) \(uri)")
        }
    }
}
