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
    private let table = ConnectionTable()
    private let state = Mutex(State())
    private let opened: AsyncStream<OpenPort>
    private let addOpened: AsyncStream<OpenPort>.Continuation
    /// Given when there is something to serve.
    let qwen = OneShot<QwenMaker>()

    init(_ folder: DaemonFolder, version: String, log: DaemonLog) {
        self.folder = folder
        self.version = version
        self.log = log
        // As many as are asked for over the control socket, by the owner.
        (opened, addOpened) = AsyncStream.makeStream()
    }

    /// A port that is open already, for the same and in the same way, is shared.
    func open(_ request: PortRequest) async throws(ListenerError) -> OpenPort {
        if let shared = share(request) { return shared }
        let port = OpenPort(request: request, service: try await service(for: request))
        state.withLock { $0.entries.append(Entry(port: port, holders: 1)) }
        addOpened.yield(port)
        log.write(.info, "listening", ["url": port.listener.url, "protocol": request.kind.name])
        writeState()
        return port
    }

    private func service(for request: PortRequest) async throws(ListenerError) -> OpenPort.Service {
        switch request.kind {
        case .droid: return .droid(try await SocketListener.open(request.listener, table: table) { [self] in health })
        case .qwen(let setting):
            var listener = request.listener
            // Whoever is on this machine is bounded by the port's own number alone.
            if setting.isLoopback { listener.limits.unauthenticatedPerAddress = .max }
            let own = request.maximumConnections == nil ? table : ConnectionTable(limits: listener.limits)
            return .qwen(try await HTTPListener.open(listener, table: own), QwenDoor(setting, qwen))
        }
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
                    case .qwen(let listener, let door): await listener.run(door)
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
