import ApusTransport

/// One request to the daemon, before it has a host.
struct DaemonCall: Sendable {
    var method: String
    /// What errors call it: `/session/:id/prompt`.
    var route: String
    /// Percent-encoded, with its query.
    var path: String
    var headers: [HTTPRequest.Header] = []
    var body: JSON?

    /// Method and route.
    var name: String { method + " " + route }

    /// - Parameters:
    ///   - route: With a `:name` for each of `ids`, in their order.
    ///   - clientId: Sent as `X-Qwen-Client-Id` (§2.12).
    init(_ method: String, _ route: String, _ ids: [String] = [], query: String = "", clientId: String? = nil, body: JSON? = nil) {
        self.method = method
        self.route = route
        self.body = body
        path = URLText.path(route, ids) + query
        if let clientId { headers.append(HTTPRequest.Header("X-Qwen-Client-Id", clientId)) }
        if body != nil { headers.append(HTTPRequest.Header("Content-Type", "application/json")) }
    }
}

/// A whole answer.
struct DaemonAnswer: Sendable {
    var status: Int
    var text: String
    var retryAfter: Duration?

    var isSuccess: Bool { 200..<300 ~= status }

    init(_ response: HTTPResponse, text: String) {
        status = response.status
        self.text = text
        // The form with a date is not used by daemons.
        retryAfter = response.header("Retry-After").flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds($0) : nil }
    }
}
