import ApusBase
import ApusCore
import Synchronization

/// A call of a tool that is under way: how long it may take still, and what its server says meanwhile.
///
/// It may be silent for `idle`; progress starts that anew, and while a person is asked it does not count. `total` holds whatever happens.
final class MCPCall: Sendable {
    /// Who made the call.
    struct Caller: Sendable {
        /// Pieces of progress for clients, in order.
        var show: @Sendable (String) async -> Void
        /// `nil` when nobody can be asked.
        var ask: @Sendable ([UserQuestion.Item]) async -> UserAnswer?
    }

    private enum News: Sendable {
        case progress(String)
        case elicitation(id: JSONValue, params: JSONValue)
    }

    private struct State {
        var deadline: ContinuousClock.Instant
        var asked = 0
        var shown = 0
    }

    /// Pieces of progress that are shown; the rest only keeps the call alive.
    private static let maximumShown = 256
    private static let maximumWaiting = 32

    private let idle: Duration
    private let total: ContinuousClock.Instant
    private let server: String
    private let caller: Caller
    private let state: Mutex<State>
    private let news: AsyncStream<News>
    private let tell: AsyncStream<News>.Continuation

    init(server: String, caller: Caller, idle: Duration, total: Duration) {
        self.idle = idle
        self.server = server
        self.caller = caller
        self.total = .now + max(total, idle)
        state = Mutex(State(deadline: .now + idle))
        (news, tell) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
    }

    /// Runs `body` for as long as the call may take, and meanwhile does what its server wants.
    ///
    /// - Parameter reply: sends an answer to the server.
    func carry(
        reply: @escaping @Sendable ([UInt8]) -> Void, _ body: @escaping @Sendable () async throws -> MCPMessage
    ) async throws(MCPFault) -> MCPMessage {
        do {
            return try await withThrowingTaskGroup(of: MCPMessage?.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await body() }
                group.addTask { throw await self.lateness() }
                group.addTask {
                    for await one in self.news { await self.take(one, reply) }
                    return nil
                }
                while let message = try await group.next() { if let message { return message } }
                throw MCPFault.cancelled
            }
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw error as? MCPFault ?? .cancelled
        }
    }

    // MARK: From any task

    /// When its server has been silent for too long.
    var deadline: ContinuousClock.Instant { state.withLock { $0.deadline } }

    func hear(progress params: JSONValue?) {
        let isShown = state.withLock { state in
            if state.asked == 0 { state.deadline = .now + idle }
            state.shown += 1
            return state.shown <= Self.maximumShown
        }
        if isShown, let line = Self.line(params) { tell.yield(.progress(line)) }
    }

    /// Whether the server gets an answer from here.
    func hear(elicitation id: JSONValue, _ params: JSONValue?) -> Bool {
        if case .enqueued = tell.yield(.elicitation(id: id, params: params ?? .null)) { return true }
        return false
    }

    // MARK: Inside

    /// Returns when the time is over.
    private func lateness() async -> MCPFault {
        while true {
            let (deadline, isAsking) = state.withLock { ($0.deadline, $0.asked > 0) }
            let limit = isAsking ? total : min(deadline, total)
            if limit <= .now { return .timedOut("the call", idle) }
            // The limit moves, both ways: a look now and then is enough.
            do { try await Task.sleep(until: min(limit, .now + idle), clock: .continuous) } catch { return .cancelled }
        }
    }

    private func take(_ news: News, _ reply: @Sendable ([UInt8]) -> Void) async {
        switch news {
        case .progress(let line): await caller.show(line)
        case .elicitation(let id, let params):
            state.withLock { $0.asked += 1 }
            reply(await MCPElicitation.answer(to: id, params, of: server, ask: caller.ask))
            state.withLock { state in
                state.asked -= 1
                state.deadline = .now + idle
            }
        }
    }

    private static func line(_ params: JSONValue?) -> String? {
        func number(_ key: String) -> String? {
            guard let value = params?[key] else { return nil }
            return value.integerValue.map { String($0) } ?? value.doubleValue.map { String($0) }
        }
        let message = params?["message"]?.stringValue.map { MCPFault.shown($0) }
        let count = number("progress").map { progress in number("total").map { "\(progress) of \($0)" } ?? progress }
        let words = [count, message].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: ": ") + "\n"
    }
}
