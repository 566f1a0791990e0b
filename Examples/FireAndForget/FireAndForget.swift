import DroidSDK
import Foundation

/// A bot's two halves: `example-FireAndForget "Fix the lint errors"` hands a task over and prints the session's id;
/// `example-FireAndForget --resume <id>` looks what became of it.
@main
struct FireAndForget {
    static func main() async {
        do {
            try await work()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func work() async throws {
        let environment = ProcessInfo.processInfo.environment
        let arguments = CommandLine.arguments.dropFirst()
        let options = ConnectDaemonOptions(apiKey: environment["FACTORY_API_KEY"], url: environment["APUS_URL"])
        try await withDaemonConnection(options) { connection in
            if arguments.first == "--resume", let id = arguments.dropFirst().first {
                try await connection.withSession(resuming: id) { session in
                    print("\(session.loaded?.pendingPermissions?.count ?? 0) approvals wait")
                    for message in session.loaded?.session.messages ?? [] where message.role == .assistant {
                        for case .text(let block) in message.content { print(block.text) }
                    }
                }
            } else {
                let source = SessionSource(platform: .api, details: ["delegationSessionId": .string(UUID().uuidString)])
                let session = try await connection.createSession(
                    DaemonSessionOptions(cwd: FileManager.default.currentDirectoryPath, sessionSource: source))
                try await session.send(arguments.isEmpty ? "Fix all lint errors in src/." : arguments.joined(separator: " "))
                // Not closed: the turn goes on in the daemon when this program has ended.
                print(session.sessionId)
            }
        }
    }
}
