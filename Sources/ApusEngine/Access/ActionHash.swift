import ApusBase
package import ApusCore
import Crypto

/// Names the exact action that an answer permits. Whatever could make the same words do something else is in it: the input as it
/// will be handed to the tool, the links of its paths resolved, the directory, the level.
package enum ActionHash {
    package static func of(_ call: ToolCall, _ request: AccessRequest, in directory: String, at level: AutonomyLevel) -> String {
        let bytes: JSONValue = [
            "apus-action-1", .string(call.name), call.input, touched(by: request), .string(directory), .string(level.rawValue),
        ]
        return hex(SHA256.hash(data: bytes.serializedBytes()))
    }

    static func hex(_ digest: SHA256Digest) -> String {
        digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func touched(by request: AccessRequest) -> JSONValue {
        let words: [String] =
            switch request.action {
            case .session: ["session"]
            case .read(let paths): ["read"] + paths
            case .write(let paths): ["write"] + paths
            case .command(let command, let declaredRisk): ["command", command, declaredRisk]
            case .fetch(let url): ["fetch", url]
            case .serverCall(let tool, let claim): ["server", tool, claim.rawValue]
            case .plan(let plan): ["plan", plan.text]
            case .delegate(let kind): ["delegate", kind]
            }
        return .array(words.map { .string($0) } + [.bool(request.outlivesRun), request.server.map { .string($0) } ?? .null])
    }
}
