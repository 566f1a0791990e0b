import ApusBase
import ApusTestServer
import Foundation
import Testing

/// An `apus daemon` that listens for clients of all three protocols, on a scripted model.
struct TripleDaemon: Sendable {
    let stage: Stage
    let process: ChildProcess
    /// Opens every port.
    let key: String
    let droidPort: Int
    let qwenPort: Int
    let optaPort: Int

    var home: TemporaryHome { stage.home }
    var work: String { stage.home.work }
    var stateFile: String { Self.stateFile(stage) }

    private static func folder(_ stage: Stage) -> String { "\(stage.home.root)/opta" }
    private static func stateFile(_ stage: Stage) -> String { "\(folder(stage))/daemon/state.json" }

    /// Starts one and returns when it says of every port that it listens there.
    static func start(_ stage: Stage, key: String = "fk-" + randomToken(length: 20)) async throws -> TripleDaemon {
        let process = try stage.start(
            "daemon", "--port", "0", "--qwen=0", "--opta=0", "--opta-home", folder(stage), environment: ["FACTORY_API_KEY": key])
        try await eventually("the daemon listens", within: .seconds(60)) {
            process.hasEnded || process.stdoutSoFar.count { $0 == "\n" } >= 3
        }
        let text = process.stdoutSoFar
        guard let droid = port(#/ws://127\.0\.0\.1:(\d+)/#, text),
            let qwen = port(#/qwen serve listening on http://127\.0\.0\.1:(\d+)/#, text),
            let opta = port(#/opta daemon listening on http://127\.0\.0\.1:(\d+)/#, text)
        else {
            process.send(SIGKILL)
            throw ChildError(description: "no start lines: \(try await process.finish().everything)")
        }
        return TripleDaemon(stage: stage, process: process, key: key, droidPort: droid, qwenPort: qwen, optaPort: opta)
    }

    private static func port(_ expression: Regex<(Substring, Substring)>, _ text: String) -> Int? {
        text.firstMatch(of: expression).flatMap { Int($0.1) }
    }

    /// Another daemon on the same home, after this one has ended.
    func restarted() async throws -> TripleDaemon { try await Self.start(stage, key: key) }

    /// Ends it by a signal.
    func end(_ signal: Int32) async throws {
        process.send(signal)
        let outcome = try await process.finish(within: .seconds(60))
        if signal == SIGTERM { #expect(outcome.status == .exited(0), "\(outcome.everything)") }
    }

    // MARK: Requests

    /// A request on a connection of its own, whose answer nobody has read yet.
    @discardableResult
    func ask(_ port: Int, _ line: String, _ body: JSONValue? = nil) async throws -> RawPeer {
        let peer = try await RawPeer.connect(port: port)
        var lines = ["\(line) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close", "Authorization: Bearer \(key)"]
        let text = body?.serialized() ?? ""
        if body != nil { lines += ["Content-Type: application/json", "Content-Length: \(text.utf8.count)"] }
        try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + text)
        return peer
    }

    func call(_ port: Int, _ line: String, _ body: JSONValue? = nil) async throws -> QwenAnswer {
        try QwenAnswer(try await ask(port, line, body).all(within: .seconds(60)))
    }
}

/// Runs `body` with a daemon; whichever is the last that it started is ended.
func withTripleDaemon<Result>(_ script: Script, _ body: (TripleDaemon) async throws -> Result) async throws -> Result {
    try await withStage(.anthropic, script) { stage in
        let daemon = try await TripleDaemon.start(stage)
        do {
            let result = try await body(daemon)
            _ = try await stage.apus("daemon", "stop")
            return result
        } catch {
            _ = try await stage.apus("daemon", "stop")
            throw error
        }
    }
}
