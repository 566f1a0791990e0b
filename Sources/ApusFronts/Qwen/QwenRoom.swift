import ApusBase
import ApusCore
import Synchronization

/// What this process knows of one session beyond its log: who attached, and who listens.
final class QwenRoom: Sendable {
    /// How the session was ended here.
    struct Closing: Hashable {
        var by: String?
    }

    fileprivate struct State {
        /// The one that was heard of last is the last.
        var clients: [String] = []
        var closing: Closing?
        var restored: JSONValue?
        var lateVotes: [String: Int] = [:]
    }

    static let maximumClients = 1_024
    private static let maximumLateVotes = 16
    private static let maximumLateRequests = 512

    let session: SessionID
    let workspace: String
    let createdAt: Timestamp
    /// Its ids were given out by a process before this one, which nobody remembers.
    private let isOld: Bool
    /// Those who listen.
    let stage = FrameRoom<QwenMapper>()
    /// One change of the model at a time.
    let switching = Awaited(false)
    private let state = Mutex(State())

    init(_ header: SessionHeader, directory: String, isOld: Bool) {
        session = header.id
        workspace = directory
        createdAt = header.createdAt
        self.isOld = isOld
    }

    // MARK: Clients

    /// The id that came with the request when it is one of ours, or a new one.
    func attach(_ given: String?) -> String {
        state.withLock { state in
            if let given, state.find(given) { return given }
            let client = "client_" + randomUUIDText()
            state.add(client)
            return client
        }
    }

    func knows(_ client: String) -> Bool {
        state.withLock { state in
            if state.find(client) { return true }
            guard isOld, client.hasPrefix("client_"), client.utf8.count == 43 else { return false }
            state.add(client)
            return true
        }
    }

    var clientCount: Int { state.withLock { $0.clients.count } }

    // MARK: Ends

    func close(by client: String?) { state.withLock { $0.closing = Closing(by: client) } }
    var closing: Closing? { state.withLock { $0.closing } }

    // MARK: Restoring and voting

    /// What the first load answered; later ones answer the same.
    func restored(_ make: () -> JSONValue) -> JSONValue {
        if let known = state.withLock({ $0.restored }) { return known }
        let made = make()
        return state.withLock { state in
            if state.restored == nil { state.restored = made }
            return state.restored ?? made
        }
    }

    /// Whether another answer that came too late is worth a note.
    func notesLateVote(on request: String) -> Bool {
        state.withLock { state in
            if state.lateVotes[request] == nil, state.lateVotes.count >= Self.maximumLateRequests { state.lateVotes = [:] }
            let count = state.lateVotes[request, default: 0]
            state.lateVotes[request] = count + 1
            return count < Self.maximumLateVotes
        }
    }
}

extension QwenRoom.State {
    /// Whether it is one of them; from then on it is the one that was heard of last.
    fileprivate mutating func find(_ client: String) -> Bool {
        guard let index = clients.lastIndex(of: client) else { return false }
        clients.append(clients.remove(at: index))
        return true
    }

    /// The one that was silent for longest makes room.
    fileprivate mutating func add(_ client: String) {
        if clients.count >= QwenRoom.maximumClients { clients.removeFirst() }
        clients.append(client)
    }
}
