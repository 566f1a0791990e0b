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
        commandName: "config", abstract: "Explains settings, and trusts those of a project.",
        subcommands: [ExplainCommand.self, SchemaCommand.self, TrustCommand.self], defaultSubcommand: ExplainCommand.self)

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

    struct TrustCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust",
            abstract: "Trusts the settings files of this project as they are now.",
            discussion: """
                A project's settings can name servers that get the conversation and commands that need no permission: read them first. \
                Whoever changes one of the files ends the trust in it.
                """)

        @Flag(help: "Take the trust back.")
        var forget = false

        @OptionGroup var place: PlaceOptions

        func run() throws {
            let settings = ProjectSettings(place.configuration())
            do throws(TrustFileError) {
                if forget { return try settings.forget() }
                let files = try settings.trust()
                if files.isEmpty { Terminal.diagnostics("There are no settings files here to trust.") }
                for file in files { Terminal.output("Trusted: \(file)\n") }
            } catch {
                Terminal.diagnostics(error.description)
                _exit(1)
            }
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
