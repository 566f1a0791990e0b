import ApusTransport
import DroidWire
import Foundation

/// A session in exec mode has the same methods as one of a daemon.
public typealias DroidSession = DaemonSession

#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)

    /// Runs one prompt in a session of its own and gives the result. Not on iOS.
    ///
    /// - Throws: ``TimeoutError`` when ``ExecOptions/timeout`` is over; ``ProcessExitError``; what ``DroidMessageStream`` throws. A turn that went wrong
    ///   is a result that says so, not an error.
    public func run(
        _ prompt: String, options: ExecOptions = ExecOptions(), stream: StreamOptions = StreamOptions()
    ) async throws -> ResultMessage {
        try await ExecMode.run(prompt, options: options, stream: stream, clock: .system)
    }

    /// Starts a program and a session in it. The program ends with ``DaemonSession/close()``. Not on iOS.
    ///
    /// - Throws: ``ConnectionError`` when there is no such program or directory, ``ProcessExitError`` when it ends at once.
    public func createSession(_ options: ExecOptions = ExecOptions()) async throws -> DroidSession {
        let router = try await ExecMode.start(options, clock: .system)
        return try await ExecMode.opened(router) { client, ending in
            var session = options.session
            session.cwd = ExecMode.directory(options)
            return try await SessionOpening.create(session, client: client, ending: ending)
        }
    }

    /// Starts a program and takes up a session that exists. Of ``ExecOptions/session`` the handlers, MCP servers and directory count. Not on iOS.
    ///
    /// - Throws: ``SessionNotFoundError``.
    public func resumeSession(_ sessionId: String, options: ExecOptions = ExecOptions()) async throws -> DroidSession {
        let router = try await ExecMode.start(options, clock: .system)
        return try await ExecMode.opened(router) { client, ending in
            let resume = DaemonResumeOptions(
                permissionHandler: options.session.permissionHandler, askUserHandler: options.session.askUserHandler,
                mcpServers: options.session.mcpServers)
            return try await SessionOpening.resume(sessionId, resume, client: client, ending: ending)
        }
    }

    /// A session in exec mode that is closed however the closure ends. Not on iOS.
    public func withSession<Value: Sendable>(
        _ options: ExecOptions = ExecOptions(), _ body: (DroidSession) async throws -> Value
    ) async throws -> Value {
        try await SessionOpening.lend(try await createSession(options), body)
    }

    enum ExecMode {
        static let arguments = ["exec", "--input-format", "stream-jsonrpc", "--output-format", "stream-jsonrpc"]
        static let closedError = ConnectionError("Droid session has been closed. Create a new session to continue.")

        static func start(_ options: ExecOptions, clock: TransportClock) async throws -> DroidRouter {
            let environment = environment(options)
            let program = try program(options, environment)
            let directory = directory(options)
            var isDirectory: ObjCBool = false
            if !FileManager.default.fileExists(atPath: directory, isDirectory: &isDirectory) || !isDirectory.boolValue {
                throw ConnectionError("There is no directory \"\(directory)\" to run in.", cwd: directory, execPath: program)
            }
            let transport = ProcessTransport(
                executable: program, arguments: arguments + options.arguments, environment: environment, directory: directory,
                secrets: environment["FACTORY_API_KEY"].map { [$0] } ?? [])
            let router = DroidRouter(transport, .exec, clock: clock)
            try await router.start()
            return router
        }

        static func opened(
            _ router: DroidRouter, _ open: (DaemonClient, @escaping @Sendable () async -> Void) async throws -> DaemonSession
        ) async throws -> DaemonSession {
            do {
                return try await open(DaemonClient(router, token: nil)) { await router.close(with: closedError) }
            } catch {
                await router.close(with: closedError)
                throw error
            }
        }

        static func run(
            _ prompt: String, options: ExecOptions, stream: StreamOptions, clock: TransportClock
        ) async throws -> ResultMessage {
            guard let timeout = options.timeout else {
                return try await withSession(options) { try await $0.result(of: prompt, options: stream) }
            }
            return try await withThrowingTaskGroup(of: ResultMessage.self) { group in
                group.addTask { try await withSession(options) { try await $0.result(of: prompt, options: stream) } }
                group.addTask {
                    try await clock.sleep(timeout)
                    throw TimeoutError(method: "run", timeout: timeout)
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw SessionError.incomplete }
                return result
            }
        }

        static func environment(_ options: ExecOptions) -> [String: String] {
            var environment = ProcessInfo.processInfo.environment.merging(options.environment) { $1 }
            if let apiKey = options.apiKey { environment["FACTORY_API_KEY"] = apiKey }
            // Who drives it is not for callers to say.
            environment["FACTORY_UPSTREAM_CLIENT_TYPE"] = "sdk"
            environment["FACTORY_UPSTREAM_SDK"] = "swift/\(DroidSDKVersion.current)"
            return environment
        }

        static func directory(_ options: ExecOptions) -> String {
            let current = FileManager.default.currentDirectoryPath
            guard let cwd = options.session.cwd, !cwd.isEmpty else { return current }
            return cwd.hasPrefix("/") ? cwd : current + "/" + cwd
        }

        private static func program(_ options: ExecOptions, _ environment: [String: String]) throws -> String {
            var environment = environment
            if let executable = options.executable { environment["FACTORY_DROID_BINARY"] = executable }
            let path = DroidBinary(environment: environment).path
            if let executable = options.executable, executable.contains("/"), path != executable {
                throw ConnectionError("There is no program \"\(executable)\".", execPath: executable)
            }
            guard path.contains("/") else {
                throw ConnectionError(
                    "There is no program \"\(path)\" on the PATH. Set FACTORY_DROID_BINARY or ExecOptions.executable.", execPath: path)
            }
            return path
        }
    }
#endif
