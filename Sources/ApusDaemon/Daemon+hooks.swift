import ApusCore
import ApusExtensions
import ApusProcess
import ApusSettings

extension Daemon {
    /// Throws when the machine's own hooks cannot be understood.
    static func hooks(
        _ configuration: DaemonConfiguration, _ processes: ProcessTable, _ confinements: ConfinementSource, temporaryDirectory: String
    ) throws(DaemonError) -> CommandHooks {
        let paths = configuration.paths
        let places = HookPlaces(
            paths: paths, environment: configuration.environment, isOff: !configuration.runsHooks,
            toldDirectory: configuration.workingDirectory, trust: { trust(configuration) })
        do throws(SettingsFault) { try places.check() } catch { throw .settings(error) }
        let transcripts = HookTranscripts(apusHome: paths.apusHome, announce: configuration.announce)
        return CommandHooks(
            places,
            CommandHooks.Setting(
                processes: processes, environment: configuration.environment, temporaryDirectory: temporaryDirectory,
                scripts: ([paths.apusHome, paths.factoryHome] + SettingsPlaces.standardSystemDirectories).map { $0 + "/hooks" },
                confinement: { confinements.confinement(of: $0, in: $1, at: $2) },
                transcript: { await transcripts.file(of: $0) }, announce: configuration.announce))
    }
}
