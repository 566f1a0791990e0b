package import ApusSettings
import ApusWorkspace

/// The settings that hold in a configuration's working directory, and what the user trusts of them.
package struct ProjectSettings: Sendable {
    private let configuration: DaemonConfiguration
    private let places: SettingsPlaces
    private let trustFile: TrustFile

    package init(_ configuration: DaemonConfiguration) {
        self.configuration = configuration
        places = SettingsPlaces(
            paths: configuration.paths, workingDirectory: configuration.workingDirectory,
            projectRoot: configuration.workingDirectory.flatMap { Project.containing($0)?.root })
        trustFile = TrustFile(paths: configuration.paths)
    }

    /// Reads all files now. A broken trust file is announced and trusts nothing.
    package func read() throws(SettingsFault) -> SettingsReading {
        var digests: [String: String] = [:]
        do throws(TrustFileError) { digests = try trustFile.load() } catch { configuration.announce(error.description) }
        let trust = Self.trust(digests, isUnconditional: configuration.trustsProject)
        return try SettingsLayers(places, environment: configuration.environment, trust: trust).read()
    }

    /// Trusts the files of this folder and project exactly as they are now. Returns those that exist.
    package func trust() throws(TrustFileError) -> [String] {
        var trust = Self.trust(try trustFile.load(), isUnconditional: false)
        try trust.trust(shared)
        try trustFile.save(trust.digests)
        return shared.map(\.path).filter { trust.digests[$0] != nil }
    }

    /// Takes trust back from them.
    package func forget() throws(TrustFileError) {
        var trust = Self.trust(try trustFile.load(), isUnconditional: false)
        trust.forget(shared)
        try trustFile.save(trust.digests)
    }

    private var shared: [SettingsSource] { places.sources.filter(\.kind.needsTrust) }

    private static func trust(_ digests: [String: String], isUnconditional: Bool) -> SettingsTrust {
        SettingsTrust(isUnconditional: isUnconditional, digests: digests, digest: FileHash.of)
    }
}
