import DroidSDK
import Foundation

/// Lets the agent call a function of this program: `example-SDKTools "What became of order 17?"`.
@main
struct SDKTools {
    struct Order: Decodable, Sendable { var number: Int }

    static func main() async {
        do {
            try await work()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(1)
        }
    }

    private static func work() async throws {
        let states = [17: "shipped on Monday", 18: "being packed"]
        let status = try tool(
            "order_status", "Tells what became of an order.", input: Order.self, annotations: ToolAnnotations(readOnly: true)
        ) { order in
            states[order.number].map(ToolResponse.text) ?? .error("There is no order \(order.number).")
        }
        let shop = try createSDKMCPServer(name: "shop", tools: [status])

        let environment = ProcessInfo.processInfo.environment
        let prompt = CommandLine.arguments.dropFirst().joined(separator: " ")
        let options = ConnectDaemonOptions(apiKey: environment["FACTORY_API_KEY"], url: environment["APUS_URL"])
        let session = DaemonSessionOptions(
            cwd: FileManager.default.currentDirectoryPath, mcpServers: [.hosted(shop)],
            // What says that it only reads may still be asked about; everything else is refused.
            permissionHandler: { params in
                params.toolUses.allSatisfy { $0.toolUse.name == "shop___order_status" } ? .proceedOnce : .cancel
            })
        try await withDaemonConnection(options) { connection in
            try await connection.withSession(session) { session in
                for try await message in session.stream(prompt.isEmpty ? "What became of order 17?" : prompt) {
                    switch message {
                    case .toolCall(let call): print("[Tool] \(call.toolUse.name)")
                    case .toolResult(let result): print("[Result] \(result.text)")
                    case .result(let result): print(result.text)
                    default: break
                    }
                }
            }
        }
    }
}
