import ApusBase
import Synchronization

/// Who waits for which answer, where all answers come by one way.
final class MCPAnswers: Sendable {
    /// What has become of a request.
    private enum Slot {
        case expected
        case waiting(CheckedContinuation<Result<MCPMessage, MCPFault>, Never>)
        case settled(Result<MCPMessage, MCPFault>)
    }

    private struct State {
        var slots: [Int64: Slot] = [:]
        var end: MCPFault?
    }

    private let state = Mutex(State())

    /// Why nothing comes any more.
    var end: MCPFault? { state.withLock { $0.end } }

    /// Sends a request with `send` and waits for its answer.
    func request(_ id: Int64, _ send: () async throws(MCPFault) -> Void) async throws(MCPFault) -> MCPMessage {
        // Known before it is sent: the answer may be there before anybody waits for it.
        state.withLock { $0.slots[id] = .expected }
        defer { state.withLock { _ = $0.slots.removeValue(forKey: id) } }
        try await send()
        return try await answer(to: id).get()
    }

    /// Gives answers to who waits for them, and everything else to `hear`.
    func take(_ messages: [MCPMessage], hear: MCPHearer) {
        for message in messages {
            switch message {
            case .result(let id, _), .error(let id, _, _):
                if let number = id.integerValue { settle(number, .success(message)) }
            case .request, .notification: hear(message, nil)
            }
        }
    }

    /// Nothing comes any more; the first reason counts.
    func end(_ fault: MCPFault) {
        let open = state.withLock { state in
            if state.end == nil { state.end = fault }
            return Array(state.slots.keys)
        }
        for id in open { settle(id, .failure(fault)) }
    }

    private func answer(to id: Int64) async -> Result<MCPMessage, MCPFault> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready = state.withLock { state -> Result<MCPMessage, MCPFault>? in
                    if case .settled(let result) = state.slots[id] { return result }
                    if let end = state.end { return .failure(end) }
                    if Task.isCancelled { return .failure(.cancelled) }
                    state.slots[id] = .waiting(continuation)
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            settle(id, .failure(.cancelled))
        }
    }

    /// The first result counts; one that nobody expects is dropped.
    private func settle(_ id: Int64, _ result: Result<MCPMessage, MCPFault>) {
        let waiting = state.withLock { state -> CheckedContinuation<Result<MCPMessage, MCPFault>, Never>? in
            switch state.slots[id] {
            case .expected:
                state.slots[id] = .settled(result)
                return nil
            case .waiting(let continuation):
                state.slots[id] = .settled(result)
                return continuation
            case .settled, nil: return nil
            }
        }
        waiting?.resume(returning: result)
    }
}
