import ApusBase
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
        var listener: SocketListener
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
    private let opened: AsyncStream<SocketListener>
    private let addOpened: AsyncStream<SocketListener>.Continuation

    init(_ folder: DaemonFolder, version: String, log: DaemonLog) {
        self.folder = folder
        self.version = version
        self.log = log
        // As many as are asked for over the control socket, by the owner.
        (opened, addOpened) = AsyncStream.makeStream()
    }

    /// A port that is open already is shared.
    func open(_ setting: ListenerSetting) async throws(ListenerError) -> SocketListener {
        if let shared = share(setting) { return shared }
        let listener = try await SocketListener.open(setting, table: table) { [self] in health }
        state.withLock { $0.entries.append(Entry(listener: listener, holders: 1)) }
        addOpened.yield(listener)
        log.write(.info, "listening", ["url": listener.url])
        writeState()
        return listener
    }

    /// Closes the port when the last one for whom it is open has gone.
    func release(_ listener: SocketListener) async {
        let isLast = state.withLock { state in
            guard let index = state.entries.firstIndex(where: { $0.listener === listener }) else { return false }
            state.entries[index].holders -= 1
            guard state.entries[index].holders == 0 else { return false }
            state.entries.remove(at: index)
            return true
        }
        guard isLast else { return }
        writeState()
        await listener.drain(within: .seconds(2))
        log.write(.info, "closed", ["url": listener.url])
    }

    /// Serves the connections of all ports until the task is cancelled.
    func run(_ serve: @escaping @Sendable (WebSocketConnection, _ accept: @escaping @Sendable () -> Void) async -> Void) async {
        await withDiscardingTaskGroup { group in
            for await listener in opened { group.addTask { await listener.run(serve) } }
        }
    }

    func enter(_ phase: Phase) { state.withLock { $0.phase = phase } }

    func stopAccepting() async {
        enter(.stopping)
        for listener in all { await listener.stopAccepting() }
    }

    /// Says farewell to everybody.
    func drain(within limit: Duration) async {
        await withDiscardingTaskGroup { group in
            for listener in all { group.addTask { await listener.drain(within: limit) } }
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

    private var all: [SocketListener] { state.withLock { $0.entries.map(\.listener) } }

    private func share(_ setting: ListenerSetting) -> SocketListener? {
        state.withLock { state in
            guard setting.port != 0,
                let index = state.entries.firstIndex(where: {
                    $0.listener.host == setting.host && $0.listener.port == setting.port && $0.listener.isSecure == (setting.tls != nil)
                })
            else { return nil }
            state.entries[index].holders += 1
            return state.entries[index].listener
        }
    }

    private func listeners(countingConnections counts: Bool) -> JSONValue {
        .array(
            all.map { listener in
                var object: JSONObject = [
                    "url": .string(listener.url), "host": .string(listener.host), "port": .integer(Int64(listener.port)),
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
