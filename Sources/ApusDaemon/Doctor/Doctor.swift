import ApusSettings
import Synchronization

/// Looks at everything a run here would use, and says what is wrong and how to mend it.
///
/// Nothing is made or changed, the home least of all: SQLite's shared index beside the store is the one file that a look at it touches. Secrets are named, never shown. Models are not asked anything; only a server on
/// this machine is looked for, as a run would.
package enum Doctor {
    /// Takes as long as the search for a local server (200 ms) and the start of one command; a store of 256 MiB is read as well.
    ///
    /// - Parameter version: of the program, as it prints it.
    package static func examine(_ configuration: DaemonConfiguration, version: String) async -> DoctorReport {
        let announced = Announcements()
        var configuration = configuration
        configuration.announce = { announced.append($0) }
        var findings = [DoctorFinding("version", .fine, "apus \(version)")]
        findings += HomeExamination(configuration).findings
        let settings = SettingsExamination(configuration, announced)
        findings += settings.findings
        if let settings = settings.settings { findings += await ModelExamination(configuration, settings).findings() }
        findings += await SystemExamination(configuration).findings()
        return DoctorReport(findings)
    }
}

/// Sentences that parts of the house say while they are looked at.
final class Announcements: Sendable {
    private let sentences = Mutex<[String]>([])

    func append(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
    var all: [String] { sentences.withLock { $0 } }
}
