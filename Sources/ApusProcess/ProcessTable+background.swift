package import ApusBase
import CSandbox
import Synchronization

/// A command that runs under a keeper which may be told to outlive us.
package struct StartedCommand: Hashable, Sendable {
    /// The command's process, group and session.
    package var pid: Int32
    package var keeper: ProcessIdentity
}

extension ProcessTable {
    /// Starts a command that outlives this process, with its whole tree and a keeper that writes what it says to `output.log` in
    /// `logFolder`, a private folder that exists and has no such file. The log becomes `output.1.log` at 16 MiB, and a new one begins.
    ///
    /// Nothing survives unrecorded: the tree is let go only after `record` has returned true, and until then it dies with us.
    ///
    /// - Returns: the command, or `nil` when it was ended again because `record` returned false or the task was cancelled first.
    /// - Throws: only when nothing was run.
    ///
    /// From then on `terminateAll` and the end of this table leave it alone. It is over when its last process is gone, whichever that
    /// is; the keeper then writes to the file `end` how the command itself ended.
    package func startInBackground(
        _ request: ProcessRequest, logFolder: String, record: (StartedCommand) async -> Bool
    ) async throws(SpawnError) -> StartedCommand? {
        let path = try location.find()
        let frame = try launchFrame(request, policy: Int(APUS_POLICY_BACKGROUND), logFolder: logFolder)
        let id = loop.makeID()
        defer { loop.forget(id) }
        let news = News()
        let loop = loop
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                news.wait(for: .start, continuation)
                loop.launch(
                    ProcessLoop.Launch(
                        id: id, keeper: path, frame: frame, request: request, timeout: Self.recordLimit, output: { _ in },
                        started: { news.started($0) }, deliver: { news.ended($0) }))
            }
        } onCancel: {
            loop.interrupt(id)
        }
        if let command = news.command, await record(command) {
            await withCheckedContinuation { continuation in loop.detach(id) { continuation.resume() } }
            return command
        }
        loop.interrupt(id)
        await withCheckedContinuation { continuation in news.wait(for: .end, continuation) }
        if case .failure(let error) = news.result { throw error }
        return nil
    }

    /// How long starting and recording may take together.
    private static let recordLimit = Duration.seconds(60)
}

/// What the table's thread tells about one background command, in the order in which it happens.
private final class News: Sendable {
    enum Moment {
        case start, end
    }

    private struct State {
        var command: StartedCommand?
        var result: Result<ProcessEnd, SpawnError>?
        var waiter: (moment: Moment, continuation: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())

    var command: StartedCommand? { state.withLock { $0.command } }
    var result: Result<ProcessEnd, SpawnError>? { state.withLock { $0.result } }

    func started(_ command: StartedCommand) {
        tell { $0.command = command }
    }

    func ended(_ result: Result<ProcessEnd, SpawnError>) {
        tell { $0.result = result }
    }

    /// One waiter at a time. The end is a start that never came, too.
    func wait(for moment: Moment, _ continuation: CheckedContinuation<Void, Never>) {
        tell { $0.waiter = (moment, continuation) }
    }

    private func tell(_ change: (inout State) -> Void) {
        let ready = state.withLock { state -> CheckedContinuation<Void, Never>? in
            change(&state)
            guard let waiter = state.waiter else { return nil }
            guard state.result != nil || (waiter.moment == .start && state.command != nil) else { return nil }
            state.waiter = nil
            return waiter.continuation
        }
        ready?.resume()
    }
}
