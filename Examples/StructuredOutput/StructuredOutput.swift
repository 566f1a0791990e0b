import DroidSDK
import Foundation

/// Asks for a value and gets a Swift type.
@main
struct StructuredOutput {
    struct Summary: Decodable, Sendable {
        var title: String
        var files: [String]
    }

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
        try await withDaemonConnection(options) { connection in
            try await connection.withSession(DaemonSessionOptions(cwd: FileManager.default.currentDirectoryPath)) { session in
                let summary = try await session.stream("Summarize this project.", as: Summary.self).output()
                print("\(summary.title): \(summary.files.joined(separator: ", "))")
            }
        }
    }
}
