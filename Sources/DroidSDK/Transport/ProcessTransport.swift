#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)
    import ApusTransport

    /// A program of its own for one session, spoken to over its standard streams, one line a message (`droid.md` §1.6). Not on iOS.
    ///
    /// Whatever happens, the program ends: ``close()`` closes its input, sends SIGTERM after a second and SIGKILL after five more. When it ends
    /// by itself, with whatever code, ``messages`` throws ``ProcessExitError``.
    public final class ProcessTransport: DroidClientTransport {
        private let inner: ChannelTransport<ChildProcess>

        /// - Parameters:
        ///   - executable: A path.
        ///   - arguments: Without the program's own name.
        ///   - environment: All of it; nothing is inherited.
        ///   - directory: Where it runs; `nil` is here.
        ///   - secrets: Texts that must not stand in ``ProcessExitError/standardError``.
        public init(
            executable: String, arguments: [String], environment: [String: String], directory: String? = nil, secrets: [String] = []
        ) {
            let configuration = ChildProcess.Configuration(
                executable: executable, arguments: arguments, environment: environment, directory: directory, secrets: secrets)
            inner = ChannelTransport(channel: ChildProcess(configuration)) { error in
                switch error {
                case .exited(let code, let signal, let text): ProcessExitError(exitCode: code, signal: signal, standardError: text)
                default: ConnectionError(error.description, cwd: directory, execPath: executable)
                }
            }
        }

        public func connect() async throws { try await inner.connect() }
        public func send(_ message: String) async throws { try await inner.send(message) }
        public var messages: DroidTransportMessages { inner.messages }
        public func close() async { await inner.channel.close() }
        /// While it runs.
        public var processIdentifier: Int32? { inner.channel.processIdentifier }
    }
#endif
