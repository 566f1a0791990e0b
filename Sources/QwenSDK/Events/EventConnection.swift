import ApusTransport
import QwenWire

/// One open stream. Letting go of it closes the connection.
final class EventConnection {
    private let body: HTTPBody
    private let name: String
    private var parser = QwenEventParser()
    private var ready: [QwenEvent] = []
    private var position = 0
    private var isAtEnd = false
    /// What the daemon calls its present count of events.
    let epoch: String?

    private init(_ response: HTTPResponse, name: String) {
        body = response.body
        epoch = response.header("X-Qwen-Event-Epoch")
        self.name = name
    }

    /// Waits for the headers, no longer than the client's `fetchTimeout`.
    static func open(_ client: DaemonClient, _ call: DaemonCall) async throws -> EventConnection {
        let request = client.request(call)
        let response = try await client.within(client.fetchTimeout, call.name) { [client] in
            let response = try await client.transport.send(request)
            let type = response.header("Content-Type") ?? ""
            if 200..<300 ~= response.status, type.lowercased().contains("text/event-stream") { return response }
            if 200..<300 ~= response.status {
                response.body.cancel()
                throw DaemonHTTPError(
                    status: response.status, body: .text(type),
                    message: "\(call.name): expected text/event-stream, got \(type.isEmpty ? "no content type" : type)")
            }
            let bytes = try await response.body.bytes(limit: 1 << 20)
            throw DaemonHTTPError(call.name, DaemonAnswer(response, text: String(decoding: bytes, as: UTF8.self)))
        }
        return EventConnection(response, name: call.name)
    }

    /// The next event, `nil` at the end.
    func next() async throws -> DaemonEvent? {
        while true {
            if position < ready.count {
                defer { position += 1 }
                return DaemonEvent(ready[position])
            }
            if isAtEnd { return nil }
            if parser.isOverLimit {
                body.cancel()
                throw SSEFramingError(limit: QwenEventParser.maximumUnits)
            }
            ready.removeAll(keepingCapacity: true)
            position = 0
            do {
                if let bytes = try await body.next() {
                    ready = parser.push(bytes)
                } else {
                    isAtEnd = true
                    if let last = parser.finish() { ready = [last] }
                }
            } catch {
                throw DaemonClient.told(error, name)
            }
        }
    }
}
