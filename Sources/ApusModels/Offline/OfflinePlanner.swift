import ApusBase
package import ApusCore

/// The model that is there when none is configured: a fixed grammar and a fixed set of plans.
///
/// It needs no network, no weights and no clock, and does its work through the ordinary loop: every response is made from the
/// request alone, either calls of tools that the request offers or the final answer. Whatever the prompt, it answers; it throws
/// nothing but `.cancelled`. Prompts that are not in the documented set (`docs/offline-planner.md`) get a completed answer that
/// says so. Usage is an estimate of four bytes a token, since nothing counts tokens here.
package struct OfflinePlanner: ModelProvider {
    /// What a person should be told once when the planner stands in for a model.
    package static let announcement =
        "No model is configured: the built-in offline planner answers. It understands a fixed set of requests; ask \"what can you do?\"."

    package static let identifier = "offline"

    private let makeCallID: @Sendable () -> CallID

    /// - Parameter makeCallID: Names calls; must never give the same id twice in a session.
    package init(makeCallID: @escaping @Sendable () -> CallID = { CallID("offline_" + randomToken(length: 20)) }) {
        self.makeCallID = makeCallID
    }

    package var description: ModelDescription {
        ModelDescription(id: OfflinePlanner.identifier, displayName: "Offline planner", dialect: "offline", media: .nothing)
    }

    package func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
        var plan = Plan(OfflineConversation(request))
        let input = OfflinePlanner.estimatedTokens(of: request)
        switch plan.move() {
        case .answer(let text):
            try await stream(.text, index: 0, text: text, content: .text(text), receive)
            try await end(.endOfTurn, input: input, outputBytes: text.utf8.count, receive)
        case .calls(let calls):
            var outputBytes = 0
            for (index, call) in calls.enumerated() {
                let id = makeCallID()
                let text = JSONValue.object(call.input).serialized()
                let content = ItemContent.toolCall(ToolCall(id: id, name: call.tool.rawValue, input: .object(call.input)))
                outputBytes += text.utf8.count
                try await stream(.toolCall(id, name: call.tool.rawValue), index: index, text: text, content: content, receive)
            }
            try await end(.toolCalls, input: input, outputBytes: outputBytes, receive)
        }
    }

    private func stream(
        _ kind: ModelEvent.ItemKind, index: Int, text: String, content: ItemContent, _ receive: (ModelEvent) async -> Void
    ) async throws(ModelError) {
        try checkCancellation()
        await receive(.itemStarted(index: index, kind))
        for piece in WordPieces(text) {
            try checkCancellation()
            await receive(.delta(index: index, String(piece)))
        }
        await receive(.itemFinished(index: index, content))
    }

    private func end(
        _ reason: StopReason, input: Int, outputBytes: Int, _ receive: (ModelEvent) async -> Void
    ) async throws(ModelError) {
        try checkCancellation()
        await receive(.usage(Usage(inputTokens: input, outputTokens: max(1, (outputBytes + 3) / 4))))
        await receive(.finished(reason))
    }

    private func checkCancellation() throws(ModelError) {
        if Task.isCancelled { throw ModelError(.cancelled, "The offline planner was interrupted") }
    }

    /// Four bytes of English make about one token.
    private static func estimatedTokens(of request: ModelRequest) -> Int {
        var bytes = request.system.utf8.count
        for tool in request.tools { bytes += tool.name.utf8.count + tool.summary.utf8.count + 64 }
        for message in request.messages {
            switch message {
            case .user(let blocks, _): bytes += blocks.reduce(0) { $0 + $1.utf8.count }
            case .assistant(let contents):
                for case .text(let text) in contents { bytes += text.utf8.count }
                for case .toolCall(let call) in contents { bytes += call.name.utf8.count + call.input.serializedBytes().count }
            case .toolResults(let results): bytes += results.reduce(0) { $0 + $1.text.utf8.count }
            }
        }
        return (bytes + 3) / 4
    }
}

/// A text cut behind white space into pieces of about a word; a long text into larger pieces, so that their number is bounded.
struct WordPieces: Sequence {
    private let text: String
    private let smallest: Int
    private static let maximumPieces = 512

    init(_ text: String) {
        self.text = text
        smallest = Swift.max(1, text.utf8.count / WordPieces.maximumPieces)
    }

    func makeIterator() -> AnyIterator<Substring> {
        let scalars = text.unicodeScalars
        var position = scalars.startIndex
        let smallest = smallest
        return AnyIterator {
            guard position < scalars.endIndex else { return nil }
            let start = position
            var bytes = 0
            while position < scalars.endIndex {
                let scalar = scalars[position]
                bytes += UTF8.width(scalar)
                position = scalars.index(after: position)
                // A word without an end is cut all the same.
                if bytes >= smallest, scalar == " " || scalar == "\n" || bytes >= smallest + 64 { break }
            }
            return Substring(scalars[start..<position])
        }
    }
}
