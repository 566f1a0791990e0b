import ApusBase
import ApusDaemon
import ApusSettings
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus daemon`: serves clients on this machine, in the foreground or behind it.
struct DaemonCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "daemon", abstract: "Serves clients of the droid protocol, and of others beside it.",
        subcommands: [
            RunCommand.self, StartCommand.self, StopCommand.self, StatusCommand.self, LogsCommand.self, InstallCommand.self,
        ], defaultSubcommand: RunCommand.self)

    /// Where to listen.
    struct ListenOptions: ParsableArguments {
        @Option(help: ArgumentHelp("The address to listen on.", valueName: "address"))
        var host = "127.0.0.1"

        @Option(help: ArgumentHelp("The port; 0 takes one that is free.", valueName: "port"))
        var port = ServeSetting.usualPort

        @Option(
            name: .customLong("allow-host"),
            help: ArgumentHelp("A further name that clients may ask for this daemon under. Repeatable.", valueName: "name"))
        var allowHosts: [String] = []

        @Option(help: ArgumentHelp("Serve by TLS: the certificate chain, in PEM form.", valueName: "path"), completion: .file())
        var tlsCert: String?

        @Option(help: ArgumentHelp("The key of the certificate, in PEM form.", valueName: "path"), completion: .file())
        var tlsKey: String?

        @Flag(help: "Listen on an address that other machines reach without TLS.")
        var insecureBind = false

        @Option(
            defaultAsFlag: PortWord.usual(QwenOptions.usualPort), parsing: .next,
            help: ArgumentHelp(
                "Serve clients of the qwen protocol, too, on this port of the same address. A key is needed, or the token in QWEN_SERVER_TOKEN.",
                valueName: "port"))
        var qwen: PortWord?

        @Option(
            defaultAsFlag: PortWord.usual(OptaPlace.usualPort), parsing: .next,
            help: ArgumentHelp(
                """
                Serve clients of the Opta protocol, too, on this port. Without one 9999 is taken, or the first free of 10000 to 10020. \
                A key is needed, or the token in --opta-home.
                """, valueName: "port"))
        var opta: PortWord?

        @Option(help: ArgumentHelp("The address to listen on for them; --host without it.", valueName: "address"))
        var optaHost: String?

        @Option(
            help: ArgumentHelp(
                "Where they look for daemon/state.json: a new token, the address and the process's number are written there, for this user alone.",
                valueName: "dir"), completion: .directory)
        var optaHome: String?

        @Option(
            help: ArgumentHelp("Where their sessions work; the working directory without it.", valueName: "dir"), completion: .directory)
        var optaWorkspace: String?

        @Option(
            help: ArgumentHelp(
                "After this long an unanswered permission request of theirs counts as denied, and an answered one is forgotten.",
                valueName: "ms"))
        var optaPermissionTimeoutMs = OptaPlace.usualPermissionMilliseconds

        func validate() throws {
            for (name, value) in [("host", optaHost), ("home", optaHome), ("workspace", optaWorkspace)] where value != nil && opta == nil {
                throw ValidationError("--opta-\(name) needs --opta.")
            }
            if !(1...86_400_000).contains(optaPermissionTimeoutMs) {
                throw ValidationError("--opta-permission-timeout-ms must be 1 to 86400000.")
            }
            if !(0...65_535).contains(port) { throw ValidationError("--port must be 0 to 65535.") }
            for (name, value) in [("qwen", qwen), ("opta", opta)] {
                if let value, value.number == nil { throw ValidationError("--\(name) is \"\(value)\". Use a port, 0 to 65535, or none.") }
            }
        }

        /// Throws what an unsafe or impossible port is refused with.
        func ports(_ environment: [String: String]) throws(QwenOptions.BootError) -> [PortRequest] {
            var droid = PortRequest(.droid, host: host, port: port)
            droid.allowedHosts = allowHosts
            droid.certificatePath = tlsCert.map(WorkingDirectory.absolute)
            droid.keyPath = tlsKey.map(WorkingDirectory.absolute)
            droid.allowsPlain = insecureBind
            var ports = [droid]
            if let number = qwen?.number {
                var options = QwenOptions()
                options.hostname = host
                options.port = "\(number)"
                options.certificatePath = droid.certificatePath
                options.keyPath = droid.keyPath
                options.allowsPlain = insecureBind
                ports.append(try options.request(environment: environment, needsCredential: true))
            }
            if let opta, let number = opta.number {
                let port = opta.isTyped ? OptaOptions.Port.named(number) : .usual
                var options = OptaOptions(port, host: optaHost ?? host, workingDirectory: WorkingDirectory.absolute("."))
                options.home = optaHome.map(WorkingDirectory.absolute)
                options.workspace = optaWorkspace.map(WorkingDirectory.absolute)
                options.permissionMilliseconds = optaPermissionTimeoutMs
                var request = try options.request(environment: environment)
                request.allowedHosts = allowHosts
                request.certificatePath = droid.certificatePath
                request.keyPath = droid.keyPath
                request.allowsPlain = insecureBind
                ports.append(request)
            }
            return ports
        }

        /// Ends the process when they are refused.
        func checkedPorts() -> [PortRequest] {
            do throws(QwenOptions.BootError) {
                let ports = try ports(ProcessEnvironment.current)
                for port in ports { if let refusal = port.refusal { DaemonCommand.end(refusal, code: 2) } }
                return ports
            } catch {
                DaemonCommand.end(error.description, code: 2)
            }
        }

        /// The same words for another process, which may work elsewhere.
        var words: [String] {
            var words = ["--host", host, "--port", "\(port)"]
            for name in allowHosts { words += ["--allow-host", name] }
            if let tlsCert { words += ["--tls-cert", WorkingDirectory.absolute(tlsCert)] }
            if let tlsKey { words += ["--tls-key", WorkingDirectory.absolute(tlsKey)] }
            if let number = qwen?.number { words.append("--qwen=\(number)") }
            if let opta {
                words.append(opta.isTyped ? "--opta=\(opta)" : "--opta")
                if let optaHost { words += ["--opta-host", optaHost] }
                if let optaHome { words += ["--opta-home", WorkingDirectory.absolute(optaHome)] }
                words += ["--opta-workspace", WorkingDirectory.absolute(optaWorkspace ?? ".")]
                words += ["--opta-permission-timeout-ms", "\(optaPermissionTimeoutMs)"]
            }
            return insecureBind ? words + ["--insecure-bind"] : words
        }
    }

    struct RunCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Runs the daemon in the foreground; the same as `apus daemon` alone.",
            discussion: """
                Prints one line for each port when connections are accepted. When another daemon owns the home, that one opens the ports, and this \
                process stays until it ends. SIGINT and SIGTERM end it: turns are ended or kept, clients told, at most five seconds. \
                A second signal ends it at once.

                Exit codes: 0 after a clean end; 1 when it could not begin or go on; 2 wrong command line, or an unsafe one.
                """)

        @OptionGroup var listen: ListenOptions

        func run() async throws {
            let ports = listen.checkedPorts()
            var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
            configuration.keepFromChildren(QwenOptions.tokenVariable)
            let setting = ServeSetting(ports, version: Version.number) { request, url, port in
                Terminal.announce(request.startLine(port: port) ?? "listening on \(url)")
            }
            // No scope ends behind `_exit`.
            _exit(await ForegroundServer.run(configuration, setting, StopSignals()))
        }
    }

    struct StartCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Starts the daemon behind this terminal and returns when it is ready, within 30 seconds.")

        @OptionGroup var listen: ListenOptions

        func run() async throws {
            let protocols = Set(listen.checkedPorts().map(\.kind.name))
            do throws(DaemonFileError) {
                switch try await DetachedDaemon(DaemonCommand.folder).start(listen.words, speaking: protocols) {
                case .started(let status): Terminal.output("The daemon runs (pid \(status.process)): \(status.urls)\n")
                case .ranAlready(let status): Terminal.output("A daemon runs already (pid \(status.process)): \(status.urls)\n")
                }
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }

    struct StopCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "stop", abstract: "Ends the daemon and returns when it has ended.")

        func run() async throws {
            do throws(DaemonFileError) {
                let ran = try await DaemonClient(DaemonCommand.folder).stop(within: .seconds(10))
                Terminal.output(ran ? "The daemon has ended.\n" : "No daemon runs.\n")
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }

    struct StatusCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "status", abstract: "Shows whether the daemon runs and where it listens.",
            discussion: "Exit codes: 0 it runs; 1 it does not answer; 3 none runs.")

        @Flag(help: "One JSON object.")
        var json = false

        func run() async throws {
            switch await DaemonClient(DaemonCommand.folder).status() {
            case .none:
                Terminal.output(json ? "{\"running\":false}\n" : "No daemon runs.\n")
                _exit(3)
            case .silent:
                if json { Terminal.output("{\"running\":true,\"phase\":\"silent\"}\n") }
                DaemonCommand.end("A daemon owns \(DaemonCommand.folder.path) but does not answer.", code: 1)
            case .running(let status):
                Terminal.output(json ? status.serialized() + "\n" : DaemonStatus(status).text)
            }
        }
    }

    /// Of this process's home.
    static var folder: DaemonFolder {
        DaemonFolder(home: DaemonConfiguration(environment: ProcessEnvironment.current) { _ in }.paths.apusHome)
    }

    static func end(_ sentence: String, code: Int32) -> Never {
        Terminal.diagnostics(sentence)
        _exit(code)
    }
}
