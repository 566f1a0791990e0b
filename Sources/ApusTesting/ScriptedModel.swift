package import ApusBase
package import ApusCore

/// A model that answers by a script, and remembers what it was asked.
package final class ScriptedModel: ModelProvider, ModelSource {
    /// One thing of a reply.
    package enum Step: Sendable {
        case text([String])
        case reasoning([String], OpaqueState? = nil)
        /// The input goes out in these pieces; joined they should be its text. `nil` leaves the input's own text in one piece.
        case call(CallID, String, JSONValue, pieces: [String]? = nil)
        case usage(Usage)
        /// Just this event: for streams that no adapter ought to make.
        case event(ModelEvent)
        case stand(Gate)
        case stop(StopReason)
        case fail(ModelError)
    }

    package struct Reply: Sendable {
        package var steps: [Step]
        package init(_ steps: Step...) { self.steps = steps }
        package init(_ steps: [Step]) { self.steps = steps }

        package static func text(_ pieces: String...) -> Reply { Reply(.text(pieces)) }
        package static func fail(_ kind: ModelError.Kind, retryAfter: Duration? = nil) -> Reply {
            Reply(.fail(ModelError(kind, "The script says: \(kind.rawValue)", retryAfter: retryAfter)))
        }
    }

    package let description: ModelDescription
    private let answer: @Sendable (ModelRequest, Int) -> Reply
    private let asked = Watched<[ModelRequest]>([])

    /// `answer` gets the request and its number, from 0.
    package init(id: String = "scripted", contextTokens: Int? = nil, answer: @escaping @Sendable (ModelRequest, Int) -> Reply) {
        description = ModelDescription(id: id, displayName: "Scripted", dialect: "scripted", contextTokens: contextTokens)
        self.answer = answer
    }

    /// The replies in order; a request behind the last one fails.
    package convenience init(_ replies: Reply...) {
        self.init { _, number in
            number < replies.count ? replies[number] : Reply(.fail(ModelError(.invalidRequest, "The script has no reply \(number + 1)")))
        }
    }

    package var requests: [ModelRequest] { asked.value }

    /// Returns when `count` requests have come.
    package func asked(_ count: Int) async throws { _ = try await within { [asked] in await asked.first { $0.count >= count } } }

    package func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
        guard let model, model != description.id else { return self }
        throw ModelLookupError(model: model, description: "Invalid model: \(model)\nAvailable models: \(description.id)")
    }

    package func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
        let number = asked.change { asked -> Int in
            asked.append(request)
            return asked.count - 1
        }
        var player = Player()
        for step in answer(request, number).steps {
            for event in try await player.events(for: step) {
                if Task.isCancelled { throw ModelError(.cancelled, "Cancelled") }
                await receive(event)
            }
        }
        // As a provider whose connection is torn down while it waits for the end.
        if Task.isCancelled { throw ModelError(.cancelled, "Cancelled") }
        if !player.hasStopped { await receive(.finished(player.hasCalled ? .toolCalls : .endOfTurn)) }
    }

    /// Turns steps into events.
    private struct Player {
        var next = 0
        var hasCalled = false
        var hasStopped = false

        mutating func events(for step: Step) async throws(ModelError) -> [ModelEvent] {
            switch step {
            case .text(let pieces): return item(.text, pieces, .text(pieces.joined()))
            case .reasoning(let pieces, let opaque): return item(.reasoning, pieces, .reasoning(pieces.joined(), opaque))
            case .call(let id, let name, let input, let pieces):
                hasCalled = true
                return item(
                    .toolCall(id, name: name), pieces ?? [input.serialized()], .toolCall(ToolCall(id: id, name: name, input: input)))
            case .usage(let usage): return [.usage(usage)]
            case .event(let event):
                if case .finished = event { hasStopped = true }
                return [event]
            case .stop(let reason):
                hasStopped = true
                return [.finished(reason)]
            case .stand(let gate):
                if await !gate.pass() { throw ModelError(.cancelled, "Cancelled") }
                return []
            case .fail(let error): throw error
            }
        }

        private mutating func item(_ kind: ModelEvent.ItemKind, _ pieces: [String], _ content: ItemContent) -> [ModelEvent] {
            let index = next
            next += 1
            return [.itemStarted(index: index, kind)] + pieces.map { .delta(index: index, $0) }
                + [.itemFinished(index: index, content)]
        }
    }
}
