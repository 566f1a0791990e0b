import ApusBase
import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus doctor`: what a run here would use, what is wrong, and how to mend it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Shows what a run here would use, what is wrong and how to mend it.",
        discussion: """
            Nothing is made or changed, no model is asked, and secrets are named without being shown. Exit codes: 0 nothing is wrong, \
            whatever the notes say; 1 something would stop a run.
            """)

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var place: ConfigCommand.PlaceOptions

    func run() async throws {
        let report = await Doctor.examine(place.configuration(), version: Version.number)
        Terminal.output((json ? report.json.serialized() : report.text) + "\n")
        _exit(report.isFine ? 0 : 1)
    }
}
