import Foundation
import QwenSDK

/// The quickstart of the protocol, in Swift: `example-QwenQuickstart "Summarize src/main.ts in one sentence."`
///
/// `QWEN_URL` names the daemon, http://127.0.0.1:4170 otherwise; its token is taken from `QWEN_SERVER_TOKEN`. `QWEN_VOTE=allow` or `reject` votes
/// on what the agent asks; without it that is left to the other clients of the session.
@main
struct QwenQuickstart {
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
        let question = words.isEmpty ? "Summarize src/main.ts in one sentence." : words
        let vote: PermissionOptionKind? = environment["QWEN_VOTE"].map { $0 == "allow" ? .allowOnce : .rejectOnce }
        try await withDaemonClient(baseURL: environment["QWEN_URL"] ?? "http://127.0.0.1:4170") { client in
            // 1. Is the daemon there, and what does it do?
            let capabilities = try await client.capabilities()
            print("Daemon features:", capabilities.features.joined(separator: " "))

            // 2. The session of this folder, new or shared.
            let session = try await client.createOrAttachSession(workspaceCwd: FileManager.default.currentDirectoryPath)
            print("session=\(session.sessionId) attached=\(session.attached)")

            // 3. Its events, from the start: nothing is missed, however late the stream opens.
            let subscription = Task {
                for try await event in client.subscribeEvents(session.sessionId, lastEventID: 0) {
                    try await handle(event, vote, client)
                }
            }

            // 4. A prompt, and the end of its turn.
            let result = try await client.prompt(session.sessionId, prompt: [.text(question)])
            print("\nstop reason:", result.stopReason)

            // 5. Leaving ends the stream, without an error; only a vote under way would end with one.
            subscription.cancel()
            do { try await subscription.value } catch is CancellationError {}
        }
    }

    private static func handle(_ event: DaemonEvent, _ vote: PermissionOptionKind?, _ client: DaemonClient) async throws {
        switch event.kind {
        case .sessionUpdate(.agentMessageChunk(let block)):
            print(block.text ?? "", terminator: "")
        case .permissionRequest(let request):
            print("\n[needs permission] \(request.toolCall.title ?? "a tool")")
            guard let vote, let choice = request.option(vote) else { break }
            let accepted = try await client.respondToPermission(request.requestId, .selected(choice.optionId))
            if !accepted { print("Another client voted first; nothing to do.") }
        case .permissionResolved(let resolved):
            print("[permission resolved] \(resolved.outcome)")
        case .sessionDied(let died):
            FileHandle.standardError.write(Data("[agent crashed] \(died.reason)\n".utf8))
        default:
            break
        }
    }

    private static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(1)
    }
}
