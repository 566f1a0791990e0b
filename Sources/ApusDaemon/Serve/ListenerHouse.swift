import ApusBase
import ApusEngine
import ApusFronts
import ApusServer
import DroidWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The open ports of a daemon, and what its state file tells of them.
final class ListenerHouse: Sendable {
    enum Phase: String, Sendable {
        /// Connections are accepted and wait.
        case starting
        case ready
        /// Nobody new gets in.
        case stopping
    }

    private struct Entry {
        var port: OpenPort
        /// Those for whom it is open.
        var holders: Int
    }

    private struct State {
        var entries: [Entry] = []
        var phase = Phase.starting
    }

    private let folder: DaemonFolder
    private let version: String
    private let startedAt = SystemTime().now
    private let log: DaemonLog
    /// Of this process; the tokens of ports join them.
    private let secrets: SecretValues
    private let table = ConnectionTable()
    private let state = Mutex(State())
    private let opened: AsyncStream<OpenPort>
    private let addOpened: AsyncStream<OpenPort>.Continuation
    private let identity = OptaIdentity()
    /// Given when there is something to serve.
    let fronts = OneShot<FrontMaker>()

    /// - Parameter secrets: Those of the ports join them.
    init(_ folder: DaemonFolder, version: String, log: DaemonLog, secrets: SecretValues) {
        // Before it could be shown anywhere.
        secrets.add([identity.token])
        self.folder = folder
        self.version = version
        self.log = log
        self.secrets = secrets
        // As many as are asked for over the control socket, by the owner.
        (opened, addOpened) = AsyncStream.makeStream()
    }

    /// A port that is open already, for the same and in the same way, is shared.
    func open(_ request: PortRequest) async throws(ListenerError) -> OpenPort {
        if let shared = share(request) { return shared }
        // Before anybody could show it; it stays one when the port is closed, as what a session has seen of it may be read back.
        if case .qwen(let setting) = request.kind, let token = setting.token { secrets.add([token]) }
        let port = try await opened(request)
        state.withLock { $0.entries.append(Entry(port: port, holders: 1)) }
        addOpened.yield(port)
        log.write(.info, "listening", ["url": port.listener.url, "protocol": request.kind.name])
        writeState()
        return port
    }

    private func opened(_ request: PortRequest) async throws(ListenerError) -> OpenPort {
        switch request.kind {
        case .droid:
            let listener = try await SocketListener.open(request.listener, table: table) { [self] in health }
            return OpenPort(request: request, service: .droid(listener))
        case .opta(let place): return try await opened(request, place)
        case .qwen(let setting):
            var listener = request.listener
            // Whoever is on this machine is bounded by the port's own number alone.
            if setting.isLoopback { listener.limits.unauthenticatedPerAddress = .max }
            let own = request.maximumConnections == nil ? table : ConnectionTable(limits: listener.limits)
            return OpenPort(
                request: request, service: .http(try await HTTPListener.open(listener, table: own), HTTPDoor(.qwen(setting), fronts)))
        }
    }

    private func opened(_ request: PortRequest, _ place: OptaPlace) async throws(ListenerError) -> OpenPort {
        var files: OptaFiles?
        do throws(DaemonFileError) {
            files = try place.home.map { home throws(DaemonFileError) in try OptaFiles.claim(place, in: home, identity, Redaction(secrets))
            }
        } catch {
            throw ListenerError(.files, error.description)
        }
        let listener = try await optaListener(request, place)
        do throws(DaemonFileError) {
            try files?.write(host: listener.host, port: listener.port)
        } catch {
            files?.remove()
            await listener.drain(within: .zero)
            throw ListenerError(.files, error.description)
        }
        var setting = OptaSetting(daemonID: identity.daemonID, directory: place.directory)
        setting.token = files == nil ? nil : identity.token
        setting.host = request.host
        setting.isLoopback = BindRule.isLoopback(request.host)
        setting.allowedHosts = request.allowedHosts
        setting.permissionDeadline = .milliseconds(place.permissionMilliseconds)
        setting.permissionMemory = setting.permissionDeadline
        return OpenPort(request: request, service: .http(listener, HTTPDoor(.opta(setting, files), fronts)), files: files)
    }

