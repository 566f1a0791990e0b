import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// One connection: its client, what it views, what it was asked, what it has been asked for.
///
/// Its tasks are children of ``run(_:to:)``: a reader, the outgoing side, one for each viewed session, and the requests in flight, of which
/// those about one session are answered in their order.
final class DroidConnection: Sendable {
    /// A question that this connection was sent and may answer.
    enum Asked: Sendable {
        case permission(ApprovalRequest, SessionID)
        case question(UserQuestion, SessionID)
    }

    struct State {
        /// The secret behind a client that authenticated: looked up anew with every request.
        var secret: String?
        var views: [SessionID: DroidView] = [:]
        /// Of the exec family, which has one.
        var current: SessionID?
        var asked: [String: Asked] = [:]
        /// Of questions whose answer is being judged: the next answer, if there is one.
        var answers: [String: [DroidResponse.Outcome]] = [:]
        /// Sent a protocol version that has the newer words.
        var isNew = false
        /// Asked to be told where each notification stands.
        var wantsCursors = false
        /// The requests of one session that wait for those before them.
        var lanes: [String: [@Sendable () async -> Void]] = [:]
    }

    let front: DroidFront
    let family: DroidFamily
    let access: DroidAccess
    /// Unique in this process and beyond: the writer of the turns that come from here.
    let id = "droid-" + randomToken(length: 12)
    let outbox = DroidOutbox()
    let frames: DroidFrameWriter
    let state = Mutex(State())
    private let inFlight = Awaited(0)
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let addJob: AsyncStream<@Sendable () async -> Void>.Continuation

    /// Requests that are answered at the same time. Whoever has sent more waits with the next.
    static let maximumInFlight = 256
    /// How long requests are answered that came before the end of the frames.
    private static let lastAnswers = Duration.seconds(5)
    /// Between the answer to a prompt and the first word of its turn: one client listens only once it has read the answer (§0, 9).
    static let breath = Duration.milliseconds(25)

    var services: ClientServices { front.services }

    init(_ front: DroidFront, family: DroidFamily, access: DroidAccess) {
        self.front = front
        self.family = family
        self.access = access
        frames = DroidFrameWriter(family)
        // Bounded by what adds to it: requests by their permits, followers by the views.
        (jobs, addJob) = AsyncStream.makeStream()
    }

    func run(_ incoming: some AsyncSequence<[UInt8], Never> & Sendable, to sink: any FrameSink) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.outbox.run(to: sink)
                self.end()
            }
            group.addTask {
                for await frame in incoming { await self.receive(frame) }
                if !Task.isCancelled { await self.conclude() }
                self.end()
            }
            for await job in jobs { group.addTask { await job() } }
            group.cancelAll()
        }
        await gone()
    }

    /// Ends the connection: everything that runs for it is cancelled.
    func end() { addJob.finish() }

    /// Runs beside everything else of the connection; nothing when that is over.
    func start(_ job: @escaping @Sendable () async -> Void) { addJob.yield(job) }

    func send(_ frame: [UInt8]) async {
        // A connection that is over ends by itself.
        try? await outbox.send([frame])
    }

    func notify(_ session: SessionID, _ notification: SessionNotification) async {
        await send(frames.bytes { $0.notification(session: session.rawValue, notification, into: &$1) })
    }

    // MARK: Reading

    private func receive(_ bytes: [UInt8]) async {
        for result in DroidFrame.all(in: bytes, .closed) {
            switch result {
            case .success(.request(let request)): await accept(request)
            case .success(.response(let response)): receive(response)
            // Clients send none.
            case .success(.notification): continue
            case .failure(let fault):
                if fault.isAnswerable { await send(failure(fault.failure, id: fault.id)) }
            }
        }
    }

    private func accept(_ request: DroidRequest) async {
        note(request.protocolVersion)
        let permit = await inFlight.next { count -> Bool? in
            if count >= Self.maximumInFlight { return nil }
            count += 1
            return true
        }
        if permit == nil { return }
        let job: @Sendable () async -> Void = {
            await self.answer(request)
            self.inFlight.change { $0 -= 1 }
        }
        if let (method, _) = DroidMethod.named(request.method), method == .authenticate || method == .logout {
            // What comes behind is judged by who is there then.
            return await job()
        }
        guard let lane = lane(of: request) else { return start(job) }
        let isFree = state.withLock { state -> Bool in
            if state.lanes[lane] != nil {
                state.lanes[lane]?.append(job)
                return false
            }
            state.lanes[lane] = []
            return true
        }
        if isFree { start { await self.drive(lane, job) } }
    }

    private func drive(_ lane: String, _ first: @escaping @Sendable () async -> Void) async {
        var job: (@Sendable () async -> Void)? = first
        while let current = job {
            await current()
            job = state.withLock { state in
                if state.lanes[lane]?.isEmpty ?? true {
                    state.lanes[lane] = nil
                    return nil
                }
                return state.lanes[lane]?.removeFirst()
            }
        }
    }

    /// Requests that change a session are answered one after the other; those that only ask, or take long, go beside them.
    private func lane(of request: DroidRequest) -> String? {
        guard let (method, _) = DroidMethod.named(request.method) else { return nil }
        switch method {
        case .initializeSession, .loadSession, .resumeEvents, .addUserMessage, .interruptSession, .closeSession, .updateSessionSettings,
            .renameSession,
            .forkSession, .executeRewind:
            return family == .exec ? "current" : request.sessionId.map { "session " + $0 }
        default: return nil
        }
    }

    /// One client of today names its version in every frame, and knows the words that older ones do not (§0, 15).
    private func note(_ version: String?) {
        guard let parts = version?.split(separator: ".").map({ Int($0) ?? 0 }), parts.count >= 2 else { return }
        if parts[0] > 1 || (parts[0] == 1 && parts[1] >= 221) { state.withLock { $0.isNew = true } }
    }

    // MARK: Answering

    private func answer(_ request: DroidRequest) async {
        let reply: DroidReply
        do throws(DroidFailure) {
            reply = try await dispatch(request)
        } catch {
            return await send(failure(error, id: request.id))
        }
        await send(reply.frame)
        await reply.afterwards?()
    }

    func failure(_ failure: DroidFailure, id: String?) -> [UInt8] {
        frames.bytes { $0.failure(id: id, failure, into: &$1) }
    }

    // MARK: The end

    /// The frames have ended: what was asked is answered, and in the exec family, where the client was all there is, its turn is ended.
    func conclude() async {
        await services.time.within(Self.lastAnswers) {
            await self.answered()
            if self.family == .exec, let session = self.state.withLock({ $0.current }) {
                await self.services.sessions.interrupt(session)
                await self.catchUp(session)
            }
            await self.outbox.flush()
        }
    }

    /// Sessions are given up: returns when what was asked is answered, and everything told.
    func finishTelling() async {
        await answered()
        for view in state.withLock({ Array($0.views.values) }) { await view.ended() }
        await outbox.flush()
    }

    private func answered() async { _ = await inFlight.next { $0 == 0 ? true : nil } }

    private func gone() async {
        let views = state.withLock { state in
            defer {
                state.views = [:]
                state.asked = [:]
                state.secret = nil
            }
            return state.views
        }
        await services.approvals.originGone(id)
        for session in views.keys { await front.attendance.leave(session) }
    }
}

/// The answer to a request, and what is to happen when it is on its way.
struct DroidReply: Sendable {
    var frame: [UInt8]
    var afterwards: (@Sendable () async -> Void)?
}
