import ApusBase
import NIOCore
import NIOPosix

/// Lines of JSON to and from a program.
final class MCPStdioLink: MCPLink {
    private let writer: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let limits: MCPLimits
    private let hear: MCPHearer
    private let answers = MCPAnswers()

    init(writer: NIOAsyncChannelOutboundWriter<ByteBuffer>, limits: MCPLimits, hear: @escaping MCPHearer) {
        self.writer = writer
        self.limits = limits
        self.hear = hear
    }

    var isOver: Bool { answers.end != nil }

    func agreed(on revision: String) {}
    func listen() async {}
    func close() async { writer.finish() }

    func request(_ request: MCPRequest) async throws(MCPFault) -> MCPMessage {
        try await answers.request(request.id) { () throws(MCPFault) in try await send(request.bytes) }
    }

    func send(_ message: [UInt8]) async throws(MCPFault) {
        if let end = answers.end { throw end }
        do {
            try await writer.write(ByteBuffer(bytes: message + [0x0A]))
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw .lost("its input is closed")
        }
    }

    /// Reads until the output ends, or says what must not be held: whose answer that was cannot be known, so that nothing after it is
    /// read. A line that is no message is skipped: programs print greetings.
    ///
    /// - Parameter begun: called when the first bytes are there.
    /// - Returns: why nothing comes any more.
    func read(_ output: NIOAsyncChannelInboundStream<ByteBuffer>, begun: () -> Void) async -> MCPFault {
        let fault = await fault(output, begun)
        end(fault)
        return fault
    }

    private func fault(_ output: NIOAsyncChannelInboundStream<ByteBuffer>, _ begun: () -> Void) async -> MCPFault {
        var framing = LineFraming(maximumLineBytes: limits.messageBytes)
        var isFirst = true
        do {
            for try await piece in output {
                if isFirst { begun() }
                isFirst = false
                let lines: [[UInt8]]
                do throws(LineFramingError) {
                    lines = try framing.push(Array(piece.readableBytesView))
                } catch {
                    return .tooLarge("a line", limit: limits.messageBytes)
                }
                for line in lines { if let fault = take(line) { return fault } }
            }
        } catch {
            return Task.isCancelled ? .cancelled : .lost("its output is closed")
        }
        return .lost("its output is closed")
    }

    /// Nothing comes any more; the first reason counts.
    func end(_ fault: MCPFault) { answers.end(fault) }

    private func take(_ line: [UInt8]) -> MCPFault? {
        guard line.contains(where: { $0 > 0x20 }) else { return nil }
        do throws(MCPFault) {
            answers.take(try MCPMessage.all(in: line, limits), hear: hear)
            return nil
        } catch {
            if case .tooManyValues = error { return error }
            return nil
        }
    }
}
