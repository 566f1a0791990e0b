import ApusCore
package import ApusFronts
import Synchronization

/// The keys of a running daemon: those of the files, read anew when they change, and the one of its environment.
///
/// A secret is found by its hash, so that the time of a look-up tells nothing about how near a guess was.
package final class KeyRing: Credentials {
    private struct State {
        var mark: [FileStamp?] = []
        /// By digest.
        var clients: [String: ClientIdentity] = [:]
        var nextWaiter = 0
        var waiters: [Int: (name: String, digest: String, CheckedContinuation<Void, Never>)] = [:]
    }

    private let file: KeyFile
    private let environmentDigest: String?
    private let complain: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// How often the files are looked at while somebody waits for a revocation, which is promised within a second.
    private static let interval = Duration.milliseconds(300)

    /// - Parameters:
    ///   - environmentKey: `FACTORY_API_KEY` at the start; the empty one is none.
    ///   - complain: told what is wrong with a file; no secret in it.
    package init(_ file: KeyFile, environmentKey: String?, complain: @escaping @Sendable (String) -> Void) {
        self.file = file
        environmentDigest = environmentKey.flatMap { $0.isEmpty ? nil : APIKey.digest(of: $0) }
        self.complain = complain
    }

    package func client(for secret: String) async -> ClientIdentity? {
        refresh()
        let digest = APIKey.digest(of: secret)
        return state.withLock { $0.clients[digest] }
    }

    package func revocation(of name: String) async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isNow = state.withLock { state in
                    guard !Task.isCancelled, let digest = state.clients.first(where: { $0.value.name == name })?.key else { return true }
                    state.waiters[id] = (name, digest, continuation)
                    return false
                }
                if isNow { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.2.resume()
        }
    }

    /// Looks after the files until the task is cancelled.
    package func run() async {
        // Cancelled: nobody waits any more.
        while (try? await Task.sleep(for: Self.interval)) != nil {
            if state.withLock({ !$0.waiters.isEmpty }) { refresh() }
        }
    }

    /// Reads the files if they have changed, and lets go who waits for a key that is gone, or has another secret under its name.
    private func refresh() {
        let mark = file.mark()
        if state.withLock({ $0.mark == mark && !$0.mark.isEmpty }) { return }
        let clients = read()
        let gone = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.mark = mark
            state.clients = clients
            let gone = state.waiters.filter { clients[$0.value.digest] == nil }
            for id in gone.keys { state.waiters[id] = nil }
            return gone.values.map(\.2)
        }
        for waiter in gone { waiter.resume() }
    }

    /// A file that cannot be understood has no keys: what was revoked must not come back by a fault.
    private func read() -> [String: ClientIdentity] {
        var clients: [String: ClientIdentity] = [:]
        do throws(DaemonFileError) {
            for record in try file.records() { clients[record.digest] = ClientIdentity(name: record.name, scopes: record.scopes) }
        } catch {
            complain(error.description)
        }
        do throws(DaemonFileError) {
            if let secret = try file.localSecretIfThere() { clients[APIKey.digest(of: secret)] = full(KeyFile.localName) }
        } catch {
            complain(error.description)
        }
        if let environmentDigest { clients[environmentDigest] = full(KeyFile.environmentName) }
        return clients
    }

    private func full(_ name: String) -> ClientIdentity { ClientIdentity(name: name, scopes: Set(ClientScope.allCases)) }
}
