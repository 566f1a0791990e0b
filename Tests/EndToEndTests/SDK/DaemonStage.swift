import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A stage with a daemon on it, and the way to it.
struct DaemonStage: Sendable {
    let stage: Stage
    let daemon: ChildProcess
    let port: Int
    let key: String

    var url: String { "ws://127.0.0.1:\(port)" }
    var home: TemporaryHome { stage.home }
    var work: String { stage.home.work }

    func connect() async throws -> DaemonConnection {
        try await connectDaemon(ConnectDaemonOptions(apiKey: key, url: url))
    }

    /// Another daemon on the same home, after this one has ended.
    func restarted() async throws -> DaemonStage { try await DaemonStage.start(on: stage, key: key) }

    static func start(on stage: Stage, key: String = "fk-" + randomToken(length: 20)) async throws -> DaemonStage {
        let daemon = try stage.start("daemon", "--port", "0", environment: ["FACTORY_API_KEY": key])
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(120)
        while clock.now < deadline, !daemon.hasEnded {
            if let found = daemon.stdoutSoFar.firstMatch(of: #/ws://127\.0\.0\.1:(\d+)/#), let port = Int(found.1) {
                return DaemonStage(stage: stage, daemon: daemon, port: port, key: key)
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw ChildError(description: "no daemon: \(try await daemon.finish(within: .zero).everything)")
    }

    /// Ends the daemon in good order.
    func stop() async throws {
        daemon.send(SIGTERM)
        let outcome = try await daemon.finish(within: .seconds(120))
        #expect(outcome.status == .exited(0), "\(outcome.everything)")
    }
}

/// Lends a stage with a daemon, and ends the daemon.
func withDaemonStage<Result>(
    _ script: Script, _ body: (DaemonStage) async throws -> Result
) async throws -> Result {
    try await withStage(.anthropic, script) { stage in
        let daemon = try await DaemonStage.start(on: stage)
        do {
            let result = try await body(daemon)
            if !daemon.daemon.hasEnded { try await daemon.stop() }
            return result
        } catch {
            daemon.daemon.send(SIGKILL)
            throw error
        }
    }
}

/// The same with a connection.
func withConnection<Result: Sendable>(
    _ script: Script, _ body: (DaemonStage, DaemonConnection) async throws -> Result
) async throws -> Result {
    try await withDaemonStage(script) { daemon in
        try await withDaemonConnection(ConnectDaemonOptions(apiKey: daemon.key, url: daemon.url)) { try await body(daemon, $0) }
    }
}

extension Reply {
    /// A command, with the words that the tool wants beside it.
    static func command(_ command: String, id: String = "call-1") -> Reply {
        .toolCall("Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "a test"], id: id)
    }
}

extension AsyncSequence where Element == DroidMessage {
    /// Everything to the end.
    func all() async throws -> [DroidMessage] {
        var messages: [DroidMessage] = []
        for try await message in self { messages.append(message) }
        return messages
    }
}

extension [DroidMessage] {
    var types: [DroidMessageType] { map(\.type) }

    var result: ResultMessage? {
        if case .result(let result)? = last { result } else { nil }
    }

    /// The deltas of the text, joined.
    var streamed: String {
        compactMap { if case .assistantTextDelta(let delta) = $0 { delta.text } else { nil } }.joined()
    }
}

/// Waits for something that no event tells.
func eventually(within limit: Duration = .seconds(120), _ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        if clock.now > deadline { throw ChildError(description: "it did not happen within \(limit)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
