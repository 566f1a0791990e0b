import ApusBase
import NIOCore
import NIOPosix
import Synchronization

/// Lines of JSON to and from a program.
final class MCPStdioLink: MCPLink {
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

    private let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let limits: MCPLimits
    private let hear: MCPHearer
    private let state = Mutex(State())

    init(writer: NIOAsyncChannelOutboundWriter<ByteBuffer>, limits: MCPLimits, hear: @escaping MCPHearer) {
        self.writer = writer
        self.limits = limits
        self.hear = hear
    }

    func agreed(on revision: String) {}
    func listen() async {}
    func close() async { writer.finish() }

    func request(_ request: MCPRequest) async throws(MCPFault) -> MCPMessage {
        // Known before it is sent: the answer may be there before anybody waits for it.
        state.withLock { $0.slots[request.id] = .expected }
        defer { state.withLock { _ = $0.slots.removeValue(forKey: request.id) } }
        try await send(request.bytes)
        return try await answer(to: request.id).get()
    }

    func send(_ message: [UInt8]) async throws(MCPFault) {
        if let end = state.withLock({ $0.end }) { throw end }
        do {
            try await writer.write(ByteBuffer(bytes: message + [0x0A]))
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .lost("its input is closed")
        }
    }

    /// Reads until the output ends. A line that is no message is skipped: programs print greetings.
    func read(_ output: NIOAsyncChannelInboundStream<ByteBuffer>) async {
        var framing = LineFraming(maximumLineBytes: limits.messageBytes)
        do {
            for try await piece in output {
                let lines: [[UInt8]]
                do throws(LineFramingError) {
                    lines = try framing.push(Array(piece.readableBytesView))
                } catch {
                    // Whose answer it was cannot be known.
                    return end(.tooLarge("a line", limit: limits.messageBytes))
                }
                for line in lines { take(line) }
            }
        } catch {
            return end(Task.isCancelled ? .cancelled : .lost("its output is closed"))
        }
        end(.lost("its output is closed"))
    }

    /// Nothing comes any more; the first reason counts.
    func end(_ fault: MCPFault) {
        let open = state.withLock { state in
            if state.end == nil { state.end = fault }
            return Array(state.slots.keys)
        }
        for id in open { settle(id, .failure(fault)) }
    }

    private func take(_ line: [UInt8]) {
        guard line.contains(where: { $0 > 0x20 }) else { return }
        let messages: [MCPMessage]
        do throws(MCPFault) { messages = try MCPMessage.all(in: line, limits) } catch { return }
        for message in messages {
            switch message {
            case .result(let id, _), .error(let id, _, _):
                if let number = id.integerValue { settle(number, .success(message)) }
            case .request, .notification: hear(message)
            }
        }
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
