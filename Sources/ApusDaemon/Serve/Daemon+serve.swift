import ApusBase
import ApusEngine
import ApusFronts
import ApusServer
import ApusSettings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Daemon {
    /// A server in the foreground: owns the home and serves clients until `stop` says otherwise, or attaches to the daemon that owns
    /// it. Returns the exit code: 0 after a clean end, 1 when it could not begin or go on, 2 when what it was told is not safe.
    ///
    /// The listener is open before the store is: what comes meanwhile waits. On the way out nobody new gets in, turns end or are kept
    /// for a later daemon, clients are told, and then the connections are closed.
    package static func serve(_ configuration: DaemonConfiguration, _ setting: ServeSetting, stop: AsyncStream<Int32>) async -> Int32 {
        if let refusal = setting.refusal {
            configuration.announce(refusal)
            return 2
        }
        let folder = DaemonFolder(home: configuration.paths.apusHome)
        let stopping = OneShot<Int32>()
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await number in stop {
                    stopping.give(number)
                    break
                }
            }
            defer { group.cancelAll() }
            do throws(DaemonFileError) {
                try folder.make()
                let attachment = Attachment(folder: folder, setting: setting, stopping: stopping, announce: configuration.announce)
                while true {
                    if let lock = try InstanceLock.take(folder) {
                        let code = await own(configuration, setting, folder, stopping)
                        _ = consume lock
                        return code
                    }
                    if case .ended(let code) = await attachment.run() { return code }
                }
            } catch {
                configuration.announce(error.description)
                return 1
            }
        }
    }

    private static func own(
        _ given: DaemonConfiguration, _ setting: ServeSetting, _ folder: DaemonFolder, _ stopping: OneShot<Int32>
    ) async -> Int32 {
        do {
            // Before anybody could connect: what is broken now would end the daemon at once.
            var quiet = given
            quiet.announce = { _ in }
            let settings = try Self.settings(quiet)
            let keys = KeyFile(folder)
            let secrets = KnownSecrets.values(given, settings)
            let log = try DaemonLog(folder.log, redaction: Redaction(secrets))
            let house = ListenerHouse(folder, version: setting.version, log: log, secrets: secrets)
            var opened: [OpenPort] = []
            let control: ControlListener
            do {
                for port in setting.ports { opened.append(try await house.open(port)) }
                _ = try keys.localSecret()
                control = try await ControlListener.open(at: folder.controlAddress())
            } catch {
                // What the first of them have left for clients.
                await house.drain(within: .zero)
                throw error
            }
            for port in opened { setting.ready(port.request, port.listener.url, port.listener.port) }
            var configuration = given
            configuration.ownFolders = opened.compactMap { $0.files?.folder.path }
            configuration.keepsTurns = true
            configuration.announce = { sentence in
                log.write(.warning, "notice", ["text": sentence])
                given.announce(sentence)
            }
            let code = await serve(configuration, setting, house, control, keys, log, stopping)
            for path in [folder.state, folder.control] { unlink(path) }
            log.write(.info, "ended", ["code": "\(code)"])
            return code
        } catch {
            given.announce("\(error)")
            return 1
        }
    }

    private static func serve(
        _ configuration: DaemonConfiguration, _ setting: ServeSetting, _ house: ListenerHouse, _ control: ControlListener,
        _ keys: KeyFile, _ log: DaemonLog, _ stopping: OneShot<Int32>
    ) async -> Int32 {
        let ring = KeyRing(keys, environmentKey: configuration.environment[KeyFile.environmentName], complain: configuration.announce)
        let door = FrontDoor(keys: ring, limits: ListenerLimits(), log: log)
        let desk = ControlDesk(house: house, log: log, stopping: stopping)
        log.write(.info, "started", ["pid": "\(getpid())", "version": setting.version])
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await ring.run() }
            group.addTask { await control.run { await desk.serve($0) } }
            group.addTask { await house.run { await door.serve($0, accept: $1) } }
            var code: Int32 = 0
            do throws(DaemonError) {
                let goodbye: @Sendable () async -> Void = {
                    await door.farewell()
                    await house.drain(within: .seconds(2))
                }
                let answers = House(
                    configuration: configuration, folder: DaemonFolder(home: configuration.paths.apusHome), version: setting.version
                ) { house.status }
                try await withServices(configuration, whenShutDown: goodbye) { services in
                    var services = services
                    services.clients?.house = answers
                    door.open(services, version: setting.version)
                    house.fronts.give(Self.frontMaker(services, ring, log, version: setting.version))
                    house.enter(.ready)
                    let number = await stopping.wait() ?? 0
                    log.write(.info, "stopping")
                    house.note(ending: number)
                    door.stop()
                    await house.stopAccepting()
                    await house.farewell()
                }
            } catch {
                configuration.announce(error.description)
                await house.drain(within: .seconds(2))
                code = 1
            }
            // The lock is given up right behind this; who waits for the end waits for the lock.
            desk.ended.give(true)
            group.cancelAll()
            return code
        }
    }

    private static func frontMaker(_ services: FrontServices, _ keys: KeyRing, _ log: DaemonLog, version: String) -> FrontMaker {
        { setting in
            guard let clients = services.clients else { return nil }
            switch setting {
            case .qwen(let setting):
                return QwenFront(clients, setting: setting, access: .keys(keys), version: version) { log.write($0, of: "qwen") }
            case .opta(let setting, let files):
                return OptaFront(clients, setting: setting, access: .keys(keys), version: version) { remark in
                    log.write(remark, of: "opta")
                    files?.log(remark)
                }
            }
        }
    }
}

extension DaemonLog {
    /// - Parameter name: of the protocol.
    fileprivate func write(_ remark: FrontRemark, of name: String) {
        switch remark {
        case .note(let text): write(.info, name, ["text": text])
        case .failed(let text): write(.error, "a \(name) request failed", ["text": text])
        case .keyRefused(let digest, let peer):
            write(
                .warning, "a key was refused",
                ["sha256": digest, "peer": peer, "advice": "make a key for this client with `apus keys add`"])
        }
    }
}
