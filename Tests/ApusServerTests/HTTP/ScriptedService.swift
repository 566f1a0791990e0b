import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting

/// The server of scripts has one of its own.
typealias Gate = ApusTesting.Gate

/// A service that does what a test says; without a word it repeats what it was asked.
struct ScriptedService: HTTPService {
    static let somebody = ClientIdentity(name: "somebody", scopes: [.observer])

    var admission: @Sendable (HTTPHead) async -> HTTPAdmission = { _ in .admitted(somebody, bodyBytes: 1_000) }
    var answer: @Sendable (HTTPHead, HTTPBody) async -> HTTPAnswer = { HTTPAnswer(200, .bytes(Array(Self.shown($0, $1).utf8))) }
    var upgrading: @Sendable (HTTPHead) async -> HTTPUpgrade = { _ in .none }

    func admit(_ head: HTTPHead) async -> HTTPAdmission { await admission(head) }
    func upgrade(_ head: HTTPHead) async -> HTTPUpgrade { await upgrading(head) }
    func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer { await answer(head, body) }

    static func shown(_ head: HTTPHead, _ body: HTTPBody) -> String {
        let query = head.query.map { "?" + $0 } ?? ""
        switch body {
        case .bytes(let bytes):
            return "\(head.method) \(head.path)\(query) \(bytes.count > 100 ? "\(bytes.count)" : String(decoding: bytes, as: UTF8.self))|"
        case .tooLong: return "\(head.method) \(head.path)\(query) too long|"
        }
    }
}

/// Runs `body` beside a listener on a free port.
func withHTTP(
    _ service: ScriptedService = ScriptedService(), _ change: @Sendable (inout ListenerSetting) -> Void = { _ in },
    _ body: @Sendable (HTTPListener) async throws -> Void
) async throws {
    var setting = ListenerSetting(port: 0)
    change(&setting)
    let listener = try await HTTPListener.open(setting, table: ConnectionTable(limits: setting.limits))
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await listener.run(service) }
        try await body(listener)
        group.cancelAll()
    }
}

extension RawPeer {
    /// What has come, without dates, once it ends with `end`.
    func text(endingWith end: String) async throws -> String {
        let (bytes, _) = try await received { String(decoding: $0, as: UTF8.self).hasSuffix(end) }
        return RawPeer.undated(String(decoding: bytes, as: UTF8.self))
    }

    /// Everything, without dates, when the other end has said that nothing more comes.
    func wholeText() async throws -> String { RawPeer.undated(try await all()) }

    private static func undated(_ text: String) -> String {
        text.replacing(/date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT\r\n/, with: "")
    }
}

/// A whole answer as it stands on the wire.
func onWire(_ status: String, _ body: String, connection: String = "keep-alive") -> String {
    "HTTP/1.1 \(status)\r\ncontent-length: \(body.utf8.count)\r\nconnection: \(connection)\r\n\r\n\(body)"
}
