import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

/// An endpoint as a custom model would give it.
func sampleEndpoint(dialect: String, baseURL: String = "https://api.test", key: String? = "canary-key-123") -> ModelEndpoint {
    ModelEndpoint(
        description: ModelDescription(id: "custom:T-0", displayName: "Test", dialect: dialect), model: "test-model", baseURL: baseURL,
        key: key.map { Secret($0) }, keyPlace: "apiKey of \"Test\"")
}

let messagesEndpoint = sampleEndpoint(dialect: MessagesProvider.dialect)
let chatEndpoint = sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: "https://api.test/v1")

let responsesEndpoint = sampleEndpoint(dialect: ResponsesProvider.dialect, baseURL: "https://api.test/v1")

let sampleTool = ToolDefinition(
    id: "read-cli", name: "Read", summary: "Reads a file.", category: .readOnly,
    inputSchema: ["type": "object", "properties": ["path": ["type": "string"]]])

/// What a reader made of an answer: its events and, if it ended badly, how.
struct Outcome: Hashable {
    var events: [ModelEvent]
    var error: ModelError.Kind?

    init(_ events: [ModelEvent], _ error: ModelError.Kind? = nil) {
        self.events = events
        self.error = error
    }
}

func read(_ pieces: [[UInt8]], with decoder: some ResponseDecoder) -> Outcome {
    var reader = ResponseReader(decoder, errors: ProviderError(endpoint: messagesEndpoint))
    var events: [ModelEvent] = []
    do throws(ModelError) {
        for piece in pieces { try reader.push(piece, into: &events) }
        try reader.finish(into: &events)
        return Outcome(events)
    } catch {
        return Outcome(events, error.kind)
    }
}

/// Reads the answer whole, byte by byte, and cut in two at each `stride`th byte; all must agree.
func readEveryWay(_ text: String, stride: Int = 29, _ make: () -> some ResponseDecoder) -> Outcome {
    let bytes = Array(text.utf8)
    let whole = read([bytes], with: make())
    for cut in Swift.stride(from: 0, through: bytes.count, by: stride) {
        let outcome = read([Array(bytes[..<cut]), Array(bytes[cut...])], with: make())
        if outcome != whole {
            Issue.record("cut at byte \(cut): \(outcome) instead of \(whole)")
            break
        }
    }
    #expect(read(bytes.map { [$0] }, with: make()) == whole)
    return whole
}

/// The data lines of a stream.
func stream(_ data: String..., end: String = "") -> String {
    data.map { "data: \($0)\n\n" }.joined() + end
}
