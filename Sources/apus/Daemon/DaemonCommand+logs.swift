import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension DaemonCommand {
    struct LogsCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "logs", abstract: "Shows the end of the daemon's log.")

        @Flag(name: .shortAndLong, help: "Go on showing what is added, until interrupted.")
        var follow = false

        @Option(name: [.customShort("n"), .long], help: ArgumentHelp("At most this many lines.", valueName: "n"))
        var lines = 100

        func validate() throws {
            if lines < 0 { throw ValidationError("--lines must be 0 or more.") }
        }

        func run() async throws {
            do throws(DaemonFileError) {
                var tail = LogTail(DaemonCommand.folder)
                Terminal.output(try tail.last(lines))
                if !follow { return }
                // Cancelled never: a signal ends the process.
                while (try? await Task.sleep(for: .milliseconds(200))) != nil {
                    let added = try tail.added()
                    if !added.isEmpty { Terminal.output(added) }
                }
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }

    struct InstallCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "install",
            abstract: "Makes the daemon a service of this user: a systemd unit, on macOS a launchd agent.",
            discussion: "Writes the file and says how to switch it on; nothing is started.")

        @Flag(help: "Print the file instead of writing it.")
        var print = false

        @OptionGroup var listen: ListenOptions

        func run() async throws {
            _ = listen.checkedPorts()
            do throws(DaemonFileError) {
                let unit = try ServiceUnit(environment: ProcessEnvironment.current, words: listen.words)
                if print { return Terminal.output(unit.text) }
                try unit.write()
                Terminal.output("Wrote \(unit.path). Switch it on with: \(unit.switchOn)\n")
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }
}
