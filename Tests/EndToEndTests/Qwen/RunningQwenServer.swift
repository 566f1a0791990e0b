import ApusBase
import ApusTestServer
import Foundation
import Testing

/// An `apus serve` in the foreground.
struct RunningQwenServer: Sendable {
    let executable: ApusExecutable
    let home: TemporaryHome
    let process: ChildProcess
    let port: Int
    /// The start line.
    let line: String

    /// Starts one and returns when it says that it listens.
    static func start(
        _ executable: ApusExecutable, _ home: TemporaryHome, _ words: [String] = ["--port", "0"], environment: [String: String] = [:]
    ) async throws -> RunningQwenServer {
        let process = try executable.start(["serve"] + words, home: home, environment: environment)
        try await eventually("the server listens", within: .seconds(60)) { process.stdoutSoFar.hasSuffix("\n") || process.hasEnded }
        let text = process.stdoutSoFar
        guard let match = text.wholeMatch(of: /qwen serve listening on https?:\/\/.*:(\d+) \(mode=http-bridge.*\)\n/),
            let port = Int(match.output.1)
        else {
            process.send(SIGKILL)
            throw ChildError(description: "no start line: \(try await process.finish().everything)")
        }
        return RunningQwenServer(executable: executable, home: home, process: process, port: port, line: String(text.dropLast()))
    }

    /// Another program of the same owner.
    func apus(_ words: String...) async throws -> Outcome { try await executable.start(words, home: home).finish() }

    func answers() async throws -> Bool { try await Self.request(port) != nil }

    /// The whole answer to the only request of a connection; `nil` when nobody listens.
    static func request(
        _ port: Int, _ line: String = "GET /health", headers: [String] = [], body: String? = nil, host: String = "127.0.0.1"
    ) async throws -> String? {
        // Nobody there is an answer too.
        guard let peer = try? await RawPeer.connect(port: port, host: host) else { return nil }
        var lines = ["\(line) HTTP/1.1", "Connection: close"] + headers
        if !headers.contains(where: { $0.lowercased().hasPrefix("host:") }) { lines.append("Host: 127.0.0.1:\(port)") }
        if let body { lines += ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"] }
        // Who is turned away at once may not get to say it.
        try? await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? ""))
        return try await peer.all()
    }
}

/// Runs `body` with a server that is ended afterwards; a failed test leaves nothing behind.
func withQwenServer(
    _ words: [String] = ["--port", "0"], environment: [String: String] = [:], _ body: @Sendable (RunningQwenServer) async throws -> Void
) async throws {
    try await withHome { executable, home in
        let server = try await RunningQwenServer.start(executable, home, words, environment: environment)
        defer { server.process.send(SIGKILL) }
        try await body(server)
    }
}
