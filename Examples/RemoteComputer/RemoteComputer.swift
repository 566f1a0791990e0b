import DroidSDK
import Foundation

/// Runs a prompt on another computer, through the relay: `example-RemoteComputer comp-abc123 "uname -a"`. `APUS_RELAY` names another relay.
@main
struct RemoteComputer {
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
        guard let computer = arguments.first else {
            print("usage: example-RemoteComputer <computer id> <prompt>")
            exit(2)
        }
        let options = ConnectDaemonOptions(
            apiKey: environment["FACTORY_API_KEY"], machine: .computer(id: computer), relayBaseURL: environment["APUS_RELAY"])
        try await withDaemonConnection(options) { connection in
            try await connection.withSession { session in
                print(try await session.result(of: arguments.dropFirst().joined(separator: " ")).text)
            }
        }
    }
}
