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
        commandName: "daemon", abstract: "Serves clients of the droid protocol.",
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

        func validate() throws {
            if !(0...65_535).contains(port) { throw ValidationError("--port must be 0 to 65535.") }
        }

        func setting(ready: @escaping @Sendable (String) -> Void) -> ServeSetting {
            var setting = ServeSetting(host: host, port: port, version: Version.number, ready: ready)
            setting.allowedHosts = allowHosts
            setting.certificatePath = tlsCert.map(absolute)
            setting.keyPath = tlsKey.map(absolute)
            setting.allowsPlain = insecureBind
            return setting
        }

        /// The same words for another process, which may work elsewhere.
        var words: [String] {
            var words = ["--host", host, "--port", "\(port)"]
            for name in allowHosts { words += ["--allow-host", name] }
            if let tlsCert { words += ["--tls-cert", absolute(tlsCert)] }
            if let tlsKey { words += ["--tls-key", absolute(tlsKey)] }
            return insecureBind ? words + ["--insecure-bind"] : words
        }

        private func absolute(_ path: String) -> String {
            if path.hasPrefix("/") { return path }
            return (WorkingDirectory.resolved(".") ?? "") + "/" + path
        }
    }

    struct RunCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run",
            abstract: "Runs the daemon in the foreground; the same as `apus daemon` alone.",
            discussion: """
                Prints one line when connections are accepted. When another daemon owns the home, that one opens the port, and this \
                process stays until it ends. SIGINT and SIGTERM end it: turns are ended or kept, clients told, at most five seconds. \
                A second signal ends it at once.

                Exit codes: 0 after a clean end; 1 when it could not begin or go on; 2 wrong command line, or an unsafe one.
                """)

        @OptionGroup var listen: ListenOptions

        func run() async throws {
            let signals = StopSignals()
            let numbers = signals.numbers
            let (stop, forward) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(1))
            let code = await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await number in numbers {
                        forward.yield(number)
                        // Whatever still hangs then: keepers end what it has started. Cancelled means that it ended in time.
                        if (try? await Task.sleep(for: .milliseconds(4_700))) != nil { _exit(0) }
                    }
                }
                let code = await Daemon.serve(
                    DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) },
                    listen.setting { Terminal.announce("listening on \($0)") }, stop: stop)
                group.cancelAll()
                return code
            }
            // No scope ends behind `_exit`.
            withExtendedLifetime(signals) {}
            _exit(code)
        }
    }

    struct StartCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "start", abstract: "Starts the daemon behind this terminal and returns when it is ready, within 30 seconds.")

        @OptionGroup var listen: ListenOptions

        func run() async throws {
            if let refusal = listen.setting(ready: { _ in }).refusal { DaemonCommand.end(refusal, code: 2) }
            do throws(DaemonFileError) {
                switch try await DetachedDaemon(DaemonCommand.folder).start(listen.words) {
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
