import ApusBase
package import ApusCore
import ApusEngine
import ApusExtensions
package import ApusFronts
import ApusMCP
import ApusModels
import ApusProcess
import ApusSettings
import ApusStore
import ApusTools
import ApusWorkspace

/// Puts the house together, lends it, and takes it apart. The only place that knows everyone.
package enum Daemon {
    /// Opens the home, ends what dead processes left behind, and runs `body` beside the engine. When `body` returns, every turn is
    /// ended, every child process gone and everything stored. Nothing is opened when the machine's settings cannot be understood.
    ///
    /// - Parameter whenShutDown: runs when every turn has ended and sessions are closed: clients that stay are told farewell here.
    package static func withServices<Result: Sendable>(
        _ configuration: DaemonConfiguration, whenShutDown: @Sendable () async -> Void = {},
        _ body: @Sendable (FrontServices) async -> Result
    ) async throws(DaemonError) -> Result {
        let time = SystemTime()
        let watch = try Self.watch(configuration)
        let settings = try Self.accept(watch.settings, configuration)
        let store = try Self.open(configuration, time)
        let catalog = ModelCatalog(
            settings: settings, environment: configuration.environment, fallback: OfflinePlanner(),
            fallbackAnnouncement: OfflinePlanner.announcement)
        let models = AnnouncingModels(catalog, announce: configuration.announce)
        let processes = ProcessTable(keeper: configuration.keeper)
        let temporaryDirectory = configuration.environment["TMPDIR"] ?? "/tmp"
        let redaction = Redaction(KnownSecrets.values(configuration, settings))
        let servers = servers(configuration, processes, temporaryDirectory: temporaryDirectory, rules: MCPRules(settings))
        let extensions = extensions(configuration)
        let builtin = BuiltinTools(
            processes: processes, environment: configuration.environment,
            temporaryDirectory: temporaryDirectory,
            processFolder: configuration.paths.apusHome + "/processes", web: webSetting(configuration),
            search: webSearch(settings, configuration), skills: extensions, redaction: redaction,
            plans: settings.planFolder.map { PlanFolder($0.value, home: configuration.paths.userHome, clock: time) }, subagents: true)
        let tools = SessionTools(builtin: builtin, servers: MCPToolSource(servers))
        let confinements = ConfinementSource(configuration, settings.sandbox)
        let hooks = try hooks(configuration, processes, confinements, temporaryDirectory: temporaryDirectory)
        let subagents = subagents(configuration)
        let exec = execDefaults(settings, configuration)
        let policy = policy(settings, configuration)
        let engine = Engine(
            services: EngineServices(
                log: store, index: store, blobs: store.blobs, models: models, tools: tools, policy: policy,
                instructions: Instructions(
                    apusHome: configuration.paths.apusHome, home: configuration.paths.userHome,
                    surroundings: Surroundings(shell: CommandShell.find(for: configuration.environment).path, clock: time),
                    announce: configuration.announce),
                time: time,
                workspace: { scope(of: $0, configuration) },
                confinement: { confinements.confinement(of: $0, in: $1, at: $2) },
                redaction: redaction,
                skills: extensions,
                commands: CommandRunner(extensions, processes: processes, environment: configuration.environment),
                processes: backgroundProcesses,
                exports: sessionFiles(settings, configuration),
                files: WorkspaceFiles(),
                subagents: subagents,
                subagentSetting: settings.subagents.setting,
                maximumAutonomy: exec.maximumAutonomy,
                resumesTurns: configuration.keepsTurns,
                takeOver: settings.resumesTurns?.value ?? true ? TakeOverRules() : nil,
                compaction: CompactionRules(
                    tokenLimit: settings.compactionTokenLimit?.value, tokenLimitPerModel: settings.compactionTokenLimitPerModel,
                    model: settings.compactionModel?.value),
                hooks: hooks, occupy: WorktreeUse.begin(in:)))
        let desk = CommandDesk(
            processes: processes, maintenance: engine,
            SessionCommands(
                maintenance: engine, policy: policy, workspace: { scope(of: $0, configuration) }, confinements: confinements,
                environment: configuration.environment, maximumAutonomy: exec.maximumAutonomy), time: time, redaction: redaction)
        var services = FrontServices(sessions: engine, index: store, models: models, tools: tools, time: time, exec: exec)
        services.subagents = subagents
        services.children = engine
        services.clients =
            ClientHouse(
                sessions: engine, maintenance: engine, approvals: engine, questions: engine, search: store, blobs: store.blobs,
                models: models, catalog: catalog, tools: tools, builtinTools: builtin, children: engine, servers: servers,
                extensions: extensions, time: time, processes: desk, maximumAutonomy: exec.maximumAutonomy, planner: exec.planner
            ).services
        services.endPrograms = {
            await desk.shutDown()
            servers.close()
            await processes.terminateAll(within: .seconds(2))
        }
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            group.addTask { await servers.run() }
            group.addTask { await desk.run() }
            group.addTask { await BlockingWork.files.run { _ in SpoolFile.removeOld(below: temporaryDirectory) } }
            await recover(engine, configuration)
            let result = await watch.during({ [services] in await body(services) }, isOn: configuration.keepsTurns, time) { settings in
                // A key is one that is shown nowhere before it is used.
                configuration.secrets.add(settings.modelEntries.map { $0.apiKey.reveal() })
                catalog.use(settings)
            }
            // While there is a log to tell of their ends.
            await desk.shutDown()
            await engine.shutdown()
            servers.close()
            await whenShutDown()
            return result
        }
        await processes.terminateAll(within: .seconds(4))
        await catalog.close()
        await store.close()
        return result
    }

    /// Processes that outlive runs belong to no run: anyone may ask after them.
    package static let backgroundProcesses: any BackgroundProcesses = BackgroundCommands()

    /// Opens the home for reading only: no engine, no models.
    package static func withIndex<Result: Sendable>(
        _ configuration: DaemonConfiguration, _ body: (any EventLog & SessionIndex) async throws(EventLogError) -> Result
    ) async throws(EventLogError) -> Result {
        let store = try SQLiteEventLog.open(at: configuration.paths.apusHome, time: SystemTime())
        do throws(EventLogError) {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    static func settings(_ configuration: DaemonConfiguration) throws(DaemonError) -> Settings {
        let settings: Settings
        do throws(SettingsFault) { settings = try ProjectSettings(configuration).read().settings } catch { throw .settings(error) }
        return try accept(settings, configuration)
    }

    private static func watch(_ configuration: DaemonConfiguration) throws(DaemonError) -> SettingsWatch {
        do throws(SettingsFault) { return try SettingsWatch(configuration) } catch { throw .settings(error) }
    }

    /// Settings that can be kept, with what there is to say about them said.
    private static func accept(_ settings: Settings, _ configuration: DaemonConfiguration) throws(DaemonError) -> Settings {
        if let refusal = settings.sandbox.refusal { throw .sandbox(refusal) }
        for warning in settings.warnings { configuration.announce(warning) }
        if configuration.isVerbose {
            for note in settings.notes { configuration.announce(note) }
            for source in settings.sources { configuration.announce("Settings read from \(source.path) (\(source.kind.rawValue)).") }
        }
        return settings
    }

    private static func execDefaults(_ settings: Settings, _ configuration: DaemonConfiguration) -> ExecDefaults {
        var defaults = ExecDefaults()
        defaults.showsHookOutput = settings.showsHookOutput?.value ?? false
        defaults.planner = PlannerDefaults(model: settings.planModel?.value, effort: settings.planEffort?.value)
        if let limit = settings.maximumAutonomy?.value, limit < .high { defaults.maximumAutonomy = limit }
        let variable = "DROID_STREAM_JSON_TERMINAL"
        let named = configuration.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
        if let name = named ?? settings.streamJSONTerminal?.value {
            if let terminal = ExecDefaults.StreamTerminal(rawValue: name) {
                defaults.streamTerminal = terminal
            } else {
                configuration.announce("\(variable) is \"\(name)\" and has no effect: use auto, completion, result or both.")
            }
        }
        return defaults
    }

    /// `nil` when nobody wants them: neither a setting nor a caller who takes us for the original.
    private static func sessionFiles(_ settings: Settings, _ configuration: DaemonConfiguration) -> SessionFiles? {
        let name = CommandLine.arguments.first?.split(separator: "/").last
        let isTakenForDroid = name == "droid" || configuration.environment["FACTORY_DROID_BINARY"].map { !$0.isEmpty } ?? false
        guard settings.writesSessionFiles?.value ?? isTakenForDroid else { return nil }
        return SessionFiles(root: configuration.paths.factoryHome + "/sessions", announce: configuration.announce)
    }

    private static func open(_ configuration: DaemonConfiguration, _ time: SystemTime) throws(DaemonError) -> SQLiteEventLog {
        do throws(EventLogError) {
            return try SQLiteEventLog.open(at: configuration.paths.apusHome, time: time)
        } catch {
            throw .log(error)
        }
    }

    /// Pages are got by the same proxies and with the same trusted roots as models.
    private static func webSetting(_ configuration: DaemonConfiguration) -> WebSetting {
        let proxies = ProxySettings(environment: configuration.environment)
        return WebSetting(certificates: configuration.environment["SSL_CERT_FILE"]) { scheme, host, port in
            switch proxies.route(scheme: scheme, host: host, port: port) {
            case .direct: .direct
            case .unusable(let sentence): .unusable(sentence)
            case .through(let proxy):
                switch proxy.kind {
                case .http: .http(host: proxy.host, port: proxy.port, user: proxy.user, password: proxy.password)
                case .socks5: .socks(host: proxy.host, port: proxy.port)
                }
            }
        }
    }

    private static func recover(_ engine: Engine, _ configuration: DaemonConfiguration) async {
        do throws(SessionError) {
            for obstacle in try await engine.recover() { configuration.announce(obstacle.description) }
        } catch {
            // Not this run's business; the sessions concerned say so themselves when they are opened.
            configuration.announce(error.description)
        }
    }

    static func scope(of directory: String, _ configuration: DaemonConfiguration) -> WorkspaceScope {
        var temporary = ["/tmp", "/var/tmp"]
        if let own = configuration.environment["TMPDIR"], own.hasPrefix("/") { temporary.append(own) }
        let project = Project.containing(directory)
        return WorkspaceScope(
            workingDirectory: directory, projectRoot: Project.boundary(of: directory) ?? directory,
            home: configuration.paths.userHome, temporaryDirectories: temporary,
            repositoryRunsPrograms: project?.runsPrograms ?? false)
    }
}
