/// A protocol over HTTP, behind one listener. The listener reads and writes; what is asked and answered is the front's.
package protocol HTTPService: Sendable {
    /// Judges a request by its head, before a byte of its body is taken. What is refused here costs nothing: the body is thrown away,
    /// up to a bound.
    func admit(_ head: HTTPHead) async -> HTTPAdmission

    /// Answers an admitted request. Cancelled when the peer hangs up before the answer was written: a request whose upload has ended has
    /// not hung up. Requests of one connection are answered one after another, in their order.
    func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer

    /// Judges a request that asks to go on as a WebSocket; asked in place of ``admit(_:)``. One that is accepted and is no handshake by
    /// RFC 6455 is told so by the listener, 426 or 400, and the closure never called.
    func upgrade(_ head: HTTPHead) async -> HTTPUpgrade
}

extension HTTPService {
    /// For protocols without WebSockets: such a request is one like every other, without a body.
    package func upgrade(_ head: HTTPHead) async -> HTTPUpgrade { .none }
}

package enum HTTPUpgrade: Sendable {
    /// Treated as the request that it is without its upgrade.
    case none
    case refused(HTTPAnswer)
    /// Answered with 101; no subprotocol and no extension is chosen. The closure has the connection until it returns; then what waits is
    /// sent and the connection closed with 1000, unless it was closed before. It is cancelled when the listener is stopped at once.
    case accepted(@Sendable (WebSocketSession) async -> Void)
}

/// One WebSocket in the hands of a front.
package struct WebSocketSession: Sendable {
    /// What the peer sends, whole messages, text and binary alike, oldest first; ends when the connection is over. For one reader. While it
    /// is behind, the socket is not read. To begin to read is to vouch for the peer: until then it has the place and the time of a stranger.
    package var messages: any AsyncSequence<[UInt8], Never> & Sendable
    /// Sends text messages.
    package var sink: any FrameSink
    /// Sends what waits, then a close frame. The first reason stays. Returns at once; `messages` ends by it.
    package var close: @Sendable (_ code: UInt16, _ reason: String) -> Void
    /// The same at once, for a peer that is to have nothing more: what waits is thrown away, and one last message sent in its place. The
    /// connection ends within half a second, whatever the peer reads. Returns at once.
    package var cut: @Sendable (_ last: [UInt8], _ code: UInt16, _ reason: String) -> Void

    package init(
        messages: any AsyncSequence<[UInt8], Never> & Sendable, sink: any FrameSink,
        close: @escaping @Sendable (_ code: UInt16, _ reason: String) -> Void,
        cut: @escaping @Sendable (_ last: [UInt8], _ code: UInt16, _ reason: String) -> Void
    ) {
        self.messages = messages
        self.sink = sink
        self.close = close
        self.cut = cut
    }
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