    /// On the port that was asked for, or one of those beside the usual one (`opta-v3.md` §1.4).
    private func optaListener(_ request: PortRequest, _ place: OptaPlace) async throws(ListenerError) -> HTTPListener {
        var setting = request.listener
        setting.limits.messageBytes = 10 << 20
        setting.limits.pongDeadline = .seconds(60)
        var occupied: [Int] = []
        for port in [request.port] + (place.takesAnotherPort ? Array(OptaPlace.otherPorts) : []) {
            setting.port = port
            do throws(ListenerError) {
                return try await HTTPListener.open(setting, table: table)
            } catch {
                guard error.reason == .inUse else { throw error }
                occupied.append(port)
            }
        }
        let list = occupied.map(String.init).joined(separator: ", ")
        throw ListenerError(.inUse, "No available daemon port found (occupied: \(list)). Choose another with --opta=PORT (0: any).")
    }

    /// Closes the port when the last one for whom it is open has gone.
    func release(_ port: OpenPort) async {
        let isLast = state.withLock { state in
            guard let index = state.entries.firstIndex(where: { $0.port.listener === port.listener }) else { return false }
            state.entries[index].holders -= 1
            guard state.entries[index].holders == 0 else { return false }
            state.entries.remove(at: index)
            return true
        }
        guard isLast else { return }
        writeState()
        await port.drain(within: .seconds(2))
        log.write(.info, "closed", ["url": port.listener.url])
    }

    /// Serves the connections of all ports until the task is cancelled.
    ///
    /// - Parameter serve: for those of the droid protocol.
    func run(_ serve: @escaping @Sendable (WebSocketConnection, _ accept: @escaping @Sendable () -> Void) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await port in opened {
                group.addTask {
                    switch port.service {
                    case .droid(let listener): await listener.run(serve)
                    case .http(let listener, let door): await listener.run(door) { self.log.write(ended: $0, $1) }
                    }
                }
            }
        }
    }

    func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

    func stopAccepting() async {
        enter(.stopping)
        for port in all { await port.listener.stopAccepting() }
    }

    /// Notes in the files that clients look at why it ends.
    ///
    /// - Parameter number: of the signal; 0 for `apus daemon stop`.
    func note(ending number: Int32) {
        let data: JSONObject = number == 0 ? [:] : ["signal": .string(number == SIGINT ? "SIGINT" : "SIGTERM")]
        for port in all { port.files?.log("info", "daemon shutting down", data) }
    }

    /// Tells those whose streams end with the daemon.
    func farewell() async {
        await withDiscardingTaskGroup { group in
            for port in all { group.addTask { await port.farewell() } }
        }
    }

    /// Says farewell to everybody.
    func drain(within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            for port in all { group.addTask { await port.drain(within: limit) } }
        }
    }

    var status: JSONValue {
        let phase = state.withLock { $0.phase }
        return [
            "running": true, "pid": .integer(Int64(getpid())), "version": .string(version), "phase": .string(phase.rawValue),
            "startedAt": .string(DroidTimestamp(millisecondsSince1970: startedAt).text),
            "uptimeSeconds": .integer(max(SystemTime().now - startedAt, 0) / 1_000), "listeners": listeners(countingConnections: true),
            "log": .string(folder.log),
        ]
    }

    /// Tells nothing that a key is needed for.
    private var health: [UInt8] {
        let phase = state.withLock { $0.phase }
        let status = phase == .ready ? "ok" : phase.rawValue
        return (["status": .string(status), "name": "apus", "version": .string(version)] as JSONValue).serializedBytes() + [0x0A]
    }

    private var all: [OpenPort] { state.withLock { $0.entries.map(\.port) } }

    private func share(_ request: PortRequest) -> OpenPort? {
        state.withLock { state in
            guard request.port != 0, let index = state.entries.firstIndex(where: { $0.port.answers(request) }) else { return nil }
            state.entries[index].holders += 1
            return state.entries[index].port
        }
    }

    private func listeners(countingConnections counts: Bool) -> JSONValue {
        .array(
            all.map { port in
                let listener = port.listener
                var object: JSONObject = [
                    "protocol": .string(port.request.kind.name), "url": .string(listener.url), "host": .string(listener.host),
                    "port": .integer(Int64(listener.port)),
                ]
                if counts { object["connections"] = .integer(Int64(listener.connectionCount)) }
                return .object(object)
            })
    }

    private func writeState() {
        let state: JSONValue = [
            "version": 1, "pid": .integer(Int64(getpid())), "startedAt": .integer(startedAt), "apusVersion": .string(version),
            "listeners": listeners(countingConnections: false),
        ]
        do throws(DaemonFileError) {
            try OwnerFile.write(state.serializedBytes() + [0x0A], to: folder.state)
        } catch {
            log.write(.warning, "the state file could not be written", ["why": error.description])
        }
    }
}
