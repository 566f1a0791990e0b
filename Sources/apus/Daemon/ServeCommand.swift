import ApusDaemon
import ApusFronts
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus serve`: the qwen protocol over HTTP, in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serves clients of the qwen protocol by HTTP and server-sent events.",
        discussion: """
            Prints one line when connections are accepted: "qwen serve listening on http://127.0.0.1:4170 (mode=http-bridge)". When a \
            daemon owns the home, that one opens the port, and this process stays until it ends. SIGINT and SIGTERM end it: streams are \
            told, requests answered, at most five seconds. A second signal ends it at once, with 1.

            The token is taken from QWEN_SERVER_TOKEN, which no program that is started here gets to see; every key of `apus keys` \
            counts too, with its scopes. On loopback without a token everybody on this machine may prompt and approve.

            Exit codes: 0 after a clean end; 1 when it could not begin or go on; 2 for an option that does not exist.
            """)

    @OptionGroup var listen: QwenListenOptions
    @OptionGroup var serving: QwenServingOptions

    func run() async throws {
        let environment = ProcessEnvironment.current
        var options = serving.options
        listen.apply(to: &options)
        let request: PortRequest
        do throws(QwenOptions.BootError) {
            request = try options.request(environment: environment)
        } catch {
            Self.say(error.description)
            _exit(1)
        }
        var configuration = DaemonConfiguration(environment: environment) { Self.say($0) }
        configuration.keepFromChildren(QwenOptions.tokenVariable)
        let warnings = options.warnings(environment: environment)
        let setting = ServeSetting([request], version: Version.number) { request, _, port in
            if let line = request.startLine(port: port) { Terminal.announce(line) }
            for warning in warnings { Self.say(warning) }
        }
        let signals = StopSignals(
            // Supervisors tell a process, and then its group.
            sameWish: .milliseconds(500), first: { Self.say("received \(Self.name($0)), draining...") },
            second: { number in
                Self.say("received \(Self.name(number)) during drain — forcing exit")
                return 1
            })
        let code = await ForegroundServer.run(configuration, setting, signals)
        // A port that is not safe is a failed boot like any other here.
        _exit(code == 0 ? 0 : 1)
    }

    private static func say(_ sentence: String) { Terminal.diagnostics("qwen serve: \(sentence)") }
    private static func name(_ number: Int32) -> String { number == SIGINT ? "SIGINT" : "SIGTERM" }
}

/// Where `apus serve` listens. Values are judged when all of them are known, so that each fault is told in the protocol's way.
struct QwenListenOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
    var hostname = "127.0.0.1"

    @Option(parsing: .unconditional, help: ArgumentHelp("The port; 0 takes one that is free.", valueName: "port"))
    var port = "4170"

    @Option(
        help: ArgumentHelp(
            "The bearer token. Other users can read it in the list of processes: better set QWEN_SERVER_TOKEN.", valueName: "token"))
    var token: String?

    @Option(help: ArgumentHelp("Serve by TLS: the certificate chain, in PEM form.", valueName: "path"), completion: .file())
    var tlsCert: String?

    @Option(help: ArgumentHelp("The key of the certificate, in PEM form.", valueName: "path"), completion: .file())
    var tlsKey: String?

    @Flag(help: "Listen on an address that other machines reach without TLS.")
    var insecureBind = false

    func apply(to options: inout QwenOptions) {
        options.hostname = hostname
        options.port = port
        options.token = token
        options.certificatePath = tlsCert.map(WorkingDirectory.absolute)
        options.keyPath = tlsKey.map(WorkingDirectory.absolute)
        options.allowsPlain = insecureBind
    }
}

/// What `apus serve` does for its clients.
struct QwenServingOptions: ParsableArguments {
    // A number below zero is one that is told why it is refused.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Live sessions; attaching to one counts none. 0 or Infinity: no bound.", valueName: "n"))
    var maxSessions = "20"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Open connections; further ones are told 503. 0 or Infinity: no bound.", valueName: "n"))
    var maxConnections = "256"

    @Flag(inversion: .prefixedNo, help: "The only mode there is; --no-http-bridge has no effect.")
    var httpBridge = true

    @Option(
        help: ArgumentHelp("Serve this workspace alone, an absolute path; without it every client names its own.", valueName: "dir"),
        completion: .directory)
    var workspace: String?

    @Flag(help: "Ask for the token on loopback, too, and for /health.")
    var requireAuth = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Events of a session that a client can ask for again, the last ones; all of them without it.", valueName: "n"))
    var eventRingSize: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("After this long an unanswered permission request counts as cancelled. 0: never.", valueName: "ms"))
    var permissionResponseTimeoutMs = "300000"

    @Flag(help: "Answer prompts with 202 at once; the end of the turn comes as an event.")
    var nonBlockingPrompts = false

    var options: QwenOptions {
        var options = QwenOptions()
        options.maximumSessions = maxSessions
        options.maximumConnections = maxConnections
        options.isBridge = httpBridge
        options.workspace = workspace
        options.requiresAuth = requireAuth
        options.ringSize = eventRingSize
        options.permissionMilliseconds = permissionResponseTimeoutMs
        options.isNonBlocking = nonBlockingPrompts
        return options
    }
}
