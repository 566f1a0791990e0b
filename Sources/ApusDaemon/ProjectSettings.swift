package import ApusSettings
import ApusWorkspace

/// The settings that hold in a configuration's working directory, with those of its project as far as they are trusted.
package struct ProjectSettings: Sendable {
    private let configuration: DaemonConfiguration
    private let places: SettingsPlaces
    private let trustFile: TrustFile

    package init(_ configuration: DaemonConfiguration) {
        self.configuration = configuration
        places = Self.places(configuration)
        trustFile = TrustFile(paths: configuration.paths)
    }

    /// All files that may have a say, whether they exist or not, with the one that says which of them are trusted.
    var paths: [String] { places.sources.map(\.path) + [trustFile.path] }

    /// Reads all files now. A broken trust file is announced and trusts nothing.
    package func read() throws(SettingsFault) -> SettingsReading {
        var digests: [String: String] = [:]
        do throws(TrustFileError) { digests = try trustFile.load() } catch { configuration.announce(error.description) }
        let trust = Self.trust(digests, isUnconditional: configuration.trustsProject)
        return try SettingsLayers(places, environment: configuration.environment, trust: trust).read()
    }

    static func places(_ configuration: DaemonConfiguration) -> SettingsPlaces {
        SettingsPlaces(
            paths: configuration.paths, workingDirectory: configuration.workingDirectory,
            projectRoot: configuration.workingDirectory.flatMap { Project.containing($0)?.root })
    }

    static func trust(_ digests: [String: String], isUnconditional: Bool) -> SettingsTrust {
        SettingsTrust(isUnconditional: isUnconditional, digests: digests, digest: FileHash.of)
    }
}
