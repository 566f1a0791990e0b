import ApusTesting
import ApusTransport
import Synchronization

@testable import OptaSDK

/// A daemon in memory that a test plays: remembers every request, answers as it is told, and hands out its ends of sockets.
final class StubDaemon: Sendable {
    /// What a request looked like on the wire.
    struct Seen: Sendable, Hashable, CustomStringConvertible {
        var line: String
        var headers: [String: String]
        var body: JSON?
        var description: String { line + (body.map { " \($0)" } ?? "") }
    }

    typealias Answer = @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
    typealias Accept = @Sendable (StubSocket) throws(TransportError) -> Void

    let seen = Watched<[Seen]>([])
    /// All that were asked for, refused ones among them.
    let sockets = Watched<[StubSocket]>([])
    private let script = Mutex<[Answer]>([])
    private let accepts = Mutex<[Accept]>([])
    private let rest: Answer

    /// - Parameter answer: What is answered when nothing is queued.
    init(_ answer: @escaping Answer = { _ in .json(200, "{}") }) { rest = answer }

    /// The next request is answered so; several in their order.
    func queue(_ answer: @escaping Answer) { script.withLock { $0.append(answer) } }
    func queue(_ status: Int, _ body: String) { queue { _ in .json(status, body) } }
    /// The next socket is met so; several in their order. Those after them are taken.
    func accept(_ body: @escaping Accept) { accepts.withLock { $0.append(body) } }

    func client(
        token: String = "t", host: String = "127.0.0.1", clock: TransportClock = .system, jitter: Double = 0,
        endpoint: DaemonEndpoint? = nil, sessionLimit: Int = DaemonClient.followedSessionLimit
    ) -> DaemonClient {
        DaemonClient(
            endpoint: endpoint ?? DaemonEndpoint(DaemonAccess(host: host, port: 9_999, token: token)), transport: transport, dialer: dialer,
            clock: clock, schedule: ReconnectSchedule(jitter: { jitter }), clientID: "c", sessionLimit: sessionLimit)
    }

    var transport: MemoryHTTPTransport {
        MemoryHTTPTransport { request async throws(HTTPTransportError) in
            let headers = Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + ", " + $1 }
            self.seen.change {
                $0.append(
                    Seen(
                        line: request.method + " " + request.url.replacing("http://127.0.0.1:9999", with: ""), headers: headers,
                        body: request.body.flatMap { try? JSON(parsing: String(decoding: $0, as: UTF8.self)) }))
            }
            let next = self.script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            return try await (next ?? self.rest)(request)
        }
    }

    var dialer: SocketDialer {
        SocketDialer { access, target, _ in
            let (client, server) = MemoryChannel.pair()
            let socket = StubSocket(access: access, target: target, channel: server)
            let accept = self.accepts.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            return MemoryLink(channel: client, socket: socket) { () throws(TransportError) in
                self.sockets.change { $0.append(socket) }
                try accept?(socket)
            }
        }
    }

    var lines: [String] { seen.value.map(\.line) }
    var last: Seen? { seen.value.last }

    /// The socket of that number, counted from 0, when it has been asked for.
    func socket(_ index: Int) async throws -> StubSocket {
        let sockets = sockets
        return try await within { await sockets.first { $0.count > index } }[index]
    }
}

/// The daemon's end of a socket.
final class StubSocket: Sendable {
    let access: DaemonAccess
    let target: String
    let pings = Watched(0)
    let answersPings = Mutex(true)
    /// How many messages the client has begun to send.
    let sending = Watched(0)
    /// While it is `false` none of them gets through.
    let takesMessages = Watched(true)
    private let channel: MemoryChannel

    init(access: DaemonAccess, target: String, channel: MemoryChannel) {
        self.access = access
        self.target = target
        self.channel = channel
    }

    func send(_ text: String) async { try? await channel.send(Array(text.utf8)) }
    func send(_ event: Frame) async { await send(event.text) }
    func close(_ code: Int, _ reason: String = "") { channel.end(.closed(code: code, reason: reason)) }

