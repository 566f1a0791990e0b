package import ApusCore

/// A model behind an Anthropic Messages API.
package struct MessagesProvider: ModelProvider {
    package static let dialect = "anthropic"

    private let endpoint: ModelEndpoint
    private let http: HTTPStream

    init(_ endpoint: ModelEndpoint, http: HTTPStream) {
        self.endpoint = endpoint
        self.http = http
    }

    package var description: ModelDescription { endpoint.description }

    package func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {
        try await ModelCall(endpoint: endpoint, http: http).run(
            MessagesRequest(request, to: endpoint).http(), reading: MessagesDecoder(endpoint: endpoint), receive: receive)
    }
}
