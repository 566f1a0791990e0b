import ApusBase
import ApusTestServer
import ApusTransport
import DroidSDK
import Foundation
import Testing

/// A connection that is lost and goes on (`docs/protocols/droid.md`, Resuming), on the real daemon over sockets that are cut.
@Suite struct ResumeTests {
    private func options(_ stage: DaemonStage, _ proxy: CuttingProxy, within limit: Duration = .seconds(60)) -> ConnectDaemonOptions {
        ConnectDaemonOptions(apiKey: stage.key, url: "ws://127.0.0.1:\(proxy.port)", whenDropped: .resume(within: limit))
    }

    private func outcome(of session: DaemonSession) async -> Result<[DroidMessage], any Error> {
        do { return .success(try await session.stream("Go.").all()) } catch { return .failure(error) }
    }

    @Test func aTurnLosesNothingOverCutConnections() async throws {
        let parts = (0..<8).map { part in (0..<20).map { "piece \(part).\($0) " }.joined() }
        let gates = parts.map { _ in Gate() }
        // Each part comes when the connection was cut behind the one before it.
        let fragments = zip(parts, gates).flatMap { part, gate in [Fragment.wait(gate), .piece(part)] }
        let script: Script = [.toolCall("Read", ["file_path": "a.txt"], id: "call-1"), .stream(StreamedReply([.text(fragments)]))]
        try await withDaemonStage(script) { stage in
            try stage.home.write("text\n", to: "a.txt")
            try await CuttingProxy.lend(to: stage.port) { proxy in
                try await withDaemonConnection(options(stage, proxy)) { connection in
                    let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                    var text = ""
                    var messages: [DroidMessage] = []
                    gates[0].open()
                    for try await message in session.stream("Go.", options: StreamOptions(includePartialMessages: true)) {
                        messages.append(message)
                        guard case .assistantTextDelta(let delta) = message else { continue }
                        text += delta.text
                        if let cut = parts.indices.dropLast().first(where: { parts[...$0].joined() == text }) {
                            proxy.cut()
                            gates[cut + 1].open()
                        }
                    }
                    #expect(text == parts.joined())
                    #expect(messages.result?.text == parts.joined())
                    #expect(messages.types.count { $0 == .toolResult } == 1)
                    // The last cut may come with the end of the turn behind it.
                    #expect(proxy.count >= parts.count - 1)
                }
            }
        }
    }

    @Test func aTurnGoesOnInTheDaemonThatComesAfterAKilledOne() async throws {
        try await withStage(.anthropic, [.command("touch resumed.txt"), .text("Done.")]) { stage in
            let first = try await DaemonStage.start(on: stage)
            try await CuttingProxy.lend(to: first.port) { proxy in
                let connection = try await connectDaemon(options(first, proxy))
                let asked = Collected<String>()
                var options = DaemonSessionOptions(cwd: first.work)
                options.permissionHandler = { request in
                    asked.add(request.toolUses.first?.toolUse.id ?? "")
                    // The first is never answered: its daemon is killed before.
                    if asked.values.count == 1 { try await Task.sleep(for: .seconds(600)) }
                    return .proceedOnce
                }
                let session = try await connection.createSession(options)
                async let messages = session.stream("Go.").all()
                try await eventually { asked.values.count == 1 }
                first.daemon.send(SIGKILL)
                _ = try await first.daemon.finish()
                let second = try await first.restarted()
                proxy.lead(to: second.port)
                let seen = try await messages
                #expect(seen.result?.text == "Done.")
                #expect(asked.values == ["call-1", "call-1"])
                #expect(stage.home.has("resumed.txt"))
                await connection.close()
                try await second.stop()
            }
        }
    }

    @Test func aDaemonThatStaysAwayIsAnErrorInTime() async throws {
        let gate = Gate()
        try await withDaemonStage([.after(gate, .text("late"))]) { stage in
            try await CuttingProxy.lend(to: stage.port) { proxy in
                let connection = try await connectDaemon(options(stage, proxy, within: .milliseconds(300)))
                let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                async let messages = outcome(of: session)
                try await gate.reached()
                proxy.lead(to: 1)
                proxy.cut()
                let outcome = await messages
                #expect(throws: ConnectionError.self) { try outcome.get() }
                await #expect(throws: ConnectionError.self) { _ = try await session.listSkills() }
                await connection.close()
            }
            gate.open()
        }
    }

    /// The key was taken away meanwhile.
    @Test func aRefusedKeyEndsTheAttempts() async throws {
        let gate = Gate()
        try await withDaemonStage([.after(gate, .text("late"))]) { stage in
            try await withStage(.anthropic, []) { other in
                let stranger = try await DaemonStage.start(on: other)
                try await CuttingProxy.lend(to: stage.port) { proxy in
                    let connection = try await connectDaemon(options(stage, proxy))
                    let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                    async let messages = outcome(of: session)
                    try await gate.reached()
                    proxy.lead(to: stranger.port)
                    proxy.cut()
                    let outcome = await messages
                    let error = #expect(throws: ConnectionError.self) { try outcome.get() }
                    #expect(error?.message.hasPrefix("Daemon authentication failed: ") == true, "\(error?.message ?? "")")
                    await connection.close()
                }
                try await stranger.stop()
            }
            gate.open()
        }
    }
}
