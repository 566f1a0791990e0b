#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)
    import ApusBase
    import Foundation
    import NIOCore
    import NIOPosix
    import Synchronization

    /// A program that speaks one message a line over its standard streams (`droid.md` §1.6).
    ///
    /// It never outlives ``close()``: its input is closed, then comes SIGTERM, then SIGKILL. When this process dies, the end of its input tells
    /// it so.
    package final class ChildProcess: MessageChannel {
        package struct Configuration: Sendable {
            package var executable: String
            package var arguments: [String]
            /// The whole environment.
            package var environment: [String: String]
            package var directory: String?
            /// Taken out of what is kept of its standard error.
            package var secrets: [String]

            package init(
                executable: String, arguments: [String], environment: [String: String], directory: String? = nil, secrets: [String] = []
            ) {
                self.executable = executable
                self.arguments = arguments
                self.environment = environment
                self.directory = directory
                self.secrets = secrets
            }
        }

        private struct Running {
            let process: Process
            let input: any Channel
        }

        private enum State {
            case idle
            case running(Running)
            case closed
        }

        /// How long it may take to leave after its input was closed, before it is told with a signal.
        private static let leaveTimeout = Duration.seconds(1)
        private static let endTimeout = Duration.seconds(5)

        private let configuration: Configuration
        private let clock: TransportClock
        private let incoming = IncomingMessages()
        private let standardError: StandardErrorTail
        private let exit = ProcessEndSignal()
        private let state = Mutex(State.idle)

        package init(_ configuration: Configuration, clock: TransportClock = .system) {
            self.configuration = configuration
            self.clock = clock
            standardError = StandardErrorTail(secrets: configuration.secrets)
        }

        package func connect() async throws(TransportError) {
            let isFirst = state.withLock { state -> Bool in
                guard case .idle = state else { return false }
                state = .closed
                return true
            }
            if !isFirst { throw .alreadyConnected }
            do {
                let running = try await start()
                state.withLock { $0 = .running(running) }
            } catch let error as TransportError {
                throw error
            } catch {
                throw .programNotStarted(configuration.executable, why: error.localizedDescription)
            }
        }

        package func send(_ message: [UInt8]) async throws(TransportError) {
            guard case .running(let running) = state.withLock({ $0 }) else { throw .notConnected }
            if let error = exit.error { throw error }
            var line = running.input.allocator.buffer(capacity: message.count + 1)
            line.writeBytes(message)
            line.writeInteger(UInt8(ascii: "\n"))
            do {
                try await running.input.writeAndFlush(line)
            } catch {
                throw exit.error ?? .sendFailed("\(error)")
            }
        }

        package func receive() async throws(TransportError) -> [UInt8]? {
            try await incoming.next {
                if case .running(let running) = state.withLock({ $0 }) { _ = running.input.setOption(.autoRead, value: true) }
            }
        }

        package func close() async {
            let before = state.withLock { state -> State in
                defer { state = .closed }
                return state
            }
            incoming.finish()
            guard case .running(let running) = before else { return }
            // Closing only the output keeps its last lines from breaking on a closed pipe.
            running.input.close(mode: .output, promise: nil)
            if await !exit.isSet(within: ChildProcess.leaveTimeout, clock) {
                running.process.terminate()
                if await !exit.isSet(within: ChildProcess.endTimeout, clock), running.process.isRunning {
                    kill(running.process.processIdentifier, SIGKILL)
                    _ = await exit.isSet(within: ChildProcess.endTimeout, clock)
                }
            }
            running.input.close(promise: nil)
        }

        package var processIdentifier: Int32? {
            guard case .running(let running) = state.withLock({ $0 }) else { return nil }
            return running.process.processIdentifier
        }

        private func start() async throws -> Running {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: configuration.executable)
            process.arguments = configuration.arguments
            process.environment = configuration.environment
            if let directory = configuration.directory { process.currentDirectoryURL = URL(fileURLWithPath: directory, isDirectory: true) }
            let (input, output, errors) = (Pipe(), Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            process.standardError = errors
            // A program may be over before anybody reads it.
            let (reading, begun) = AsyncStream<Never>.makeStream()
            defer { begun.finish() }
            process.terminationHandler = { [exit, standardError, incoming, clock] process in
                let end = ChildProcess.end(of: process)
                // SAFETY: bounded by `start` and the wait for the streams' ends; nobody is left to own it when a process ends by itself.
                Task {
                    for await _ in reading {}
                    await standardError.drained(within: .seconds(2), clock)
                    let error = TransportError.exited(code: end.code, signal: end.signal, standardError: standardError.text)
                    exit.set(error)
                    incoming.finish(error)
                }
            }
            do {
                try process.run()
            } catch {
                throw TransportError.programNotStarted(configuration.executable, why: error.localizedDescription)
            }
            let group = MultiThreadedEventLoopGroup.singleton
            let channel = try await NIOPipeBootstrap(group: group)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { [incoming, standardError] channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(LineHandler(incoming: incoming, ended: standardError.outputEnded))
                    }
                }
                .takingOwnershipOfDescriptors(
                    input: try ChildProcess.copy(output.fileHandleForReading), output: try ChildProcess.copy(input.fileHandleForWriting)
                ).get()
            _ = try await NIOPipeBootstrap(group: group)
                .channelInitializer { [standardError] channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(TailHandler(standardError)) }
                }
                .takingOwnershipOfDescriptor(input: try ChildProcess.copy(errors.fileHandleForReading)).get()
            // Ours are copies; with these open the child would never see the end of its input.
            for handle in [input.fileHandleForWriting, output.fileHandleForReading, errors.fileHandleForReading] {
                try handle.close()
            }
            return Running(process: process, input: channel)
        }

        private static func end(of process: Process) -> (code: Int32?, signal: Int32?) {
            process.terminationReason == .uncaughtSignal ? (nil, process.terminationStatus) : (process.terminationStatus, nil)
        }

        private static func copy(_ handle: FileHandle) throws -> CInt {
            let descriptor = fcntl(handle.fileDescriptor, F_DUPFD_CLOEXEC, 3)
            guard descriptor >= 0 else { throw TransportError.connectFailed("no file descriptor is free: error \(errno)") }
            return descriptor
        }
    }
#endif
