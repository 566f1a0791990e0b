import Foundation
import OptaSDK

/// The documentation's examples as one program: `example-OptaQuickstart "Explain how unified memory works on Apple Silicon"`
///
/// The daemon of this user is found by its state file; `OPTA_HOST`, `OPTA_PORT` and `OPTA_TOKEN` name another. `OPTA_MODE=do` lets it work,
/// `OPTA_PERMIT=allow` or `deny` answers what it asks; without it that is left to the other clients of the session.
@main
struct OptaQuickstart {
    static func main() async {
        do {
            try await work()
        } catch let error as DaemonHTTPError {
            fail("Daemon error \(error.status): \(error.message)")
        } catch {
            fail("\(error)")
        }
    }

    private static func work() async throws {
        let environment = ProcessInfo.processInfo.environment
        let words = CommandLine.arguments.dropFirst().joined(separator: " ")
        let question = words.isEmpty ? "Explain how unified memory works on Apple Silicon" : words
        let permit: PermissionDecision? = environment["OPTA_PERMIT"].map { PermissionDecision(rawValue: $0) }

        // 1. The daemon: by what it notes of itself, or by name.
        let client =
            if let token = environment["OPTA_TOKEN"] {
                DaemonClient(
                    host: environment["OPTA_HOST"] ?? "127.0.0.1", port: environment["OPTA_PORT"].flatMap { Int($0) } ?? 9_999, token: token
                )
            } else {
                try DaemonClient.fromStateFile()
            }
        let health = try await client.health()
        print("Daemon:", health.status, health.contract.name)

        // 2. A session, and its events from the start.
        let session = try await client.createSession(mode: environment["OPTA_MODE"].map { DaemonMode(rawValue: $0) } ?? .chat)
        print("session=\(session.id) status=\(session.status)")
        let ws = client.connectWebSocket()
        ws.on(.disconnect) { disconnect in
            if disconnect.willReconnect { FileHandle.standardError.write(Data("WebSocket disconnected\n".utf8)) }
        }

        // 3. A turn, and what becomes of it.
        let turn = try await client.submitTurn(session.id, content: question)
        for try await event in ws.events {
            try await show(event, permit, client)
            if event.endedTurnIDs.contains(turn.id) { break }
        }

        // 4. The end of this program's part; the session stays.
        try await client.close(session.id)
        await ws.close()
        await client.close()
    }

    private static func show(_ event: DaemonEvent, _ permit: PermissionDecision?, _ client: DaemonClient) async throws {
        switch event.kind {
        case .token(let delta): print(delta.text, terminator: "")
        case .turnText(let text): print(text.missing ?? "\n\(text.text ?? text.problem ?? "")", terminator: "")
        case .toolCall(let call): print("\nTool: \(call.toolName) \(call.args)")
        case .toolResult(let result): print("Result: \(result.result.prefix(200))")
        case .permissionRequest(let request):
            print("\n[needs permission] \(request.toolName)")
            if let permit { try await client.resolvePermission(event.sessionID, requestID: request.requestID, permit) }
        case .turnDone(let done): print("\nStats: \(done.stats.tokens) tokens, \(done.stats.toolCalls) tools")
        case .turnError(let error): fail("Error: \(error.message)")
        case .sessionCancelled: print("\nSession cancelled")
        default: break
        }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(1)
    }
}
