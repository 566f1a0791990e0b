import ApusBase
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Streamable HTTP: every message is a POST of its own, its answer a JSON document or a stream of events.
final class MCPHTTPLink: MCPLink {
    private struct State {
        var session: String?
        var revision: String?
    }

    private static let longestSession = 1_024
    /// How often a stream of the server's own that ended is opened again, and after which pause at the most.
    private static let listenAttempts = 5

    private let url: String
    private let exchange: MCPHTTPExchange
    private let limits: MCPLimits
    private let hear: MCPHearer
    private let state = Mutex(State())

    init(url: String, exchange: MCPHTTPExchange, limits: MCPLimits, hear: @escaping MCPHearer) {
        self.url = url
        self.exchange = exchange
        self.limits = limits
        self.hear = hear
    }

    var isOver: Bool { false }

    func agreed(on revision: String) { state.withLock { $0.revision = revision } }

    func request(_ request: MCPRequest) async throws(MCPFault) -> MCPMessage {
        let id = request.id
        let response = try await post(request.bytes, of: request)
        if let session = response.headers.first(name: "mcp-session-id"), session.utf8.count <= Self.longestSession, !session.isEmpty {
            state.withLock { $0.session = session }
        }
        let type = response.headers.first(name: "content-type")?.lowercased() ?? ""
        if type.hasPrefix("text/event-stream") {
            if let answer = try await events(of: response, during: id, until: { $0.answer(to: id) != nil }) { return answer }
            throw .lost("the stream of events ended")
        }
        guard type.hasPrefix("application/json") else {
            throw .malformed("its answer is of type \"\(MCPFault.shown(type, limit: 60))\", neither JSON nor a stream of events")
        }
        let messages = try MCPMessage.all(in: try await exchange.body(of: response, limit: limits.messageBytes), limits)
        for message in messages where message.answer(to: id) == nil { hear(message, id) }
        guard let answer = messages.first(where: { $0.answer(to: id) != nil }) else {
            throw .malformed("its answer is none to what it was asked")
        }
        return answer
    }

    func send(_ message: [UInt8]) async throws(MCPFault) {
        _ = try await post(message)
    }

    /// The stream of the server's own: a GET, which servers may refuse.
    func listen() async {
        for attempt in 0..<Self.listenAttempts {
            do {
                var headers = headers
                headers.replaceOrAdd(name: "Accept", value: "text/event-stream")
                let response = try await exchange.send("GET", url, headers, body: nil)
                guard response.status == .ok,
                    response.headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") == true
                else { return }
                _ = try await events(of: response, during: nil, until: { _ in false })
                try await Task.sleep(for: .seconds(1 << attempt))
            } catch {
                // News are a courtesy: whether the server lives shows with the next call.
                return
            }
        }
    }

    func close() async {
        guard state.withLock({ $0.session }) != nil else { return }
        // A server that does not hear it forgets the session by itself.
        _ = try? await exchange.send("DELETE", url, headers, body: nil, deadline: .now() + .seconds(2))
    }

    // MARK: HTTP

    private var headers: HTTPHeaders {
        var headers = HTTPHeaders()
        let (session, revision) = state.withLock { ($0.session, $0.revision) }
        if let session { headers.replaceOrAdd(name: "Mcp-Session-Id", value: session) }
        if let revision { headers.replaceOrAdd(name: "MCP-Protocol-Version", value: revision) }
        return headers
    }

    private func post(_ message: [UInt8], of original: MCPRequest? = nil) async throws(MCPFault) -> HTTPClientResponse {
        var headers = headers
        headers.replaceOrAdd(name: "Content-Type", value: "application/json")
        headers.replaceOrAdd(name: "Accept", value: "application/json, text/event-stream")
        if let original, let revision = original.revision {
            headers.replaceOrAdd(name: "MCP-Protocol-Version", value: revision)
            headers.replaceOrAdd(name: "Mcp-Method", value: original.method)
            let name = original.params?["name"] ?? original.params?["uri"]
            if let name = name?.stringValue { headers.replaceOrAdd(name: "Mcp-Name", value: Self.header(name)) }
        }
        let response = try await exchange.send("POST", url, headers, body: message)
        try await exchange.refuse(response, hasSession: state.withLock { $0.session } != nil)
        return response
    }

    /// Plain text as it is, anything else marked and in Base64.
    private static func header(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && !text.hasPrefix("=?")
        return isPlain ? text : "=?base64?\(Data(text.utf8).base64EncodedString())?="
    }

    private func events(
        of response: HTTPClientResponse, during id: Int64?, until isLast: (MCPMessage) -> Bool
    ) async throws(MCPFault) -> MCPMessage? {
        var parser = ServerSentEventParser(maximumEventBytes: limits.messageBytes)
        do {
            for try await piece in response.body {
                for event in try parser.push(Array(piece.readableBytesView)) {
                    // An event without data carries an id to resume from, which we do not.
                    if event.event ?? "message" != "message" || event.data.isEmpty { continue }
                    for message in try MCPMessage.all(in: Array(event.data.utf8), limits) {
                        if isLast(message) { return message }
                        hear(message, id)
                    }
                }
            }
        } catch let error as ServerSentEventError {
            switch error {
            case .eventTooLarge(let limit): throw .tooLarge("an event", limit: limit)
            }
        } catch {
            throw HTTPFault.fault(error, hasHead: true)
        }
        return nil
    }
}
