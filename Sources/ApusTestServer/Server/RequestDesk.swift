import ApusBase

/// Takes requests, hands out the script's replies and keeps the record. Shared by all connections.
final class RequestDesk: Sendable {
    struct Book: Sendable {
        var steps: [ScriptStep]
        var firstOpenStep = 0
        var requests: [RecordedRequest] = []
        var count = 0
        var bytes = 0
    }

    let book: Watched<Book>
    private let models: [String]
    private let surplusStatus: Int
    private let heard: (@Sendable (RecordedRequest) -> Void)?

    init(_ script: Script, heard: (@Sendable (RecordedRequest) -> Void)? = nil) {
        book = Watched(Book(steps: script.steps))
        models = script.models
        surplusStatus = script.surplusStatus
        self.heard = heard
    }

    /// Records the request, numbered, and gives the steps of its answer.
    func answer(_ incoming: RecordedRequest) -> (number: Int, steps: [WireStep]) {
        var request = incoming
        let dialect = Dialect(path: request.path)
        let isListing = request.method == "GET" && request.path.hasSuffix("/models")
        let reply: Reply? = book.update { book in
            let reply = isListing || dialect == nil ? nil : book.take(for: request)
            request.wasExpected = isListing || reply != nil
            request.number = book.record(request)
            return reply
        }
        heard?(request)
        let steps =
            if isListing {
                compile(listing, for: request, in: .chatCompletions)
            } else if let dialect {
                compile(reply ?? surplus(request), for: request, in: dialect)
            } else {
                compile(.failure(status: 404, message: "Nothing is served at \(request.path)."), for: request, in: .chatCompletions)
            }
        return (request.number, steps)
    }

    func note(_ ending: RecordedRequest.Ending, for number: Int) {
        book.update { book in
            guard number <= book.requests.count else { return }
            book.requests[number - 1].ending = ending
        }
    }

    private func surplus(_ request: RecordedRequest) -> Reply {
        let sentence = "The script has no reply left for request \(request.number) (\(request.method) \(request.path))."
        return .failure(status: surplusStatus, message: sentence)
    }

    private var listing: Reply {
        let entries = models.map { id -> JSONValue in
            ["id": .string(id), "object": "model", "type": "model", "display_name": .string(id), "created": 1_700_000_000]
        }
        return .json(["object": "list", "data": .array(entries), "has_more": false])
    }

    private func compile(_ reply: Reply, for request: RecordedRequest, in dialect: Dialect) -> [WireStep] {
        switch reply {
        case .stream(let reply):
            let model = request.body["model"]?.stringValue ?? models.first ?? "scripted-model"
            let plan = BodyPlan(reply, in: dialect, number: request.number, model: model)
            return [.write(HTTPText.stream(number: request.number))] + plan.writes(shape: reply.shape)
        case .failure(let status, let type, let message, let headers):
            let body = dialect.errorBody(type: type ?? dialect.errorType(for: status), message: message, status: status)
            return compile(.json(body, status: status, headers: headers), for: request, in: dialect)
        case .body(let status, let headers, let bytes):
            return [.write(HTTPText.response(status: status, headers: headers, body: bytes))]
        case .garbage(let bytes): return [.write(bytes), .close]
        case .hangUp(.reset): return [.reset]
        case .hangUp: return [.close]
        case .after(let gate, let reply): return [.wait(gate)] + compile(reply, for: request, in: dialect)
        case .computed(let reply): return compile(reply(request), for: request, in: dialect)
        }
    }
}

extension RequestDesk.Book {
    /// The first step that is left and accepts the request, used up by one.
    mutating func take(for request: RecordedRequest) -> Reply? {
        while firstOpenStep < steps.count, steps[firstOpenStep].isUsedUp { firstOpenStep += 1 }
        for index in steps.indices[firstOpenStep...] where !steps[index].isUsedUp && steps[index].matcher.matches(request) {
            steps[index].use()
            return steps[index].reply
        }
        return nil
    }

    mutating func record(_ request: RecordedRequest) -> Int {
        count += 1
        guard requests.count < ProviderLimit.records else { return count }
        var request = request
        request.number = count
        bytes += request.bodyBytes.count
        if bytes > ProviderLimit.recordedBytes { request.bodyBytes = [] }
        requests.append(request)
        return count
    }
}

extension ScriptStep {
    var isUsedUp: Bool { times == .times(0) }

    mutating func use() {
        if case .times(let left) = times { times = .times(left - 1) }
    }
}
