import ApusBase
import ApusTestServer
import Foundation
import Testing

/// What stood on the wire for one request.
typealias OptaAnswer = QwenAnswer

/// An `apus daemon --opta` whose model is scripted, spoken to in bytes.
struct OptaServed: Sendable {
    let stage: Stage
    let running: RunningOpta
    let token: String
    let daemon: String

    var port: Int { running.port }
    var bearer: [String] { ["Authorization: Bearer \(token)"] }

    static func start(_ stage: Stage, _ words: [String] = [], environment: [String: String] = [:]) async throws -> OptaServed {
        let running = try await RunningOpta.start(stage.executable, stage.home, ["--opta=0"] + words, environment: environment)
        let state = try running.state()
        return OptaServed(
            stage: stage, running: running, token: try #require(state["token"]?.stringValue),
            daemon: try #require(state["daemonId"]?.stringValue))
    }

    /// Another one on the same home, after this one has ended.
    func restarted(_ words: [String] = [], by signal: Int32 = SIGTERM) async throws -> OptaServed {
        _ = try await running.end(signal)
        return try await OptaServed.start(stage, words)
    }

    static func isDate(_ value: JSONValue?) -> Bool {
        value?.stringValue?.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil
    }

    /// Now, as the protocol writes it: such texts can be compared.
    static var now: String { Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    // MARK: Requests

    /// - Parameter headers: in place of the token.
    func call(_ line: String, _ body: JSONValue? = nil, headers: [String]? = nil) async throws -> OptaAnswer {
        try await send(line, body.map { ("application/json", $0.serialized()) }, headers: headers)
    }

    /// - Parameter body: its type, and its text.
    func send(_ line: String, _ body: (type: String, text: String)?, headers: [String]? = nil) async throws -> OptaAnswer {
        let peer = try await open(line, body, headers: headers)
        return try OptaAnswer(try await peer.all(within: .seconds(60)))
    }

    /// The request alone.
    func open(_ line: String, _ body: (type: String, text: String)? = nil, headers: [String]? = nil) async throws -> RawPeer {
        let headers = headers ?? bearer
        let peer = try await RawPeer.connect(port: port)
        var lines = ["\(line) HTTP/1.1", "Connection: close"] + headers
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) { lines.append("Host: 127.0.0.1:\(port)") }
        if let body { lines += ["Content-Type: \(body.type)", "Content-Length: \(body.text.utf8.count)"] }
        try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body?.text ?? ""))
        return peer
    }

    // MARK: Sessions

    func session(_ body: JSONValue = [:]) async throws -> String {
        let answer = try await call("POST /v3/sessions", body)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.body["sessionId"]?.stringValue)
    }

    func detail(_ session: String) async throws -> JSONValue { try await call("GET /v3/sessions/\(session)").body }

    static func turn(
        _ content: String = "Go.", writer: String = "w", mode: String = "chat", overrides: JSONValue? = nil
    ) -> JSONValue {
        var turn: JSONObject = [
            "clientId": "c", "writerId": .string(writer), "content": .string(content), "mode": .string(mode),
        ]
        if let overrides { turn["overrides"] = overrides }
        return .object(turn)
    }

    func submit(_ session: String, _ turn: JSONValue = Self.turn()) async throws -> (turn: String, queued: Int64) {
        let answer = try await call("POST /v3/sessions/\(session)/turns", turn)
        #expect(answer.status == 202 && answer.body.objectValue?.keys == ["turnId", "queued"], "\(answer.text)")
        return (try #require(answer.body["turnId"]?.stringValue), try #require(answer.body["queued"]?.integerValue))
    }

    func events(_ session: String, after cursor: Int64 = 0) async throws -> [JSONValue] {
        let answer = try await call("GET /v3/sessions/\(session)/events?afterSeq=\(cursor)")
        #expect(answer.status == 200 && answer.body.objectValue?.keys == ["events"], "\(answer.text)")
        return try #require(answer.body["events"]?.arrayValue)
    }

    /// Asks, and returns everything that is told of it up to its end.
    @discardableResult
    func run(_ session: String, _ turn: JSONValue = Self.turn()) async throws -> [JSONValue] {
        let ear = try await listen(session)
        let id = try await submit(session, turn).turn
        let frames = try await ear.frames { $0.isTurnEnd && $0["payload"]?["turnId"] == .string(id) }
        await ear.close()
        return frames.filter { $0["payload"]?["turnId"] == .string(id) }
    }

    static func vote(_ request: String, _ decision: JSONValue = "allow") -> JSONValue {
        ["requestId": .string(request), "decision": decision, "decidedBy": "somebody"]
    }

    func vote(_ session: String, _ request: String, _ decision: String) async throws -> OptaAnswer {
        try await call("POST /v3/sessions/\(session)/permissions/\(request)", Self.vote(request, .string(decision)))
    }

    func runtime() async throws -> JSONValue { try #require(try await call("GET /v3/metrics").body["runtime"]) }

    // MARK: Sockets

    static func path(_ session: String, after cursor: Int64 = 0) -> String { "/v3/ws?sessionId=\(session)&afterSeq=\(cursor)" }

    func socket(_ path: String, headers: [String]? = nil) async throws -> WebSocketPeer {
        try await WebSocketPeer.open(port: port, path: path, headers: headers ?? bearer)
    }

    func listen(_ session: String, after cursor: Int64 = 0, headers: [String]? = nil) async throws -> OptaEar {
        OptaEar(try await socket(Self.path(session, after: cursor), headers: headers), daemon: daemon)
    }

    // MARK: Keys

    /// A new key of this scope.
    func key(_ name: String, _ scope: String) async throws -> String {
        let outcome = try await stage.apus("keys", "add", "--name", name, "--scope", scope)
        return try #require(outcome.text.firstMatch(of: /apus_[A-Za-z0-9]+/).map { String($0.output) }, "\(outcome.everything)")
    }
}

/// Runs `body` with a daemon on a scripted model, which is ended afterwards.
///
/// - Parameter models: further ones, on the same script.
func withOptaServed(
    _ script: Script = [], _ words: [String] = [], environment: [String: String] = [:], models: [String] = [],
    _ body: (OptaServed) async throws -> Void
) async throws {
    try await withStage(.anthropic, script) { stage in
        if !models.isEmpty { try stage.add(models: models) }
        let served = try await OptaServed.start(stage, words, environment: environment)
        defer { served.running.process.send(SIGKILL) }
        try await body(served)
    }
}

extension Stage {
    /// The provider gets the name behind the colon.
    fileprivate func add(models: [String]) throws {
        try change { settings in
            let first = settings["customModels"]?.arrayValue?.first?.objectValue ?? [:]
            settings["customModels"] = .array(
                [.object(first)]
                    + models.map { name in
                        var entry = first
                        entry["id"] = .string(name)
                        entry["displayName"] = .string(String(name.split(separator: ":").last ?? "").uppercased())
                        entry["model"] = .string("\(name.split(separator: ":").last ?? "")-model")
                        return .object(entry)
                    })
        }
    }
}
