import ApusBase
import ApusTestServer
import Foundation
import OptaSDK
import Testing

/// Sockets that are lost and go on by themselves, on the real daemon.
@Suite struct OptaReconnectTests {
    private static let parts = (0..<4).map { part in (0..<20).map { "piece \(part).\($0) " }.joined() }

    @Test func aTurnLosesNothingOverCutConnections() async throws {
        let gates = Self.parts.map { _ in Gate() }
        defer { for gate in gates { gate.open() } }
        // Each part comes when the connection was cut behind the one before it.
        let fragments = zip(Self.parts, gates).flatMap { part, gate in [Fragment.wait(gate), .piece(part)] }
        try await withTripleDaemon([.stream(StreamedReply([.text(fragments)]))]) { daemon in
            try await CuttingProxy.lend(to: daemon.optaPort) { proxy in
                let client = DaemonClient(port: proxy.port, token: daemon.key)
                let session = try await client.createSession()
                let ws = client.connectWebSocket(sessionID: session.id)
                let disconnects = Collected<DaemonDisconnect>()
                ws.on(.disconnect) { (disconnect: DaemonDisconnect) in disconnects.add(disconnect) }
                try await client.submitTurn(session.id, content: "Go.")
                gates[0].open()
                var text = ""
                var seqs: [Int64] = []
                for try await event in ws.events where !event.isLocal {
                    seqs.append(event.seq)
                    text += event.token ?? ""
                    if event.token != nil, let cut = Self.parts.indices.dropLast().first(where: { Self.parts[...$0].joined() == text }) {
                        proxy.cut()
                        gates[cut + 1].open()
                    }
                    if event.isStop { break }
                }
                #expect(text == Self.parts.joined())
                let logged = try await client.getEvents(session.id).map(\.seq)
                #expect(seqs == logged.filter { $0 <= seqs.last ?? 0 })
                // On a busy machine two cuts may be one for the client.
                try await eventually { !disconnects.values.isEmpty }
                #expect(disconnects.values.allSatisfy { $0.sessionID == session.id && $0.willReconnect })
                await ws.close()
                await client.close()
            }
        }
    }

    /// A client of the state file follows the daemon through restarts, to another port and another token.
    @Test(arguments: [SIGTERM, SIGKILL])
    func aClientOfTheStateFileFollowsTheDaemon(signal: Int32) async throws {
        let gate = Gate()
        defer { gate.open() }
        try await withTripleDaemon([.text("One."), .after(gate, .text("Two."))]) { first in
            let client = try DaemonClient.fromStateFile(at: first.stateFile)
            let session = try await client.createSession()
            let ws = client.connectWebSocket(sessionID: session.id)
            let seen = Collected<DaemonEvent>()
            ws.on(.event) { seen.add($0) }
            try await client.submitTurn(session.id, content: "First.")
            try await eventually { seen.values.contains { $0.event == .sessionUpdated } }
            try await first.end(signal)
            #expect(FileManager.default.fileExists(atPath: first.stateFile) == (signal == SIGKILL))
            let second = try await first.restarted()
            #expect(try DaemonStateFile.read(at: first.stateFile).port == second.optaPort)
            gate.open()
            // Whoever was not there for the end of the one asks the other.
            try await eventually {
                do { return try await client.health().status == "ok" } catch is DaemonConnectionError { return false }
            }
            try await client.submitTurn(session.id, content: "Second.")
            try await eventually(within: .seconds(60)) { seen.values.count { $0.event == .turnDone } == 2 }
            let told = seen.values.filter { !$0.isLocal }
            #expect(told.compactMap(\.token).joined() == "One.Two.")
            #expect(zip(told, told.dropFirst()).allSatisfy { $0.seq < $1.seq })
            #expect(Set(told.map(\.daemonID)).count == 2)
            await ws.close()
            await client.close()
        }
    }

    /// No socket can be opened, and HTTP works: the log is read instead.
    @Test func withoutSocketsTheLogIsPolled() async throws {
        try await withTripleDaemon([.text("One, ", "two.")]) { daemon in
            try await SocketlessProxy.lend(to: daemon.optaPort) { port in
                let client = DaemonClient(port: port, token: daemon.key)
                let session = try await client.createSession()
                let ws = client.connectWebSocket(sessionID: session.id)
                try await client.submitTurn(session.id, content: "Go.")
                var told: [DaemonEvent] = []
                for try await event in ws.events where !event.isLocal {
                    told.append(event)
                    if event.isStop { break }
                }
                #expect(told.compactMap(\.token).joined() == "One, two.")
                #expect(told.first?.event == .sessionSnapshot)
                await ws.close()
                await client.close()
            }
        }
    }

    /// A token that is none ends the loop with an error, and is not tried again.
    @Test func aRefusedTokenEndsTheLoop() async throws {
        try await withTripleDaemon([]) { daemon in
            let client = DaemonClient(port: daemon.optaPort, token: "wrong")
            let error = await #expect(throws: DaemonHTTPError.self) { try await client.health() }
            #expect(error?.status == 401)
            let ws = client.connectWebSocket(sessionID: "any")
            let refused = await #expect(throws: DaemonRefusedError.self) { for try await _ in ws.events {} }
            #expect(refused?.code == 4_001)
            await ws.close()
            await client.close()
        }
    }
}
