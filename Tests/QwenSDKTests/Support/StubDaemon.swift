import ApusTesting
import ApusTransport
import Synchronization

@testable import QwenSDK

/// A daemon in memory that a test plays: remembers every request, and answers as it is told.
final class StubDaemon: Sendable {
    /// What a request looked like on the wire.
    struct Seen: Sendable, Hashable, CustomStringConvertible {
        var line: String
        var headers: [String: String]
        var body: String?
        var description: String { line + (body.map { " " + $0 } ?? "") }
    }

    typealias Answer = @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse

    static let url = "http://daemon.test:4170"
    let seen = Watched<[Seen]>([])
    private let script = Mutex<[Answer]>([])
    private let rest: Answer

    /// - Parameter answer: What is answered when nothing is queued.
    init(_ answer: @escaping Answer = { _ in .json(200, "{}") }) { rest = answer }

    convenience init(_ status: Int, _ body: String) { self.init { _ in .json(status, body) } }

    /// The next request is answered so; several in their order.
    func queue(_ answer: @escaping Answer) { script.withLock { $0.append(answer) } }
    func queue(_ status: Int, _ body: String) { queue { _ in .json(status, body) } }

    /// A stream with these frames, which then ends, or stays open.
    func queue(stream frames: String..., ends: Bool = true) {
        let text = frames.joined()
        queue { _ in
            let body = MemoryHTTPBody()
            body.push(text)
            if ends { body.finish() }
            return .events(body)
        }
    }

    func queue(_ body: MemoryHTTPBody, epoch: String? = nil) { queue { _ in .events(body, epoch: epoch) } }

    func client(token: String? = nil, timeout: Duration? = .seconds(30), clock: TransportClock = .system) -> DaemonClient {
        let transport = MemoryHTTPTransport { request async throws(HTTPTransportError) in
            let headers = Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }) { $0 + ", " + $1 }
            self.seen.change {
                $0.append(
                    Seen(
                        line: request.method + " " + request.url.replacing(Self.url, with: ""), headers: headers,
                        body: request.body.map { String(decoding: $0, as: UTF8.self) }))
            }
            let next = self.script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            return try await (next ?? self.rest)(request)
        }
        return DaemonClient(baseURL: Self.url, token: token, fetchTimeout: timeout, transport: transport, clock: clock)
    }

    var lines: [String] { seen.value.map(\.line) }
    var last: Seen? { seen.value.last }
}

extension HTTPResponse {
    static func json(_ status: Int, _ body: String, _ headers: [HTTPRequest.Header] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: [.init("Content-Type", "application/json; charset=utf-8")] + headers, text: body)
    }

    static func events(_ body: MemoryHTTPBody, epoch: String? = nil) -> HTTPResponse {
        let headers = [HTTPRequest.Header("Content-Type", "text/event-stream")] + (epoch.map { [.init("X-Qwen-Event-Epoch", $0)] } ?? [])
        return HTTPResponse(status: 200, headers: headers, body: body.body)
    }
}

/// A frame as a daemon writes it.
func frame(_ id: Int?, _ type: String = "session_update", _ data: String = "{}", by client: String? = nil) -> String {
    let number = id.map { "\"id\":\($0)," } ?? ""
    let origin = client.map { ",\"originatorClientId\":\"\($0)\"" } ?? ""
    return (id.map { "id: \($0)\n" } ?? "") + "event: \(type)\ndata: {\(number)\"v\":1,\"type\":\"\(type)\",\"data\":\(data)\(origin)}\n\n"
}

extension TransportClock {
    static func manual(_ time: ManualTime) -> TransportClock {
        TransportClock(now: { .milliseconds(time.now) }, sleep: { try await time.sleep(for: $0) })
    }
}

extension AsyncSequence {
    /// All of it.
    func all() async throws -> [Element] {
        var elements: [Element] = []
        for try await element in self { elements.append(element) }
        return elements
    }
}
