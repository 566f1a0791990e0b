import ApusBase
package import ApusProcess
import NIOCore
import NIOPosix
import Synchronization

/// How programs of servers are started.
package struct MCPProgramSetting: Sendable {
    package var processes: ProcessTable
    /// What programs may inherit from, filtered by `ToolEnvironment`.
    package var environment: [String: String]
    package var workingDirectory: String
    package var temporaryDirectory: String

    package init(processes: ProcessTable, environment: [String: String], workingDirectory: String, temporaryDirectory: String) {
        self.processes = processes
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.temporaryDirectory = temporaryDirectory
    }
}

/// A server that is a program of this machine: runs under a keeper, so that it and all it starts end with us.
struct MCPProgram: Sendable {
    /// Between asking it to end and making it.
    private static let grace = Duration.seconds(2)
    /// Servers live as long as their sessions.
    private static let lifetime = Duration.seconds(366 * 86_400)
    /// What is kept of its complaints for messages.
    private static let complaintBytes = 2_048

    let command: String
    let arguments: [String]
    /// Given to it beside what it inherits, also names that are not inherited: the user wrote them.
    let environment: [String: String]
    let setting: MCPProgramSetting
    let limits: MCPLimits

    /// Starts it, lends a link to it, and ends it with all it started. Throws how it ended when that was sooner than `body`.
    func run(
        hear: @escaping MCPHearer, _ body: @escaping @Sendable (MCPStdioLink) async throws(MCPFault) -> Void
    ) async throws(MCPFault) {
        let pipes = try NamedPipes(in: setting.temporaryDirectory)
        defer { pipes.remove() }
        let request = request(pipes)
        let channel = try await channel(try pipes.open())
        let complaints = Complaints(limit: Self.complaintBytes)
        do {
            try await channel.executeThenClose { output, input in
                let link = MCPStdioLink(writer: input, limits: limits, hear: hear)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask {
                        // It has opened both pipes when it says something: from then on nothing of them is left, however we end.
                        switch await link.read(output, begun: pipes.remove) {
                        case .tooLarge(let what, let limit): throw MCPFault.tooLarge(what, limit: limit)
                        case .tooManyValues(let limit): throw MCPFault.tooManyValues(limit: limit)
                        // What the program printed last is an answer still: its keeper tells of its end.
                        default: try await Task.sleep(for: Self.lifetime)
                        }
                    }
                    group.addTask {
                        let fault = await process(request) { complaints.append($0) }
                        link.end(fault)
                        throw fault
                    }
                    group.addTask { try await body(link) }
                    _ = try await group.next()
                }
            }
        } catch {
            let fault = error as? MCPFault ?? .lost("its pipes broke")
            if case .lost(let how) = fault, let said = complaints.line { throw .lost("\(how); it said: \(said)") }
            throw fault
        }
    }

    private func process(_ request: ProcessRequest, complaint: @escaping @Sendable ([UInt8]) -> Void) async -> MCPFault {
        do throws(SpawnError) {
            switch try await setting.processes.run(request, timeout: Self.lifetime, output: complaint) {
            case .exited(let code): return .lost("the program ended with code \(code)")
            case .signaled(let signal): return .lost("the program was ended by signal \(signal)")
            case .timedOut, .interrupted: return .cancelled
            case .exceeded: return .lost("the program passed a bound and was ended")
            case .lost(let sentence): return .lost(sentence)
            }
        } catch {
            return .notStarted("\(error)")
        }
    }

    private func request(_ pipes: NamedPipes) -> ProcessRequest {
        var environment = ToolEnvironment.make(from: setting.environment, workingDirectory: setting.workingDirectory)
        environment.merge(self.environment) { _, given in given }
        return ProcessRequest(
            executable: "/bin/sh", arguments: ["-c", NamedPipes.script, "sh", pipes.input, pipes.output, command] + arguments,
            environment: environment, workingDirectory: setting.workingDirectory, terminationGrace: Self.grace)
    }

    private func channel(_ ends: (toProgram: Int32, fromProgram: Int32)) async throws(MCPFault) -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
        do {
            return try await NIOPipeBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .takingOwnershipOfDescriptors(input: ends.fromProgram, output: ends.toProgram) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw .notStarted("its pipes cannot be used: \(error)")
        }
    }
}

/// The last bytes of what a program complained.
private final class Complaints: Sendable {
    private let limit: Int
    private let bytes = Mutex<[UInt8]>([])

    init(limit: Int) { self.limit = limit }

    func append(_ more: [UInt8]) {
        bytes.withLock { bytes in
            bytes += more.suffix(limit)
            if bytes.count > limit { bytes.removeFirst(bytes.count - limit) }
        }
    }

    /// The last line that says something.
    var line: String? {
        String(decoding: bytes.withLock { $0 }, as: UTF8.self).split(whereSeparator: \.isNewline)
            .last { $0.contains { !$0.isWhitespace } }.map { MCPFault.shown(String($0)) }
    }
}
