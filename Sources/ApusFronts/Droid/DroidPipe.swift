import ApusBase
package import ApusCore
import DroidWire

/// The protocol over the two ends of a pipe: one process, one client, one session at a time (`droid-exec.md` §2.5).
package struct DroidPipe: Sendable {
    /// The session that is the current one before the client has asked for any.
    package enum Start: Hashable, Sendable {
        case none
        /// A whole id, or the beginning of one.
        case load(String)
        case fork(String)
    }

    private let services: FrontServices
    private let version: String
    private let defaults: SessionSettings
    private let start: Start
    private let log: @Sendable (String) -> Void

    /// - Parameter defaults: What the command line says of every new session; the client's own wishes come behind.
    package init(
        _ services: FrontServices, version: String, defaults: SessionSettings, start: Start,
        log: @escaping @Sendable (String) -> Void
    ) {
        self.services = services
        self.version = version
        self.defaults = defaults
        self.start = start
        self.log = log
    }

    /// Serves until the lines end, which is how a client says goodbye, or a signal comes: then a running turn is ended and told. Returns
    /// the exit code.
    package func run(
        _ lines: some AsyncSequence<[UInt8], Never> & Sendable, to sink: any FrameSink, stop: AsyncStream<Int32>
    ) async -> Int32 {
        guard let clients = services.clients else {
            log("This command has no services for clients that stay.")
            return 1
        }
        let front = DroidFront(clients, version: version, log: log, defaults: defaults)
        let connection = DroidConnection(front, family: .exec, access: .open(.local))
        do throws(SessionError) {
            if let session = try await firstSession() { connection.open(session) }
        } catch {
            log(error.description)
            return 1
        }
        return await withTaskGroup(of: Int32?.self) { group in
            group.addTask {
                await connection.run(lines, to: sink)
                return nil
            }
            group.addTask {
                for await number in stop {
                    await connection.conclude()
                    connection.end()
                    return number
                }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first.map { 128 + $0 } ?? 0
        }
    }

    private func firstSession() async throws(SessionError) -> SessionID? {
        switch start {
        case .none: return nil
        case .load(let name):
            let session = try await find(name)
            _ = try await services.sessions.open(session)
            return session
        case .fork(let name): return try await services.sessions.fork(try await find(name))
        }
    }

    /// As on the command line: a beginning of at least eight characters that only one session has will do.
    private func find(_ name: String) async throws(SessionError) -> SessionID {
        let candidates: [SessionSummary]
        do { candidates = try await services.index.sessions(withPrefix: name, limit: 2) } catch { throw .log(error) }
        guard name.count >= 8, candidates.count == 1, let only = candidates.first else { return SessionID(name) }
        return only.header.id
    }
}

extension DroidConnection {
    /// Makes a session the current one, as a load would that nobody is answered.
    func open(_ session: SessionID) {
        start {
            do throws(DroidFailure) {
                await (try await self.makeCurrent(session)).begin()
            } catch {
                self.front.log("Session \(session) could not be opened: \(error)")
            }
        }
    }
}
