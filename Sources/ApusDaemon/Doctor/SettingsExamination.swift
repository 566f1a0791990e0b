import ApusSettings
import ApusWorkspace

/// Settings files with their faults, and the project's trust.
struct SettingsExamination {
    /// `nil` when the machine's own rules cannot be understood, which stops every run.
    private(set) var settings: Settings?
    private(set) var findings: [DoctorFinding] = []

    init(_ configuration: DaemonConfiguration, _ announced: Announcements) {
        if let directory = configuration.workingDirectory {
            let root = Project.containing(directory)?.root
            let place = root.map { $0 == directory ? "" : " in the checkout \($0)" } ?? ", outside of any git checkout"
            findings.append(DoctorFinding("project", .fine, directory + place))
        }
        let reading: SettingsReading
        do throws(SettingsFault) { reading = try ProjectSettings(configuration).read() } catch {
            findings.append(DoctorFinding("settings", .wrong, error.description))
            return
        }
        settings = reading.settings
        let report = SettingsReport(reading)
        let read = report.files.filter { $0.state == .read }.map(\.source.path)
        findings.append(
            DoctorFinding(
                "settings", .fine, read.isEmpty ? "no file; everything is as built in" : "read from \(read.joined(separator: ", "))"))
        let untrusted = report.files.filter { if case .untrusted = $0.state { true } else { false } }
        // The sentence about trust comes last and gets a line of its own.
        for sentence in untrusted.isEmpty ? report.warnings : report.warnings.dropLast() {
            findings.append(DoctorFinding("settings", .remark, sentence))
        }
        for sentence in announced.all { findings.append(DoctorFinding("trust", .remark, sentence)) }
        if !untrusted.isEmpty {
            findings.append(
                DoctorFinding(
                    "trust", .remark,
                    "without effect, because this project is not trusted: \(untrusted.map(Self.described).joined(separator: ", "))",
                    remedy: "Look at what they say, then run apus trust."))
        }
    }

    private static func described(_ source: SettingsSource, _ state: SettingsReading.FileState) -> String {
        guard case .untrusted(let keys) = state, !keys.isEmpty else { return source.path }
        return "\(source.path) (\(keys.joined(separator: ", ")))"
    }
}
