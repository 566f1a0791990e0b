import ApusBase
import ApusTransport
import DroidWire
import Synchronization

/// One transport and the clients that share it (`droid.md` §1.9): answers go to whoever asked, everything about a session to its clients,
/// and what is about nobody's session to nobody.
///
/// A lock around tables; frames are handled in their order by one task. Nothing here waits for a client: what a client does with a
/// notification must be quick, and handlers run in tasks of their own.
final class DroidRouter: Sendable {
    private struct Open {
        let complete: @Sendable (Result<DroidResponse, any Error>) -> Void
    }

    private struct State {
        var open: [String: Open] = [:]
        var clients: [DaemonClient] = []
        var questions: [String: Task<Void, Never>] = [:]
        /// Why nothing can be sent any more.
        var end: (any Error)?
        var tasks: [Task<Void, Never>] = []
    }

    /// Requests that may wait for an answer at the same time.
    static let maximumOpenRequests = 8_192

    let family: DroidFamily
    let clock: TransportClock
    private let transport: any DroidClientTransport
    private let frames: DroidFrameWriter
    private let outbox: AsyncStream<String>
    private let outboxEnd: AsyncStream<String>.Continuation
    private let state = Mutex(State())

    init(_ transport: any DroidClientTransport, _ family: DroidFamily, clock: TransportClock) {
        self.transport = transport
        self.family = family
        self.clock = clock
        frames = DroidFrameWriter(family)
        // Bounded by the requests that may be open, and the server's own questions.
        (outbox, outboxEnd) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .unbounded)
    }

    /// Opens the transport and begins to read.
    func start() async throws {
        try await transport.connect()
        // SAFETY: owned by this router, which ends both in `close(with:)`; they live as long as the connection, not as the caller's task.
        let reader = Task { await self.read() }
        // SAFETY: as above.
        let writer = Task { await self.write() }
        state.withLock { $0.tasks = [reader, writer] }
    }

    /// Ends everything: requests and turns fail with the reason, the transport is closed.
    func close(with reason: any Error) async {
        fail(requests: reason, turns: reason)
        let tasks = state.withLock { state -> [Task<Void, Never>] in
            defer { state.tasks = [] }
            return state.tasks
        }
        outboxEnd.finish()
        await transport.close()
        for task in tasks { task.cancel() }
    }

    /// The error with which requests fail; `nil` while the connection stands.
    var end: (any Error)? { state.withLock { $0.end } }

    // MARK: Clients

    /// From now on what is about the client's session goes to it.
    func add(_ client: DaemonClient) {
        state.withLock { state in
            if !state.clients.contains(where: { $0 === client }) { state.clients.append(client) }
        }
    }

    func remove(_ client: DaemonClient) {
        state.withLock { $0.clients.removeAll { $0 === client } }
    }

    private func clients(of session: String?) -> [DaemonClient] {
        let all = state.withLock { $0.clients }
        // In exec mode one process is one session, and need not say which.
        if session == nil, family == .exec { return all }
        return all.filter { $0.sessionId == session }
    }

    // MARK: Requests

    /// Sends a request. `complete` is called once, unless ``forget(_:)`` is: on the reading task, before any later frame is looked at.
    ///
    /// - Returns: The request's id.
    @discardableResult
    func send<Params: DroidParams>(
        _ call: DroidCall<Params>, complete: @escaping @Sendable (Result<DroidResponse, any Error>) -> Void
    ) -> String {
        enqueue(complete) { id in frames.bytes { $0.request(id: id, call, into: &$1) } }
    }

    /// A method whose params only the product knows.
    func send(
        _ method: String, _ params: JSONObject, complete: @escaping @Sendable (Result<DroidResponse, any Error>) -> Void
    ) -> String {
        enqueue(complete) { id in
            var writer = JSONWriter()
            writer.object([
                "jsonrpc": .string(DroidProtocol.jsonrpc), "factoryApiVersion": .string(DroidProtocol.apiVersion),
                "factoryProtocolVersion": .string(DroidProtocol.version), "type": "request", "id": .string(id),
                "method": .string(method), "params": .object(params),
            ])
            return writer.takeBytes()
        }
    }

    private func enqueue(
        _ complete: @escaping @Sendable (Result<DroidResponse, any Error>) -> Void, _ frame: (String) -> [UInt8]
    ) -> String {
        let id = randomUUIDText()
        let refusal = state.withLock { state -> (any Error)? in
            if let end = state.end { return end }
            if state.open.count >= DroidRouter.maximumOpenRequests {
                return ConnectionError(
                    "More than \(DroidRouter.maximumOpenRequests) requests wait for an answer. Await some before the next.")
            }
            state.open[id] = Open(complete: complete)
            return nil
        }
        if let refusal {
            complete(.failure(refusal))
        } else {
            outboxEnd.yield(String(decoding: frame(id), as: UTF8.self))
        }
        return id
    }

    /// A late answer is dropped then.
    func forget(_ id: String) { _ = state.withLock { $0.open.removeValue(forKey: id) } }

    // MARK: Tasks

    private func write() async {
        for await message in outbox {
            do {
                try await transport.send(message)
            } catch {
                // What could not be sent is lost, so nothing that follows can be trusted to arrive in order.
                lost(error)
                return
            }
        }
    }

    private func read() async {
        do {
            for try await message in transport.messages { receive(Array(message.utf8)) }
            lost(ConnectionError("WebSocket closed (code: 1000, reason: )"))
        } catch {
            lost(error)
        }
    }

    private func lost(_ error: any Error) {
        let requests: any Error =
            error is ProcessExitError ? error : ConnectionError("Transport error: \(DroidRouter.text(of: error))", cause: error)
        fail(requests: requests, turns: error)
    }

    private func fail(requests: any Error, turns: any Error) {
        let (open, clients, questions) = state.withLock { state -> ([Open], [DaemonClient], [Task<Void, Never>]) in
            if state.end == nil { state.end = requests }
            defer {
                state.open = [:]
                state.clients = []
                state.questions = [:]
            }
            return (Array(state.open.values), state.clients, Array(state.questions.values))
        }
        for entry in open { entry.complete(.failure(requests)) }
        for client in clients { client.transportFailed(turns) }
        for question in questions { question.cancel() }
    }

    static func text(of error: any Error) -> String { (error as? any DroidError)?.message ?? "\(error)" }

    // MARK: Frames

    func receive(_ bytes: [UInt8]) {
        for frame in DroidFrame.all(in: bytes, .lenient) {
            switch frame {
            case .success(.response(let response)): answer(response)
            case .success(.notification(let notification)): notify(notification)
            case .success(.request(let request)): ask(request)
            case .failure(let fault):
                // What cannot be read is passed over, unless it can be told whose answer it should have been.
                guard let id = fault.id, let open = state.withLock({ $0.open.removeValue(forKey: id) }) else { continue }
                open.complete(
                    .failure(ProtocolError(code: ProtocolError.Code.parseError, message: "Malformed response: \(fault.failure.message)")))
            }
        }
    }

    private func answer(_ response: DroidResponse) {
        guard let id = response.id, let open = state.withLock({ $0.open.removeValue(forKey: id) }) else { return }
        open.complete(.success(response))
    }

    private func notify(_ frame: DroidNotification) {
        guard let method = frame.method.split(separator: ".", maxSplits: 1).last, method == "session_notification" else { return }
        let params: SessionNotificationParams
        do {
            params = try SessionNotificationParams(members: frame.params, .lenient)
        } catch {
            return
        }
        if case .permissionResolved(let resolved) = params.notification {
            // Somebody else was quicker; a person need not answer any more.
            state.withLock { $0.questions.removeValue(forKey: resolved.requestId) }?.cancel()
        }
        for client in clients(of: params.sessionId) { client.receive(params.notification) }
    }

    private func ask(_ request: DroidRequest) {
        guard let (method, _) = DroidMethod.named(request.method), method.entry.isOfServer else {
            return reply(request.id, failure: .methodNotFound(request.method))
        }
        if request.sessionId == nil, family == .daemon {
            return reply(
                request.id, failure: DroidFailure(.invalidParams, "Invalid params for \(request.method): \"sessionId\" is missing"))
        }
        // One that is asked about somebody else's session must stay silent: its refusal would be taken for an answer.
        let clients = clients(of: request.sessionId)
        guard let client = clients.first(where: { $0.answers(method) }) ?? clients.first(where: { $0.hasOwnTurn }) else { return }
        // SAFETY: kept in `questions` until it is through; cancelled when the question is settled elsewhere or the connection ends.
        let task = Task { [weak self] in
            let answer = await client.answer(request, method)
            self?.finish(request.id, answer)
        }
        state.withLock { state in
            if state.end == nil { state.questions[request.id] = task } else { task.cancel() }
        }
    }

    private func finish(_ id: String, _ answer: QuestionAnswer) {
        state.withLock { $0.questions[id] = nil }
        switch answer {
        case .permission(let result): outboxEnd.yield(text { $0.success(id: id, result, into: &$1) })
        case .askUser(let result): outboxEnd.yield(text { $0.success(id: id, result, into: &$1) })
        case .failure(let failure): reply(id, failure: failure)
        case .silence: break
        }
    }

    private func reply(_ id: String, failure: DroidFailure) {
        outboxEnd.yield(text { $0.failure(id: id, failure, into: &$1) })
    }

    private func text(_ write: (DroidFrameWriter, inout JSONWriter) -> Void) -> String {
        String(decoding: frames.bytes(write), as: UTF8.self)
    }
}

/// What goes back to a server that asked.
enum QuestionAnswer: Sendable {
    case permission(DroidWire.RequestPermissionResult)
    case askUser(DroidWire.AskUserResult)
    case failure(DroidFailure)
    /// The question was settled before.
    case silence
}
