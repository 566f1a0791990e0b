import ApusBase
import ApusTestServer
import Testing

/// A run whose output is kept in golden files, one for each format. All providers must give the same bytes.
struct Scene: Sendable, CustomTestStringConvertible {
    var name: String
    var replies: [Reply]
    var prompt: String
    var options: [String] = []
    var exitCode: Int32 = 0

    var testDescription: String { name }

    private static let usage = TokenCounts(input: 20, output: 5, cacheRead: 7)

    /// The working directory of every scene.
    static func furnish(_ home: TemporaryHome) throws {
        try home.write("alpha\nbeta\n", to: "notes.txt")
        try home.write("one\n", to: "sub/one.txt")
    }

    static let all: [Scene] = [
        Scene(
            name: "plain", replies: [.text("Hello ", "there, ", "wörld.", usage: usage)], prompt: "say hello"),
        Scene(
            name: "parallel",
            replies: [
                .blocks(
                    .reasoning(["Look ", "around first."], signature: "c2lnbmVk"), .text(["Look", "ing."]),
                    .interleaved([
                        .toolCall("Read", ["file_path": "notes.txt"], id: "call-1", piecesOf: 4), .toolCall("LS", [:], id: "call-2"),
                    ]), usage: usage),
                .text("Two lines, ", "one folder.", usage: usage),
            ], prompt: "what is here?"),
        Scene(
            name: "tool-error",
            replies: [
                .toolCall("Read", ["file_path": "missing.txt"], id: "call-1"), .text("There is no such file.", usage: usage),
            ], prompt: "read missing.txt"),
        Scene(
            name: "retried", replies: [.serverError, .serverError, .text("Third time lucky.", usage: usage)], prompt: "try"),
        Scene(
            name: "overflow",
            replies: [
                .toolCall("Read", ["file_path": "notes.txt"], id: "call-1"),
                .blocks(.toolCall("Read", ["file_path": "sub/one.txt"], id: "call-2"), usage: TokenCounts(input: 6_000)),
                .failure(status: 400, message: "This model's maximum context length is 8192 tokens."),
                .text("The notes are alpha and beta.", usage: usage), .text("Three words in all.", usage: usage),
            ], prompt: "count the words"),
        Scene(
            name: "permission-stop",
            replies: [
                .toolCall(
                    "Execute", ["command": "rm -rf sub", "riskLevel": "low", "riskLevelReason": "cleaning", "summary": "remove sub"],
                    id: "call-1")
            ], prompt: "delete sub", exitCode: 1),
    ]
}
