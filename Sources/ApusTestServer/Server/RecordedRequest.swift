package import ApusBase

/// A request as it came, and what became of its answer.
package struct RecordedRequest: Sendable {
    package enum Ending: Hashable, Sendable {
        /// The answer is still on its way.
        case open
        case complete
        /// The script cut it.
        case cut
        /// The client left before the end.
        case abandoned
    }

    /// From 1, in the order in which requests were complete.
    package var number: Int
    package var method: String
    /// Without the query.
    package var path: String
    package var query: String?
    package var headers: [(name: String, value: String)]
    /// Empty when the recorder's memory was full: see ``ProviderLimit``.
    package var bodyBytes: [UInt8]
    /// False when the script had no step left for it.
    package var wasExpected = true
    package var ending = Ending.open

    /// The body as JSON; `null` when it is none. Parsed anew each time.
    package var body: JSONValue {
        // Anything else than JSON is shown by `bodyBytes`.
        (try? JSONValue(parsing: bodyBytes)) ?? .null
    }

    package var bodyText: String { String(decoding: bodyBytes, as: UTF8.self) }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? {
        let wanted = name.lowercased()
        return headers.first { $0.name.lowercased() == wanted }?.value
    }

    /// One line for a file of requests.
    package var line: JSONValue {
        [
            "number": .integer(Int64(number)), "method": .string(method), "path": .string(path),
            "query": query.map { .string($0) } ?? .null,
            "headers": .object(JSONObject(headers.map { ($0.name, .string($0.value)) })), "expected": .bool(wasExpected),
            "body": body.isNull ? .string(bodyText) : body,
        ]
    }
}

/// The bounds of a scripted provider.
package enum ProviderLimit {
    /// Connections beyond it are closed at once.
    package static let connections = 16_384
    /// Requests beyond it are answered and counted, not recorded.
    package static let records = 20_000
    /// Bodies beyond it, all together, are not kept.
    package static let recordedBytes = 256 << 20
    /// Requests a client may send on one connection before the first is answered; more closes the connection.
    package static let pipelinedRequests = 8
    /// One request body; more is answered with 413.
    package static let requestBytes = ByteLimit.requestBodyBytes
}
