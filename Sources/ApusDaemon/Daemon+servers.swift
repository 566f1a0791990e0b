import ApusBase
import ApusCore
import ApusMCP
import ApusProcess
import ApusSettings

extension Daemon {
    /// The MCP servers of the user, and those of the project as far as it is trusted.
    static func servers(
        _ configuration: DaemonConfiguration, _ processes: ProcessTable, temporaryDirectory: String, rules: MCPRules
    ) -> MCPPool {
        let places = ProjectSettings.places(configuration)
        let project = places.companions.filter { $0.path.hasSuffix("/mcp.json") }
            .map { MCPConfigurationFiles.Other(path: $0.path, source: .project, boundary: places.boundary) }
        let files = MCPConfigurationFiles(
            paths: configuration.paths, others: project, named: configuration.serverFile, environment: configuration.environment,
            trust: { trust(configuration) }, announce: configuration.announce)
        return MCPPool(
            files: files,
            programs: MCPProgramSetting(
                processes: processes, environment: configuration.environment,
                workingDirectory: configuration.workingDirectory ?? configuration.paths.userHome, temporaryDirectory: temporaryDirectory),
            certificates: configuration.environment["SSL_CERT_FILE"], rules: rules, conceal: { configuration.secrets.add($0) })
    }

    /// A broken trust file trusts nothing; reading the settings has announced it.
    static func trust(_ configuration: DaemonConfiguration) -> SettingsTrust {
        let digests: [String: String]
        do throws(TrustFileError) { digests = try TrustFile(paths: configuration.paths).load() } catch { digests = [:] }
        let trust = ProjectSettings.trust(digests, isUnconditional: configuration.trustsProject)
        // Settings that cannot be read have ended the run; if they broke since, everything needs trust.
        let reading = try? SettingsLayers(ProjectSettings.places(configuration), environment: configuration.environment, trust: trust)
            .read()
        return ProjectSettings.trust(digests, isUnconditional: configuration.trustsProject || !(reading?.requiresTrust ?? true))
    }
}
