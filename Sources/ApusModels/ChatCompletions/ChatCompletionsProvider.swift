package import ApusCore

/// A model behind an OpenAI-style Chat Completions API, OpenAI's own or one of its many imitations.
package struct ChatCompletionsProvider: ModelProvider {
    package static let dialect = "generic-chat-completion-api"

    private let endpoint: ModelEndpoint
    private let http: HTTPStream

    init(_ endpoint: ModelEndpoint, http: HTTPStream) {
        self.endpoint = endpoint
        self.http = http
    }

    package var description: ModelDescription { endpoint.description }

    package func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
        let decoder = ChatDecoder(endpoint: endpoint, takenCalls: ChatHistory.calls(in: request.messages))
        try await ModelCall(endpoint: endpoint, http: http).run(
            ChatRequest(request, to: endpoint).http(), reading: decoder, receive: receive)
    }
}
