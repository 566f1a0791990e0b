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
    func end(_ fault: MCPFault) { answers.end(fault) }

    private func take(_ line: [UInt8]) {
        guard line.contains(where: { $0 > 0x20 }) else { return }
        do throws(MCPFault) { answers.take(try MCPMessage.all(in: line, limits), hear: hear) } catch { return }
    }
}
