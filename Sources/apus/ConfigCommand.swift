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

/// `apus config`: which settings hold here, and why.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Explains settings.",
        subcommands: [ExplainCommand.self, SchemaCommand.self, OldTrustCommand.self], defaultSubcommand: ExplainCommand.self)

    struct ExplainCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Shows which settings hold here, from which file and line, and what they override.")

        @Argument(
            help: ArgumentHelp("One key, or a group such as exec; without it all that some file sets.", valueName: "key"),
            completion: .list(SettingsKey.all.map(\.path)))
        var key: String?

        @Flag(help: "One JSON object.")
        var json = false

        @OptionGroup var place: PlaceOptions

        func run() throws {
            let report: SettingsReport
            do throws(SettingsFault) {
                report = SettingsReport(try ProjectSettings(place.configuration()).read())
            } catch {
                Terminal.diagnostics(error.description)
                _exit(1)
            }
            guard let text = json ? report.json(for: key)?.serialized() : report.text(for: key) else {
                let name = key ?? ""
                let hint = SettingsKey.nearest(to: name).map { "Did you mean \($0)?" } ?? "apus config schema lists the known ones."
                throw ValidationError("No setting is named \"\(name)\". \(hint)")
            }
            Terminal.output(text + "\n")
        }
    }

    struct SchemaCommand: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "schema", abstract: "Prints the JSON schema of settings.json.")

        func run() { Terminal.output(SettingsSchema.text) }
    }

    /// The older name of `apus trust`.
    struct OldTrustCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust", abstract: "The same as apus trust, for the working directory or --cwd.")

        @Flag(help: "Take the trust back.")
        var forget = false

        @OptionGroup var place: PlaceOptions

        func run() throws {
            let trust = ProjectTrust(place.configuration())
            if forget { TrustCommand.remove(from: trust) } else { TrustCommand.trust(trust) }
        }
    }

    struct PlaceOptions: ParsableArguments {
        @Option(help: ArgumentHelp("As if in this directory.", valueName: "path"), completion: .directory)
        var cwd: String?

        /// Ends the process with 1 when the directory is none.
        func configuration() -> DaemonConfiguration {
            guard let directory = WorkingDirectory.resolved(cwd ?? ".") else {
                Terminal.diagnostics("No such directory: \(cwd ?? ".")")
                _exit(1)
            }
            var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
            configuration.workingDirectory = directory
            return configuration
        }
    }
}
