import DroidSDK
import Foundation

/// One prompt with a program of its own, without a daemon: `example-ExecMode "list the files"`. `FACTORY_DROID_BINARY` names the program.
@main
struct ExecMode {
    static func main() async {
        do {
            try await work()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func work() async throws {
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
            print("No program can be started here; connect to a daemon instead.")
        #else
            let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
            let options = ExecOptions(timeout: .seconds(300), session: DaemonSessionOptions(permissionHandler: { _ in .cancel }))
            let result = try await run(prompt.isEmpty ? "list the files" : prompt, options: options)
            print(result.text)
            print("\(result.subtype.rawValue), \(result.durationMs) ms, \(result.tokenUsage?.outputTokens ?? 0) tokens")
        #endif
    }
}
