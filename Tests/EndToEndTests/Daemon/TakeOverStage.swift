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

/// A client of a daemon that is killed and started again, any number of times.
final class Survivor: Sendable {
    /// When a daemon dies. A type of its own, since closures in arrays are cast by a rule that fails while the test runs (Swift 6.3).
    struct Moment: Sendable {
        let reached: @Sendable (Survivor) async throws -> Void

        init(_ reached: @escaping @Sendable (Survivor) async throws -> Void) { self.reached = reached }
    }

    let stage: Stage
    let session: DaemonSession
    /// Everything that the client was told, in order.
    let messages = Collected<DroidMessage>()
    private let proxy: CuttingProxy
    private let daemons = Collected<DaemonStage>()

    private init(_ stage: Stage, _ session: DaemonSession, _ proxy: CuttingProxy, _ daemon: DaemonStage) {
        (self.stage, self.session, self.proxy) = (stage, session, proxy)
        daemons.add(daemon)
    }

    /// Text as it was shown.
    var shown: String { messages.values.streamed }

    /// Ends the daemon as the kernel would, and starts the next one on the same home.
    func kill() async throws {
        let daemon = try #require(daemons.values.last)
        daemon.daemon.send(SIGKILL)
        #expect(try await daemon.daemon.finish().status == .killed(SIGKILL))
        let next = try await daemon.restarted()
        daemons.add(next)
        proxy.lead(to: next.port)
    }

    /// Sends a prompt and hears it to its end, while `moments` come one after the other; the daemon is killed at each of them.
    func turn(_ prompt: String, killedAt moments: [Moment]) async throws -> [DroidMessage] {
        async let all = hear(prompt)
        do {
            for moment in moments {
                try await moment.reached(self)
                try await kill()
            }
        } catch {
            // A turn that nobody takes to its end would be waited for in vain.
            daemons.values.last?.daemon.send(SIGKILL)
            throw error
        }
        return try await all
    }

    private func hear(_ prompt: String) async throws -> [DroidMessage] {
        var all: [DroidMessage] = []
        for try await message in session.stream(prompt, options: StreamOptions(includePartialMessages: true)) {
            messages.add(message)
            all.append(message)
        }
        return all
    }

    /// The session as the log has it.
    func state() async throws -> JSONValue { try JSONValue(parsing: try await stage.show(session.sessionId).stdout) }

    static func lend(
        _ script: Script, preparing: (Stage) throws -> Void = { _ in }, _ body: (Survivor) async throws -> Void
    ) async throws {
        try await withStage(.anthropic, script) { stage in
            try stage.change { $0["resumeTurns"] = true }
            try preparing(stage)
            let first = try await DaemonStage.start(on: stage)
            try await CuttingProxy.lend(to: first.port) { proxy in
                let connection = try await connectDaemon(
                    ConnectDaemonOptions(
                        apiKey: first.key, url: "ws://127.0.0.1:\(proxy.port)", whenDropped: .resume(within: .seconds(120))))
                let session = try await connection.createSession(DaemonSessionOptions(cwd: first.work, autonomyLevel: .high))
                let survivor = Survivor(stage, session, proxy, first)
                do {
                    try await body(survivor)
                    await connection.close()
                    try await survivor.daemons.values.last?.stop()
                } catch {
                    await connection.close()
                    survivor.daemons.values.last?.daemon.send(SIGKILL)
                    throw error
                }
            }
        }
    }
}
