/// How a session with a program of its own is run (`droid.md` §1.6, §10).
public struct ExecOptions: Sendable {
    /// The program; else that of `FACTORY_DROID_BINARY`, else `apus`, else `droid`, from the `PATH`.
    public var executable: String?
    /// After the four that make it speak this protocol.
    public var arguments: [String]
    /// On top of this process's environment.
    public var environment: [String: String]
    /// `nil` leaves the choice of credentials to the program: its stored login, or `FACTORY_API_KEY` of the environment.
    public var apiKey: String?
    /// The time that one ``run(_:options:stream:)`` may take in all; the turn is interrupted then, the program ended.
    public var timeout: Duration?
    /// Everything else about the session; its `cwd` is also the program's, and this process's where there is none.
    public var session: DaemonSessionOptions

    public init(
        executable: String? = nil, arguments: [String] = [], environment: [String: String] = [:], apiKey: String? = nil,
        timeout: Duration? = nil, session: DaemonSessionOptions = DaemonSessionOptions()
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.apiKey = apiKey
        self.timeout = timeout
        self.session = session
    }
}
