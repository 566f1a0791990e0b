import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The command line. Wrong words end with exit code 2 and nothing on stdout.
@main
struct Apus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apus",
        abstract: "Runs AI coding agents: headless, durable, contained.",
        version: Version.text,
        subcommands: [
            ExecCommand.self, SessionsCommand.self, ModelsCommand.self, ConfigCommand.self, TrustCommand.self, PolicyCommand.self,
            DoctorCommand.self, DaemonCommand.self, ServeCommand.self, KeysCommand.self, MCPCommand.self,
            CompletionsCommand.self,
        ])

    @Flag(name: .customShort("v"), help: "The same as --version.")
    var showsVersion = false

    /// Without a subcommand there is nothing to do but to say what there is.
    func run() throws {
        guard showsVersion else { throw CleanExit.helpRequest() }
        Terminal.output(Version.text + "\n")
    }

    static func main() async {
        // A reader that went away is an error of the write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot(WorktreeOptions.spelledOut(Array(CommandLine.arguments.dropFirst())))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            await end(with: error)
        }
    }

    private static func end(with error: any Error) async -> Never {
        let code = exitCode(for: error)
        var message = fullMessage(for: error)
        if code == .success, message == helpMessage(for: ExecCommand.self) { message += "\n" + (await ExecCommand.modelSections()) }
        if code == .success {
            if !message.isEmpty { Terminal.output(message + "\n") }
            _exit(0)
        }
        if !message.isEmpty { Terminal.diagnostics(message) }
        _exit(code == .validationFailure ? 2 : code.rawValue)
    }
}
