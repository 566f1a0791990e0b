import ApusBase
import ApusCore
import ApusPolicy
import ApusProcess
import ApusSettings
import Synchronization

/// Puts the wall of every level around a command that does nothing, and asks the keeper which layers stood.
struct WallExamination {
    private struct Trial {
        var level: AutonomyLevel
        var missing: WallLayers
        var report: WallReport
    }

    private let configuration: DaemonConfiguration
    private static let patience = Duration.seconds(10)

    init(_ configuration: DaemonConfiguration) {
        self.configuration = configuration
    }

    func finding() async -> DoctorFinding {
        let setting: SandboxSetting
        // Settings that cannot be read have a finding of their own.
        do throws(SettingsFault) { setting = try ProjectSettings(configuration).read().settings.sandbox } catch {
            setting = SandboxSetting()
        }
        if let refusal = setting.refusal { return DoctorFinding("sandbox", .wrong, refusal) }
        var trials: [Trial] = []
        for tier in ConfinementTier.all {
            switch await attempt(tier.level, setting) {
            case .success(let trial): trials.append(trial)
            case .failure(let error): return DoctorFinding("sandbox", .wrong, "no wall at \(words(tier.level)): \(error)")
            }
        }
        return Self.finding(trials, isRequired: setting.isRequired)
    }

    private func attempt(_ level: AutonomyLevel, _ setting: SandboxSetting) async -> Result<Trial, SpawnError> {
        let source = ConfinementSource(configuration, setting)
        var confinement = source.confinement(of: .unique(), in: configuration.workingDirectory ?? "/", at: level)
        // Nothing may be made by a look.
        confinement?.temporary = nil
        confinement?.writable = []
        confinement?.protected = []
        // What is missing is to be named, not to stop the look.
        confinement?.isRequired = false
        guard let confinement else { return .failure(.invalidRequest("The level has no wall.")) }
        let request = ProcessRequest(
            executable: "/bin/sh", arguments: ["-c", "exit 0"],
            environment: ToolEnvironment.make(from: configuration.environment, workingDirectory: "/"), workingDirectory: "/",
            confinement: confinement)
        let heard = Mutex<WallReport?>(nil)
        let processes = ProcessTable(keeper: configuration.keeper)
        do throws(SpawnError) {
            _ = try await processes.run(request, timeout: Self.patience, wall: { report in heard.withLock { $0 = report } }) { _ in }
        } catch {
            return .failure(error)
        }
        guard let report = heard.withLock({ $0 }) else { return .failure(.invalidRequest("Its keeper said nothing about the wall.")) }
        return .success(Trial(level: level, missing: WallLayers.asked(by: confinement).subtracting(report.layers), report: report))
    }

    private static func finding(_ trials: [Trial], isRequired: Bool) -> DoctorFinding {
        let version = trials.first.map { $0.report.landlockVersion } ?? 0
        let missing = trials.reduce(into: WallLayers()) { $0.formUnion($1.missing) }
        if missing.isEmpty {
            let isBounded = trials.allSatisfy { $0.report.layers.contains(.pids) }
            let bound = isBounded ? "the kernel bounds processes (pids cgroup)" : "the keeper counts processes (no pids cgroup can be made)"
            return DoctorFinding("sandbox", .fine, "every layer of the wall stands at every level (Landlock version \(version)); \(bound)")
        }
        let fallen = WallLayers.descriptions.filter { missing.contains($0.layer) }.map { row in
            let levels = trials.filter { $0.missing.contains(row.layer) }.map { words($0.level) }
            let place = levels.count == trials.count ? "" : " at \(levels.joined(separator: " and "))"
            return "no \(row.name)\(place): \(row.promise)"
        }
        let reason = trials.compactMap(\.report.fault).first.map { " (\($0))" } ?? ""
        return DoctorFinding(
            "sandbox", isRequired ? .wrong : .remark, fallen.joined(separator: "; ") + reason,
            remedy: isRequired
                ? "The setting sandbox.required is on, so no command runs here. docs/sandbox.md says what each layer needs."
                : "docs/sandbox.md says what each layer needs. With the setting sandbox.required nothing runs without them.")
    }

    private static func words(_ level: AutonomyLevel) -> String { level == .off ? "the default level" : "--auto \(level.rawValue)" }
    private func words(_ level: AutonomyLevel) -> String { Self.words(level) }
}
