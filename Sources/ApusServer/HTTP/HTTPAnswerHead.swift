import ApusFronts
import NIOCore
import NIOHTTP1

/// How an answer is framed: what its head says, and what follows.
struct HTTPAnswerHead {
    enum Content {
        case none
        case bytes([UInt8])
        case stream
    }

    var head: HTTPResponseHead
    var content: Content

    /// - Parameters:
    ///   - method: of the request: HEAD is told everything and given nothing.
    ///   - version: of the request; 1.0 knows no chunks, so a stream ends with its connection.
    ///   - closes: whether this is the last answer of the connection. Comes back true for a stream that has no other end.
    init(_ answer: HTTPAnswer, method: String, version: HTTPVersion, closes: inout Bool, date: String = HTTPDate.now) {
        var headers = HTTPHeaders()
        for field in answer.fields where !Self.own.contains(field.name.lowercased()) { headers.add(name: field.name, value: field.value) }
        let isWithoutBody = answer.isWithoutBody
        let isHead = method == "HEAD"
        switch answer.body {
        case .none:
            content = .none
            if !isWithoutBody { headers.add(name: "content-length", value: "0") }
        case .bytes(let bytes):
            content = isWithoutBody || isHead ? .none : .bytes(bytes)
            if !isWithoutBody { headers.add(name: "content-length", value: "\(bytes.count)") }
        case .stream:
            content = answer.stream(for: method) == nil ? .none : .stream
            if version.minor == 0 {
                closes = true
            } else if case .stream = content {
                headers.add(name: "transfer-encoding", value: "chunked")
            }
        }
        headers.add(name: "connection", value: closes ? "close" : "keep-alive")
        headers.add(name: "date", value: date)
        let status = HTTPResponseStatus(statusCode: answer.status)
        head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
    }

    /// What follows from the connection and the body.
    private static let own: Set = ["content-length", "transfer-encoding", "connection", "date"]
}

extension HTTPAnswer {
    var isWithoutBody: Bool { status == 204 || status == 304 }

    /// What writes the body, if it is written as it comes.
    func stream(for method: String) -> (@Sendable (any FrameSink) async -> Void)? {
        guard case .stream(let write) = body, !isWithoutBody, method != "HEAD" else { return nil }
        return write
    }
}
