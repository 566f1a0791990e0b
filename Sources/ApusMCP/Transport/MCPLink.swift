/// An open way to one server. Any number of requests at a time.
protocol MCPLink: Sendable {
    /// Sends a request and waits for its answer; everything else that comes goes to `heard`. Cancelling gives up waiting, and what
    /// carries the answer is closed where it carries nothing else.
    func request(_ request: MCPRequest) async throws(MCPFault) -> MCPMessage

    /// Sends what needs no answer.
    func send(_ message: [UInt8]) async throws(MCPFault)

    /// The revision both have agreed upon.
    func agreed(on revision: String)

    /// Whether nothing comes by it any more, so that a request could only fail. A link of single requests is never over.
    var isOver: Bool { get }

    /// Hears what the server says by itself, until cancelled; returns early where it says nothing.
    func listen() async

    /// Says farewell where the transport has a word for it. Short.
    func close() async
}

/// What a server says that is no answer, and the request in whose stream it said it, where that can be told: called from any task, quick.
typealias MCPHearer = @Sendable (_ message: MCPMessage, _ request: Int64?) -> Void