    /// The next message of the client; `nil` when it has gone.
    func next() async throws -> JSON? {
        let channel = channel
        return try await within {
            // The client's good-bye is an error of the channel.
            guard let bytes = try? await channel.receive() else { return nil }
            return try JSON(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }
}

/// The client's end.
final class MemoryLink: SocketLink {
    private let channel: MemoryChannel
    private let socket: StubSocket
    private let accept: @Sendable () throws(TransportError) -> Void
    private let heard = Mutex(0)

    init(channel: MemoryChannel, socket: StubSocket, accept: @escaping @Sendable () throws(TransportError) -> Void) {
        self.channel = channel
        self.socket = socket
        self.accept = accept
    }

    var framesHeard: Int { heard.withLock { $0 } }
    func connect() async throws(TransportError) { try accept() }
    func close() async { await channel.close() }

    /// As some sockets: nothing is sent for a task that is cancelled.
    func send(_ message: [UInt8]) async throws(TransportError) {
        socket.sending.change { $0 += 1 }
        _ = await socket.takesMessages.first { $0 }
        if Task.isCancelled { throw .sendFailed("cancelled") }
        try await channel.send(message)
    }

    func receive() async throws(TransportError) -> [UInt8]? {
        let message = try await channel.receive()
        heard.withLock { $0 += 1 }
        return message
    }

    func ping() async throws(TransportError) {
        if socket.answersPings.withLock({ $0 }) { heard.withLock { $0 += 1 } }
        socket.pings.change { $0 += 1 }
    }
}

/// An event as a daemon writes it.
struct Frame: Sendable {
    var seq: Int
    var event: String
    var payload: JSON
    var session = "s"

    init(_ seq: Int, _ event: String, _ payload: JSON = [:], session: String = "s") {
        self.seq = seq
        self.event = event
        self.payload = payload
        self.session = session
    }

    var text: String {
        let json: JSON = [
            "v": "3", "event": .string(event), "daemonId": "daemon_golden01", "sessionId": .string(session), "seq": .integer(Int64(seq)),
            "ts": "2026-11-21T07:09:24.155Z", "payload": payload,
        ]
        return json.text
    }

    static func token(_ seq: Int, _ text: String, turn: String = "T") -> Frame {
        Frame(seq, "turn.token", ["turnId": .string(turn), "text": .string(text)])
    }
    static func start(_ seq: Int, turn: String = "T", writer: String = "w") -> Frame {
        Frame(seq, "turn.start", ["turnId": .string(turn), "writerId": .string(writer), "clientId": "c", "mode": "chat"])
    }
    static func done(_ seq: Int, turn: String = "T", writer: String = "w") -> Frame {
        Frame(
            seq, "turn.done",
            ["turnId": .string(turn), "writerId": .string(writer), "clientId": "c", "stats": ["tokens": 3, "elapsed": 0.5]])
    }
    static func error(_ seq: Int, turn: String = "T", writer: String = "w", message: String = "Turn cancelled") -> Frame {
        Frame(seq, "turn.error", ["turnId": .string(turn), "writerId": .string(writer), "clientId": "c", "message": .string(message)])
    }
}

extension HTTPResponse {
    static func json(_ status: Int, _ body: String) -> HTTPResponse {
        HTTPResponse(status: status, headers: [.init("Content-Type", "application/json; charset=utf-8")], text: body)
    }
}

extension TransportClock {
    static func manual(_ time: ManualTime) -> TransportClock {
        TransportClock(now: { .milliseconds(time.now) }, sleep: { try await time.sleep(for: $0) })
    }

    /// Pauses are over at once and deadlines never come.
    static let impatient = TransportClock(
        now: { .zero },
        sleep: { duration in
            let endless: [Duration] = [.seconds(8), .seconds(120), ReconnectSchedule.silence, ReconnectSchedule.answer]
            if endless.contains(duration) { try await Task.sleep(for: .seconds(3_600)) }
            try Task.checkCancellation()
            await Task.yield()
        })
}

/// The first `count` events.
func take(_ count: Int, _ events: DaemonEvents) async throws -> [DaemonEvent] {
    try await within {
        var taken: [DaemonEvent] = []
        var iterator = events.makeAsyncIterator()
        while taken.count < count, let event = try await iterator.next() { taken.append(event) }
        return taken
    }
}

let session201 = #"""
    {"sessionId":"sess-A","model":"qwen3-72b","title":"T","createdAt":"2026-11-21T07:09:24.155Z","updatedAt":"2026-11-21T07:09:24.155Z","queuedTurns":0,"toolCallCount":0,"writerCount":0}
    """#
