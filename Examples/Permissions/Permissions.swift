import DroidSDK
import Foundation

/// Lets files be created and refuses everything else, and answers questions with their first option.
@main
struct Permissions {
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
        let options = ConnectDaemonOptions(apiKey: environment["FACTORY_API_KEY"], url: environment["APUS_URL"])
        let session = DaemonSessionOptions(
            cwd: FileManager.default.currentDirectoryPath,
            permissionHandler: { params in
                for use in params.toolUses { print("[Asked] \(use.toolUse.name) (\(use.confirmationType))") }
                return params.toolUses.allSatisfy { $0.confirmationType == .create } ? .proceedOnce : .cancel
            },
            askUserHandler: { params in
                .answers(
                    params.questions.map { question in
                        AskUserAnswer(index: question.index, question: question.question, answer: question.options.first ?? "yes")
                    })
            })
        try await withDaemonConnection(options) { connection in
            try await connection.withSession(session) { session in
                let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
                let result = try await session.result(of: prompt.isEmpty ? "Create notes.txt with one line." : prompt)
                print(result.wasInterrupted ? "Refused" : result.text)
            }
        }
    }
}
