import ApusCore
import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension SessionsCommand {
    /// `apus sessions stop`: ends what a session left running.
    struct StopCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "stop", abstract: "Ends background processes of a session.",
            discussion: "Each gets SIGTERM with everything it started, and SIGKILL five seconds later.")

        @Argument(help: ArgumentHelp("The session's id, or the first eight characters or more.", valueName: "id"))
        var id: String

        @Argument(
            help: ArgumentHelp(
                "Ids or pids of processes, as `apus sessions show` lists them; all that run when none is named.", valueName: "process"))
        var names: [String] = []

        func run() async throws {
            let state = await SessionsCommand.state(of: id)
            let listed = await ListedProcess.all(of: state)
            var chosen = names.isEmpty ? listed.filter(\.isRunning) : []
            for name in names {
                // The newest: a number may have been given twice.
                guard let one = listed.last(where: { $0.process.id == name || String($0.process.pid) == name }) else {
                    Terminal.diagnostics(
                        "Session \(state.header.id) started no background process \"\(name)\". apus sessions show \(state.header.id) lists them."
                    )
                    _exit(1)
                }
                chosen.append(one)
            }
            if chosen.isEmpty { Terminal.output("No background process of session \(state.header.id) is running.\n") }
            var failed = false
            for one in chosen {
                let (sentence, isDone) = await Self.end(one.process)
                Terminal.output(sentence + "\n")
                if !isDone { failed = true }
            }
            if failed { _exit(1) }
        }

        private static func end(_ process: BackgroundProcess) async -> (sentence: String, isDone: Bool) {
            let name = "\(process.id) (pid \(process.pid))"
            return switch await Daemon.backgroundProcesses.end(process) {
            case .ended: ("\(name) was ended.", true)
            case .wasOver: ("\(name) had ended already.", true)
            case .resists: ("\(name) was told to end and something of it is still there; its keeper goes on trying.", false)
            case .failed(let reason): ("\(name) could not be ended. \(reason)", false)
            }
        }
    }
}
