import ApusTransport
import DroidWire
import Foundation
import Synchronization

/// Finds the daemon of this machine, or starts it (`droid.md` §2.4). Attempts of the same time are one.
///
/// A daemon is whoever listens: nothing is spoken. Looked at are the one that was found before, 37643, and the port in
/// `~/.factory/sdk/daemon.port`. If none accepts, a program is started as `<program> daemon --host 127.0.0.1 --port <port>`: that of
/// `FACTORY_DROID_BINARY`, else `apus`, else `droid`, from the `PATH`. It outlives this process; its standard error goes to
/// `~/.factory/sdk/logs/daemon-stderr.log`. `FACTORY_HOME_OVERRIDE` stands in for the home directory.
///
/// - Parameter port: In place of 37643 and of the port file.
/// - Returns: The port it listens on.
/// - Throws: ``ConnectionError`` when three attempts to start one, each up to 30 s, have failed. Always on iOS, where nothing can be started.
@discardableResult
public func ensureLocalDaemon(port: Int? = nil) async throws -> Int {
    try await LocalDaemon.shared.ensure(port)
}

/// The one search that may go on at a time, and what it found.
final class LocalDaemon: Sendable {
    private struct State {
        var found: [Int?: Int] = [:]
        var searches: [Int?: Task<Int, any Error>] = [:]
    }

    static let shared = LocalDaemon(LocalDaemonSystem.real())
    static let attempts = 3

    private let system: LocalDaemonSystem
    private let state = Mutex(State())

    init(_ system: LocalDaemonSystem) { self.system = system }

    func ensure(_ port: Int?) async throws -> Int {
        let search = state.withLock { state -> Task<Int, any Error> in
            if let running = state.searches[port] { return running }
            let known = state.found[port]
            // SAFETY: shared by all who call meanwhile, so it is nobody's child; every step of it has a time-out.
            let search = Task { [self] in
                let result = await Result.catching { try await find(port, known: known) }
                ended(port, result)
                return try result.get()
            }
            state.searches[port] = search
            return search
        }
        return try await search.value
    }

    private func ended(_ port: Int?, _ result: Result<Int, any Error>) {
        state.withLock { state in
            state.searches[port] = nil
            // What failed is tried anew by whoever comes next.
            state.found[port] = try? result.get()
        }
    }

    private func find(_ port: Int?, known: Int?) async throws -> Int {
        if let known, await system.accepts(known) { return known }
        let first = port ?? DroidProtocol.defaultPort
        if await system.accepts(first) { return first }
        if port == nil, let noted = system.notedPort(), noted != first, await system.accepts(noted) { return noted }
        var lastError: (any Error)?
        for attempt in 0..<LocalDaemon.attempts {
            do {
                // Who asked for a port wants no other.
                let candidate = attempt == 0 || port != nil ? first : try system.freePort()
                try await start(candidate)
                if port == nil { system.note(candidate) }
                return candidate
            } catch {
                lastError = error
            }
        }
        throw ConnectionError(
            "Failed to start local droid daemon after \(LocalDaemon.attempts) attempts. Ensure the `droid` CLI is installed and `droid auth login` has been run.",
            cause: lastError, execPath: system.program())
    }

    private func start(_ port: Int) async throws {
        let daemon = try system.spawn(port)
        let clock = system.clock
        let end = clock.now() + DroidTimeout.daemonStart
        while clock.now() < end {
            if await system.accepts(port) { return }
            if let code = daemon.exitCode() { throw ConnectionError("The daemon exited with code \(code) before it was ready.") }
            try await clock.sleep(DroidTimeout.daemonStartPoll)
        }
        daemon.terminate()
        throw ConnectionError("The daemon was not ready within \(DroidTimeout.daemonStart.wholeMilliseconds)ms.")
    }
}

extension Result where Failure == any Error {
    static func catching(_ body: () async throws -> Success) async -> Result {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
