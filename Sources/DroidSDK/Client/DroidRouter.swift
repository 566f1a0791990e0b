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
    struct Open {
        let complete: @Sendable (Result<DroidResponse, any Error>) -> Void
        /// What is sent again when the connection was lost meanwhile: the server takes it once.
        var repeatable: String?
        /// In the order of sending.
        var number = 0
        var generation = 0
    }

    /// A message that waits to be sent.
    struct Outgoing {
        let text: String
        /// On which of the connections, one after the other, it may go.
        let generation: Int
    }

    struct State {
        var transport: any DroidClientTransport
        /// How often the connection was lost.
        var generation = 0
        var isStanding = true
        var waitingWriter: CheckedContinuation<Void, Never>?
        var open: [String: Open] = [:]
        /// That were made so far.
        var requests = 0
        var clients: [DaemonClient] = []
        var questions: [String: Task<Void, Never>] = [:]
        /// Where each session stands, of a server that can resume there.
        var cursors: [String: DroidCursor] = [:]
        var reconnecting: DroidReconnecting?
        /// Why nothing can be sent any more.
        var end: (any Error)?
        var tasks: [Task<Void, Never>] = []
    }

    /// Requests that may wait for an answer at the same time.
    static let maximumOpenRequests = 8_192

    let family: DroidFamily
    let clock: TransportClock
    let frames: DroidFrameWriter
    private let outbox: AsyncStream<Outgoing>
    private let outboxEnd: AsyncStream<Outgoing>.Continuation
    let state: Mutex<State>

    init(_ transport: any DroidClientTransport, _ family: DroidFamily, clock: TransportClock) {
        state = Mutex(State(transport: transport))
        self.family = family
        self.clock = clock
        frames = DroidFrameWriter(family)
        // Bounded by the requests that may be open, and the server's own questions.
        (outbox, outboxEnd) = AsyncStream.makeStream(of: Outgoing.self, bufferingPolicy: .unbounded)
    }

    /// Opens the transport and begins to read.
    func start() async throws {
        try await state.withLock { $0.transport }.connect()
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
        await state.withLock { $0.transport }.close()
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
        state.withLock { state in
            state.clients.removeAll { $0 === client }
            guard let session = client.sessionId, !state.clients.contains(where: { $0.sessionId == session }) else { return }
            state.cursors[session] = nil
        }
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
    ///
    /// - Parameter isRepeatable: Whether it may be sent again when the connection was lost before it was answered.
    @discardableResult
    func send<Params: DroidParams>(
        _ call: DroidCall<Params>, isRepeatable: Bool = false,
        complete: @escaping @Sendable (Result<DroidResponse, any Error>) -> Void
    ) -> String {
        enqueue(complete, isRepeatable: isRepeatable) { id in frames.bytes { $0.request(id: id, call, into: &$1) } }
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
        _ complete: @escaping @Sendable (Result<DroidResponse, any Error>) -> Void, isRepeatable: Bool = false,
        _ frame: (String) -> [UInt8]
    ) -> String {
        let id = randomUUIDText()
        let text = String(decoding: frame(id), as: UTF8.self)
        let refusal = state.withLock { state -> (any Error)? in
            if let end = state.end { return end }
            if state.open.count >= DroidRouter.maximumOpenRequests {
                return ConnectionError(
                    "More than \(DroidRouter.maximumOpenRequests) requests wait for an answer. Await some before the next.")
            }
            state.requests += 1
            state.open[id] = Open(
                complete: complete, repeatable: isRepeatable ? text : nil, number: state.requests, generation: state.generation)
            outboxEnd.yield(Outgoing(text: text, generation: state.generation))
            return nil
        }
        if let refusal { complete(.failure(refusal)) }
        return id
    }

    /// A late answer is dropped then.
    func forget(_ id: String) { _ = state.withLock { $0.open.removeValue(forKey: id) } }

    // MARK: Tasks

    private func write() async {
        for await message in outbox {
            guard let transport = await transport(for: message) else { continue }
            do {
                try await transport.send(message.text)
            } catch {
                // What could not be sent is lost, so nothing that follows can be trusted to arrive in order.
                if !isResumable { return lost(error) }
                // The reader learns of it and opens another.
                await transport.close()
            }
        }
    }

    private func read() async {
        while true {
            let loss: any Error
            do {
                for try await message in state.withLock({ $0.transport }).messages { receive(Array(message.utf8)) }
                loss = ConnectionError("WebSocket closed (code: 1000, reason: )")
            } catch {
                loss = error
            }
            if let end = await resume(after: loss) { return lost(end) }
        }
    }

    func lost(_ error: any Error) {
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
        wakeWriter()
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
        if let session = params.sessionId { note(params.cursor, of: session) }
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
        case .permission(let result): say { $0.success(id: id, result, into: &$1) }
        case .askUser(let result): say { $0.success(id: id, result, into: &$1) }
        case .failure(let failure): reply(id, failure: failure)
        case .silence: break
        }
    }

    private func reply(_ id: String, failure: DroidFailure) {
        say { $0.failure(id: id, failure, into: &$1) }
    }

    private func say(_ write: (DroidFrameWriter, inout JSONWriter) -> Void) {
        send(String(decoding: frames.bytes(write), as: UTF8.self))
    }

    /// On the connection of now, and on no later one.
    func send(_ text: String) { state.withLock { _ = outboxEnd.yield(Outgoing(text: text, generation: $0.generation)) } }
}

/// What goes back to a server that asked.
enum QuestionAnswer: Sendable {
    case permission(DroidWire.RequestPermissionResult)
    case askUser(DroidWire.AskUserResult)
    case failure(DroidFailure)
    /// The question was settled before.
    case silence
}
