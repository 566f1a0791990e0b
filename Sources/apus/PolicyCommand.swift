import ApusBase
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

/// `apus policy`: how commands are judged here.
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Explains how shell commands are judged, and tests that.",
        subcommands: [ExplainCommand.self, TestCommand.self])

    /// What the model may say of a command.
    static let risks = ["low", "medium", "high"]
    static let levels: [(name: String, level: AutonomyLevel)] = [
        ("read-only", .off), ("off", .off), ("low", .low), ("medium", .medium), ("high", .high), ("skip", .unrestricted),
    ]

    struct ExplainCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain",
            abstract: "Shows what a command could do, the level it needs and why. Nothing is run.",
            discussion: """
                Every part of the command is shown with the rule that judged it; the highest counts. The lists of the settings that hold \
                here are applied. JSON: one object with tier (read-only, low, medium, high or blocked), reason, rule, denied, decisions \
                by level, parts and parse.
                """)

        @Argument(help: "The command line, as one word.")
        var command: String

        @Flag(help: "One JSON object.")
        var json = false

        @Option(
            help: ArgumentHelp("Only the decision at this level: read-only, low, medium, high or skip.", valueName: "level"),
            completion: .list(PolicyCommand.levels.map(\.name)))
        var level: String?

        @Option(
            help: ArgumentHelp("How risky the model calls it: low, medium or high.", valueName: "risk"),
            completion: .list(PolicyCommand.risks))
        var risk = "low"

        @OptionGroup var place: ConfigCommand.PlaceOptions

        func validate() throws {
            if !PolicyCommand.risks.contains(risk) {
                throw ValidationError("\"\(risk)\" is not a risk. Use one of \(PolicyCommand.risks.joined(separator: ", ")).")
            }
            if let level, !PolicyCommand.levels.contains(where: { $0.name == level }) {
                throw ValidationError("\"\(level)\" is not a level. Use read-only, low, medium, high or skip.")
            }
        }

        func run() throws {
            let wanted = level.flatMap { name in PolicyCommand.levels.first { $0.name == name }?.level }
            let explanation = PolicyCommand.report(place).explanation(of: command, declared: risk)
            Terminal.output((json ? explanation.json(at: wanted).serialized() : explanation.text(at: wanted)) + "\n")
        }
    }

    struct TestCommand: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Compares the judgement of commands with what a file expects. Nothing is run.",
            discussion: """
                A line of the file is a tier, a tab and a command, or a JSON object with "tier" and "command"; blank lines and those that \
                begin with # say nothing. Tiers: read-only, low, medium, high, blocked, denied. Every mismatch is printed. Exit codes: 0 \
                all are as expected, 1 some are not.
                """)

        @Argument(help: ArgumentHelp("The file; - is the standard input.", valueName: "file"), completion: .file())
        var file: String

        @OptionGroup var place: ConfigCommand.PlaceOptions

        func run() throws {
            let path = file == "-" ? "/dev/stdin" : file
            let source = PromptSources(words: [], file: path, deadline: nil, warn: { _ in })
            let text: String
            do throws(PromptSources.Failure) { text = try source.fileText() ?? "" } catch { throw ValidationError(error.sentence) }
            let expectations: PolicyExpectations
            do throws(PolicyExpectations.Fault) { expectations = try PolicyExpectations(text, name: file) } catch {
                throw ValidationError(error.sentence)
            }
            let mismatches = expectations.mismatches(PolicyCommand.report(place), name: file)
            for mismatch in mismatches { Terminal.output(mismatch + "\n") }
            let count = expectations.expectations.count
            Terminal.diagnostics(
                mismatches.isEmpty ? "All \(count) are as expected." : "\(mismatches.count) of \(count) are not as expected.")
            _exit(mismatches.isEmpty ? 0 : 1)
        }
    }

    /// Ends the process with 1 when the settings cannot be understood.
    fileprivate static func report(_ place: ConfigCommand.PlaceOptions) -> PolicyReport {
        do throws(DaemonError) {
            return try PolicyReport(place.configuration())
        } catch {
            Terminal.diagnostics(error.description)
            _exit(1)
        }
    }
}
