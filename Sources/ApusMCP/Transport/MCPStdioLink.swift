import ApusBase
import NIOCore
import NIOPosix
import Synchronization

/// Lines of JSON to and from a program.
final class MCPStdioLink: MCPLink {
    private struct State {
        var waiting: [Int64: CheckedContinuation<Result<MCPMessage, MCPFault>, Never>] = [:]
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
        let id = request.id
        async let answer = answer(to: id)
        do throws(MCPFault) {
            try await send(request.bytes)
        } catch {
            settle(id, .failure(error))
        }
        return try await answer.get()
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
        let waiting = state.withLock { state in
            if state.end == nil { state.end = fault }
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: .failure(fault)) }
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
                let end = state.withLock { state -> MCPFault? in
                    if let end = state.end { return end }
                    state.waiting[id] = continuation
                    return nil
                }
                if let end { continuation.resume(returning: .failure(end)) } else if Task.isCancelled { settle(id, .failure(.cancelled)) }
            }
        } onCancel: {
            settle(id, .failure(.cancelled))
        }
    }

    private func settle(_ id: Int64, _ result: Result<MCPMessage, MCPFault>) {
        state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: result)
    }
}
