package import ApusCore

/// A model behind OpenAI's Responses API. Nothing is stored over there: each request carries the whole conversation.
package struct ResponsesProvider: ModelProvider {
    package static let dialect = "openai"

    private let endpoint: ModelEndpoint
    private let http: HTTPStream

    init(_ endpoint: ModelEndpoint, http: HTTPStream) {
        self.endpoint = endpoint
        self.http = http
    }

    package var description: ModelDescription { endpoint.description }

    package func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
        let decoder = ResponsesDecoder(endpoint: endpoint, takenCalls: ChatHistory.calls(in: request.messages))
        try await ModelCall(endpoint: endpoint, http: http).run(
            ResponsesRequest(request, to: endpoint).http(), reading: decoder, receive: receive)
    }
}
