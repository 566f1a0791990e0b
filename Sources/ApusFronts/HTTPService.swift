/// A protocol over HTTP, behind one listener. The listener reads and writes; what is asked and answered is the front's.
package protocol HTTPService: Sendable {
    /// Judges a request by its head, before a byte of its body is taken. What is refused here costs nothing: the body is thrown away,
    /// up to a bound.
    func admit(_ head: HTTPHead) async -> HTTPAdmission

    /// Answers an admitted request. Cancelled when the peer hangs up before the answer was written: a request whose upload has ended has
    /// not hung up. Requests of one connection are answered one after another, in their order.
    func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer
}

/// A request without its body. Nothing is decoded: `%2F` in a segment stays in it.
package struct HTTPHead: Sendable {
    /// In capitals.
    package var method: String
    /// What stands before `?`.
    package var path: String
    /// What stands behind the first `?`, `nil` without one.
    package var query: String?
    /// Names in lower case, in the order they came; a name may come more than once.
    package var fields: [(name: String, value: String)]
    /// Where the peer calls from.
    package var peer: String
    /// The port that it called.
    package var localPort: Int

    package init(
        method: String, path: String, query: String? = nil, fields: [(name: String, value: String)] = [], peer: String = "127.0.0.1",
        localPort: Int = 4170
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.peer = peer
        self.localPort = localPort
    }

    /// All values of a field, its name in lower case.
    package func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }
    /// The first value.
    package func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}

package enum HTTPAdmission: Sendable {
    case refused(HTTPAnswer)
    /// - bodyBytes: what of the body is kept.
    case admitted(ClientIdentity, bodyBytes: Int)
}

package enum HTTPBody: Hashable, Sendable {
    /// Empty when there was none.
    case bytes([UInt8])
    /// Longer than was admitted; what came was thrown away.
    case tooLong
}

package struct HTTPAnswer: Sendable {
    package enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// Written as it comes, one frame of the sink after another, each at once; the answer ends when the closure returns. The closure is
        /// cancelled, and its sink over, when the peer has gone, took nothing for too long, or the listener is stopped.
        case stream(@Sendable (any FrameSink) async -> Void)
    }

    package var status: Int
    /// Without those that follow from the body: the listener writes length and framing.
    package var fields: [(name: String, value: String)]
    package var body: Body

    package init(_ status: Int, fields: [(name: String, value: String)] = [], _ body: Body = .none) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}
