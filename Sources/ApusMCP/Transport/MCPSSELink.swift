import ApusBase
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// The older transport of two addresses (revision 2024-11-05): one stream of events brings everything that the server says, and names
/// the address that everything else is posted to.
final class MCPSSELink: MCPLink {
    private let url: String
    private let endpoint: String
    private let exchange: MCPHTTPExchange
    private let answers: MCPAnswers

    private init(url: String, endpoint: String, exchange: MCPHTTPExchange, answers: MCPAnswers) {
        self.url = url
        self.endpoint = endpoint
        self.exchange = exchange
        self.answers = answers
    }

    /// Opens the stream, lends a link while it lasts, and closes it. Throws how it ended when that was sooner than `body`.
    static func with(
        _ url: String, _ exchange: MCPHTTPExchange, _ limits: MCPLimits, hear: @escaping MCPHearer,
        _ body: @escaping @Sendable (MCPSSELink) async throws(MCPFault) -> Void
    ) async throws(MCPFault) {
        let headers: HTTPHeaders = ["Accept": "text/event-stream"]
        let response = try await within(limits.connect, "its stream of events") {
            let response = try await exchange.send("GET", url, headers, body: nil)
            try await exchange.refuse(response)
            return response
        }
        guard response.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") == true else {
            throw .malformed("it answered no stream of events; is its transport \"http\"?")
        }
        let answers = MCPAnswers()
        let place = Endpoint()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask {
                    let fault = await read(response, limits, answers, place, hear)
                    answers.end(fault)
                    place.change(.failure(fault))
                    throw fault
                }
                group.addTask {
                    let told = try await within(limits.connect, "the name of its endpoint") { try await place.told() }
                    let link = MCPSSELink(
                        url: url, endpoint: try resolve(told, against: url), exchange: exchange, answers: answers)
                    try await body(link)
                }
                _ = try await group.next()
            }
        } catch {
            throw error as? MCPFault ?? .cancelled
        }
    }

    var isOver: Bool { answers.end != nil }

    func agreed(on revision: String) {}
    func listen() async {}
    func close() async {}

    func request(_ request: MCPRequest) async throws(MCPFault) -> MCPMessage {
        try await answers.request(request.id) { () throws(MCPFault) in try await send(request.bytes) }
    }

    func send(_ message: [UInt8]) async throws(MCPFault) {
        if let end = answers.end { throw end }
        var headers = HTTPHeaders()
        headers.add(name: "Content-Type", value: "application/json")
        let response = try await exchange.send("POST", endpoint, headers, body: message)
        try await exchange.refuse(response)
    }

    // MARK: The stream

    private static func read(
        _ response: HTTPClientResponse, _ limits: MCPLimits, _ answers: MCPAnswers, _ place: Endpoint, _ hear: MCPHearer
    ) async -> MCPFault {
        var parser = ServerSentEventParser(maximumEventBytes: limits.messageBytes)
        do {
            for try await piece in response.body {
                for event in try parser.push(Array(piece.readableBytesView)) {
                    switch event.event ?? "message" {
                    case "endpoint": place.change(.success(event.data))
                    case "message" where !event.data.isEmpty:
                        // One broken message is no reason to lose the others; who waits for it hears of it by its deadline.
                        if let fault = take(event.data, limits, answers, hear) { return fault }
                    default: continue
                    }
                }
            }
            return .lost("the stream of events ended")
        } catch is ServerSentEventError {
            return .tooLarge("an event", limit: limits.messageBytes)
        } catch {
            return Task.isCancelled ? .cancelled : HTTPFault.fault(error, hasHead: true)
        }
    }

    private static func take(_ data: String, _ limits: MCPLimits, _ answers: MCPAnswers, _ hear: MCPHearer) -> MCPFault? {
        do throws(MCPFault) {
            answers.take(try MCPMessage.all(in: Array(data.utf8), limits), hear: hear)
            return nil
        } catch {
            if case .tooManyValues = error { return error }
            return nil
        }
    }

    /// Headers may hold keys: what is posted goes to where the stream is from, whatever the server names.
    static func resolve(_ endpoint: String, against url: String) throws(MCPFault) -> String {
        guard let base = OAuthAddress(url) else { throw .unsupported("has an address that cannot be used") }
        let absolute: String
        if endpoint.hasPrefix("http://") || endpoint.hasPrefix("https://") {
            absolute = endpoint
        } else if endpoint.hasPrefix("//") {
            absolute = base.scheme + ":" + endpoint
        } else if endpoint.hasPrefix("/") {
            absolute = base.origin + endpoint
        } else {
            let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? "/"
            absolute = base.origin + (endpoint.hasPrefix("?") ? base.path : String(folder)) + endpoint
        }
        guard let address = OAuthAddress(absolute), address.origin == base.origin, !address.hasUser else {
            throw .malformed("it names the endpoint \"\(MCPFault.shown(endpoint, limit: 120))\", which is not on the same server")
        }
        return address.text
    }
}

/// The endpoint that a stream names; the first counts.
private final class Endpoint: Sendable {
    private let state = Mutex<Result<String, MCPFault>?>(nil)
    private let watch = Watch()

    func change(_ result: Result<String, MCPFault>) {
        state.withLock { if $0 == nil { $0 = result } }
        watch.change()
    }

    func told() async throws(MCPFault) -> String {
        var seen = 0
        while !Task.isCancelled {
            if let result = state.withLock({ $0 }) { return try result.get() }
            seen = await watch.change(after: seen)
        }
        throw .cancelled
    }
}
