/// Runs commands, each under a keeper of its own, and knows which are running.
///
/// Every command ends with its whole tree: when it ends by itself, when its time is over, when the Swift task that runs it is
/// cancelled, and when this process dies in any way, `kill -9` included; double forks and `setsid` do not escape. The exception are
/// those that are started to outlive us (`startInBackground`). Callable from
/// anywhere; one table per process is enough, for any number of commands. Releasing the table ends its thread.
package final class ProcessTable: Sendable {
    let location: KeeperLocation
    let loop = ProcessLoop()

    package init(keeper: KeeperLocation) {
        location = keeper
    }

    deinit {
        loop.stop()
    }

    /// Commands that have started and whose trees are not yet gone, oldest first. One that resists SIGKILL stays listed after
    /// its `run` has returned.
    package var running: [RunningProcess] { loop.running }

    /// Runs one command and returns when it is over and its tree is gone.
    ///
    /// - Parameters:
    ///   - timeout: how long the command may run; after it SIGTERM, the request's grace, SIGKILL to the tree.
    ///   - output: gets stdout and stderr as one stream, in the order in which the command wrote it, in pieces of at most
    ///     64 KiB, one call at a time and none after `run` has returned. It is called on the table's only thread: it must be
    ///     quick and may not wait, or every command waits. A command that writes faster than this is called is slowed, never cut.
    ///   - wall: hears once, on the same thread, which layers of the wall stand, when the request has a confinement.
    /// - Returns: how the command ended. A code other than 0 is not an error here. What the command itself wrote before it
    ///   ended has been delivered; descendants that outlive it are killed, not waited for.
    /// - Throws: only when nothing was run.
    ///
    /// Cancelling the task has the effect of a time-out and returns `interrupted`, at most the grace and a second later. If the
    /// tree has not gone by then (a process that sleeps in the kernel, or belongs to another user), the status is `unknown` and
    /// the keeper goes on trying.
    package func run(
        _ request: ProcessRequest,
        timeout: Duration,
        wall: @escaping @Sendable (WallReport) -> Void = { _ in },
        output: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(SpawnError) -> ProcessEnd {
        let path = try location.find()
        let frame = try launchFrame(request)
        let id = loop.makeID()
        defer { loop.forget(id) }
        let result: Result<ProcessEnd, SpawnError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.launch(
                    ProcessLoop.Launch(
                        id: id, keeper: path, frame: frame, request: request, timeout: timeout, output: output, wall: wall,
                        deliver: { continuation.resume(returning: $0) }
                    )
                )
            }
        } onCancel: {
            loop.interrupt(id)
        }
        return try result.get()
    }

    /// Ends every running command: SIGTERM now, SIGKILL to the trees after three quarters of `limit` or the command's own grace,
    /// whichever is shorter. Returns when all are gone, at the latest after `limit`; cancellation does not shorten it. Their `run`
    /// calls return `interrupted`. Commands started meanwhile are waited for but not ended: stop starting first.
    package func terminateAll(within limit: Duration) async {
        let limit = min(max(limit, .zero), .seconds(3600))
        let until = ContinuousClock.now + limit
        await withCheckedContinuation { continuation in
            loop.interruptAll(grace: limit * 3 / 4, until: until) { continuation.resume() }
        }
    }
}
