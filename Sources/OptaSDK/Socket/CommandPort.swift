import ApusTransport
import Synchronization

/// Sends commands over the socket of a session, one at a time: acks and errors say not which command they answer (`opta-v3.md` §3.6), so
/// that there is one they can mean.
final class CommandPort: Sendable {
    /// What came of a command.
    enum Outcome: Sendable {
        case ack(JSON)
        case refused(String, JSON)
        /// There is no socket; nothing was sent.
        case notSent
        /// The socket was lost before the answer; the command may have had its effect.
        case lost
    }

    private struct Command {
        var id: Int
        var action: String
        var bytes: [UInt8]
        /// `nil` when nobody waits any more; the answer is still due.
        var waiting: Latch<Outcome>?
        /// Only the first one may be on its way.
        var isSent = false
    }

    private struct State {
        var isOpen = false
        /// The others wait for the answer to the first one.
        var commands: [Command] = []
        var nextID = 0
        /// Whether new commands go another way, so that this socket can be given up.
        var isDraining = false

        var isIdle: Bool { commands.allSatisfy { $0.waiting == nil } }
    }

    private let state = Mutex(State())
    private let idle = Latch<Void>()
    /// There may be something to send.
    private let ready = Latch<Void>()

    /// There is a socket, on which ``send(on:)`` is going to send.
    func attach() {
        state.withLock {
            $0.isOpen = true
            $0.isDraining = false
        }
        _ = idle.take()
    }

    /// The socket is gone.
    func detach() {
        let commands = state.withLock { state -> [Command] in
            defer { state.commands = [] }
            state.isOpen = false
            return state.commands
        }
        for command in commands { command.waiting?.say(command.isSent ? .lost : .notSent) }
    }

    /// Lets what is on its way be answered and takes nothing new.
    func drain() async {
        let isIdle = state.withLock { state -> Bool in
            state.isDraining = true
            return state.isIdle
        }
        if !isIdle { await idle.wait() }
    }

    /// Sends commands as they come, each after the answer to the one before, until the task is cancelled. It is the socket's task and not that of
    /// whoever asks, who may go in the middle of it: what was begun is sent as a whole, and its answer is due.
    func send(on link: any SocketLink) async throws(TransportError) {
        while !Task.isCancelled {
            let bytes = state.withLock { state -> [UInt8]? in
                guard let first = state.commands.first, !first.isSent else { return nil }
                state.commands[0].isSent = true
                return first.bytes
            }
            if let bytes {
                try await link.send(bytes)
            } else {
                await ready.wait()
                _ = ready.take()
            }
        }
    }

    /// Waits for the answer, or for the end of the task.
    func run(_ action: String, _ message: JSON) async throws -> Outcome {
        let answer = Latch<Outcome>()
        let id = state.withLock { state -> Int? in
            guard state.isOpen, !state.isDraining else { return nil }
            state.nextID += 1
            state.commands.append(
                Command(id: state.nextID, action: action, bytes: Array(message.text.utf8), waiting: answer))
            return state.nextID
        }
        guard let id else { return .notSent }
        ready.say(())
        await answer.wait()
        if let outcome = answer.take() { return outcome }
        forget(id)
        throw CancellationError()
    }

    /// An ack of the socket, or an error, for the command on its way.
    ///
    /// - Parameter action: What an ack is for; `nil` is an error.
    func answered(_ action: String?, _ outcome: Outcome) {
        let (waiting, isIdle) = state.withLock { state -> (Latch<Outcome>?, Bool) in
            guard let first = state.commands.first, first.isSent, action == nil || action == first.action else { return (nil, false) }
            state.commands.removeFirst()
            return (first.waiting, state.isIdle)
        }
        waiting?.say(outcome)
        if isIdle { idle.say(()) }
        ready.say(())
    }

    /// Whoever asked has gone: a command that waits is not sent any more, for one on its way the answer is not handed on.
    private func forget(_ id: Int) {
        let isIdle = state.withLock { state -> Bool in
            guard let index = state.commands.firstIndex(where: { $0.id == id }) else { return state.isIdle }
            if state.commands[index].isSent { state.commands[index].waiting = nil } else { state.commands.remove(at: index) }
            return state.isIdle
        }
        if isIdle { idle.say(()) }
    }
}
