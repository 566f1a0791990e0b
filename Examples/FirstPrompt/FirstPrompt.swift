import DroidSDK
import Foundation

/// Asks one question and prints the answer: `FACTORY_API_KEY=… example-FirstPrompt "What files are here?"`.
///
/// `APUS_URL` names a daemon; without it that of this machine is found or started.
@main
struct FirstPrompt {
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
        let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
        let options = ConnectDaemonOptions(apiKey: environment["FACTORY_API_KEY"], url: environment["APUS_URL"])
        try await withDaemonConnection(options) { connection in
            try await connection.withSession(DaemonSessionOptions(cwd: FileManager.default.currentDirectoryPath)) { session in
                for try await message in session.stream(prompt.isEmpty ? "What files are in this directory?" : prompt) {
                    switch message {
                    case .assistant(let assistant): print(assistant.text)
                    case .toolCall(let call): print("[Tool] \(call.toolUse.name)")
                    case .toolResult(let result): print("[Result] \(result.isError ? "Error" : "OK")")
                    case .result(let result): print("Done in \(result.durationMs) ms: \(result.subtype.rawValue)")
                    default: break
                    }
                }
            }
        }
    }
}
