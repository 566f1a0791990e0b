import DroidSDK
import Foundation

/// Two sessions on one connection, working at the same time.
@main
struct ConcurrentSessions {
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
        let directories = CommandLine.arguments.dropFirst()
        try await withDaemonConnection(options) { connection in
            try await withThrowingTaskGroup(of: (String, String).self) { group in
                for directory in directories.isEmpty ? ["."] : Array(directories) {
                    group.addTask {
                        let text = try await connection.withSession(DaemonSessionOptions(cwd: directory)) { session in
                            try await session.result(of: "What files are in this directory?").text
                        }
                        return (directory, text)
                    }
                }
                for try await (directory, text) in group { print("\(directory): \(text)") }
            }
        }
    }
}
