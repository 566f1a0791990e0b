import ApusBase
import ApusTestServer
import Foundation
import Testing

/// An `apus daemon` in the foreground, with a home of its own.
struct RunningDaemon: Sendable {
    let executable: ApusExecutable
    let home: TemporaryHome
    let process: ChildProcess
    let port: Int

    var folder: String { "\(home.apus)/daemon" }

    /// Starts one and returns when it says that it listens.
    static func start(
        _ executable: ApusExecutable, _ home: TemporaryHome, _ words: [String] = ["--port", "0"], environment: [String: String] = [:]
    ) async throws -> RunningDaemon {
        let process = try executable.start(["daemon"] + words, home: home, environment: environment)
        try await eventually("the daemon listens", within: .seconds(60)) { process.stdoutSoFar.hasSuffix("\n") || process.hasEnded }
        guard let match = process.stdoutSoFar.wholeMatch(of: /listening on wss?:\/\/.*:(\d+)\n/), let port = Int(match.output.1) else {
            process.send(SIGKILL)
            throw ChildError(description: "no ready line: \(try await process.finish().everything)")
        }
        return RunningDaemon(executable: executable, home: home, process: process, port: port)
    }

    /// Another program of the same owner.
    func apus(_ words: String...) async throws -> Outcome { try await executable.start(words, home: home).finish() }

    func status() async throws -> JSONValue {
        let outcome = try await apus("daemon", "status", "--json")
        #expect(outcome.status == .exited(0), "\(outcome.everything)")
        return try JSONValue(parsing: outcome.text)
    }

    /// The whole answer; `nil` when nobody listens.
    static func get(_ port: Int, _ path: String = "/health", headers: [String] = []) async throws -> String? {
        // Nobody there is an answer too.
        guard let peer = try? await RawPeer.connect(port: port) else { return nil }
        let host = headers.contains { $0.lowercased().hasPrefix("host:") } ? [] : ["Host: localhost:\(port)"]
        try await peer.send((["GET \(path) HTTP/1.1"] + host + headers).joined(separator: "\r\n") + "\r\n\r\n")
        return try await peer.all()
    }

    func answers(_ status: Int, _ path: String = "/health", headers: [String] = []) async throws -> Bool {
        try await RunningDaemon.get(port, path, headers: headers)?.hasPrefix("HTTP/1.1 \(status) ") ?? false
    }

    /// What is answered to a WebSocket handshake that is refused.
    func handshake(_ headers: [String]) async throws -> String {
        let peer = try await RawPeer.connect(port: port)
        try await peer.send(WebSocketPeer.handshake(port: port, headers: headers))
        return try await peer.all()
    }

    /// The key that it has made for its owner.
    func localKey() async throws -> String { String(try await apus("keys", "show-local").text.dropLast()) }

    /// A client that has shown its key.
    func connect(_ key: String) async throws -> WebSocketPeer {
        let peer = try await WebSocketPeer.open(port: port)
        let answer = try await peer.authenticate(key)
        #expect(answer["error"] == nil && answer["result"]?["userId"] != nil, "\(answer)")
        return peer
    }

    func log() throws -> String { try String(contentsOfFile: "\(folder)/daemon.log", encoding: .utf8) }

    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(name)") }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: name.isEmpty ? folder : "\(folder)/\(name)")[.posixPermissions] as? Int
    }
}

/// Runs `body` with a daemon that is ended afterwards; a failed test leaves nothing behind.
func withDaemon(
    _ words: [String] = ["--port", "0"], environment: [String: String] = [:], _ body: @Sendable (RunningDaemon) async throws -> Void
) async throws {
    try await withHome { executable, home in
        let daemon = try await RunningDaemon.start(executable, home, words, environment: environment)
        defer { daemon.process.send(SIGKILL) }
        try await body(daemon)
    }
}

/// A home in which no daemon is left running.
func withHome(_ body: @Sendable (ApusExecutable, TemporaryHome) async throws -> Void) async throws {
    let home = try TemporaryHome()
    let executable = try ApusExecutable.find()
    let result: Result<Void, any Error>
    do { result = .success(try await body(executable, home)) } catch { result = .failure(error) }
    _ = try await executable.start(["daemon", "stop"], home: home).finish()
    home.remove()
    try result.get()
}

extension WebSocketPeer {
    /// A request of the droid protocol.
    static func request(_ method: String, _ params: JSONObject, id: String = "1") -> String {
        ([
            "jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "request", "id": .string(id), "method": .string(method),
            "params": .object(params),
        ]
            as JSONValue).serialized()
    }

    /// The answer to a key.
    func authenticate(_ key: String) async throws -> JSONValue {
        try await send(Self.request("daemon.authenticate", ["apiKey": .string(key), "caller": "droid-sdk"]))
        return try JSONValue(parsing: try #require(try await message()).text)
    }

    /// The result of a request; what comes before it is passed over.
    func call(_ method: String, _ params: JSONObject, id: String) async throws -> JSONValue {
        try await send(Self.request(method, params, id: id))
        while true {
            let frame = try JSONValue(parsing: try #require(try await message()).text)
            if frame["id"] == .string(id), frame["type"] == "response" { return try #require(frame["result"], "\(frame)") }
        }
    }
}
