import ApusBase
import ApusTestServer
import Foundation
import Testing

/// An `apus daemon --opta` in the foreground, with a home of its own, and a folder for its clients where a test wants one.
struct RunningOpta: Sendable {
    let executable: ApusExecutable
    let home: TemporaryHome
    let process: ChildProcess
    /// Of the Opta protocol.
    let port: Int

    /// What `--opta-home` names in these tests.
    static func optaHome(_ home: TemporaryHome) -> String { "\(home.scratch)/opta" }

    var folder: String { "\(Self.optaHome(home))/daemon" }

    /// Starts one and returns when it says that it listens.
    static func start(
        _ executable: ApusExecutable, _ home: TemporaryHome, _ words: [String] = ["--opta=0"], withFiles: Bool = true,
        environment: [String: String] = [:]
    ) async throws -> RunningOpta {
        let files = withFiles ? ["--opta-home", optaHome(home)] : []
        let process = try executable.start(["daemon", "--port", "0"] + words + files, home: home, environment: environment)
        try await eventually("both ports are open", within: .seconds(60)) {
            process.stdoutSoFar.split(separator: "\n").count == 2 || process.hasEnded
        }
        let lines = /listening on ws:\/\/127\.0\.0\.1:\d+\nopta daemon listening on http:\/\/[^ ]*:(\d+)\n/
        guard let match = process.stdoutSoFar.wholeMatch(of: lines), let port = Int(match.output.1) else {
            process.send(SIGKILL)
            throw ChildError(description: "no ready lines: \(try await process.finish().everything)")
        }
        return RunningOpta(executable: executable, home: home, process: process, port: port)
    }

    func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }
    func state() throws -> JSONValue { try JSONValue(parsing: try text("state.json")) }
    func token() throws -> String { try #require(try state()["token"]?.stringValue) }

    func mode(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: name.isEmpty ? folder : "\(folder)/\(name)")[.posixPermissions] as? Int
    }

    /// The names in the folder, in order.
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    /// The whole answer; `nil` when nobody listens.
    func get(_ path: String, _ headers: [String] = []) async throws -> String? {
        // Nobody there is an answer too.
        guard let peer = try? await RawPeer.connect(port: port) else { return nil }
        let lines = ["GET \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
        try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
        return try await peer.all()
    }

    func status(_ path: String, _ headers: [String] = []) async throws -> Int? {
        try await get(path, headers).flatMap { Int($0.dropFirst(9).prefix(3)) }
    }

    /// Whether a credential opens a route that needs one.
    func admits(_ secret: String) async throws -> Bool {
        let status = try await status("/v3/health", ["Authorization: Bearer \(secret)"])
        return status != nil && status != 401
    }

    func end(_ signal: Int32 = SIGTERM) async throws -> Outcome {
        process.send(signal)
        return try await process.finish()
    }
}

/// Runs `body` with one that is ended afterwards.
func withOpta(
    _ words: [String] = ["--opta=0"], withFiles: Bool = true, environment: [String: String] = [:],
    _ body: @Sendable (RunningOpta) async throws -> Void
) async throws {
    try await withHome { executable, home async throws in
        let daemon = try await RunningOpta.start(executable, home, words, withFiles: withFiles, environment: environment)
        defer { daemon.process.send(SIGKILL) }
        try await body(daemon)
    }
}
