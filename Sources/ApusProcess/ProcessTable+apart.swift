package import ApusCore

extension ProcessTable {
    package func makeID() -> CommandID { CommandID(number: loop.makeID()) }

    /// As `run`, with the two streams told apart, and with a name by which the command can be ended.
    ///
    /// What a program writes to both streams comes in the order of each, but not of both together: the kernel does not tell it.
    ///
    /// - Parameters:
    ///   - id: one that `makeID` gave, for this call alone.
    ///   - started: called once, on the table's thread, with the command's pid when the program runs; never when nothing was run.
    package func runApart(
        _ request: ProcessRequest, as id: CommandID, timeout: Duration, started: @escaping @Sendable (Int32) -> Void,
        output: @escaping @Sendable (ProcessStream, [UInt8]) -> Void
    ) async throws(SpawnError) -> ProcessEnd {
        let path = try location.find()
        let frame = try launchFrame(request, keepsErrorsApart: true)
        loop.name(id.number)
        defer { loop.forget(id.number) }
        let result: Result<ProcessEnd, SpawnError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.launch(
                    ProcessLoop.Launch(
                        id: id.number, keeper: path, frame: frame, request: request, timeout: timeout,
                        output: { output(.stdout, $0) }, errors: { output(.stderr, $0) }, started: { started($0.pid) },
                        deliver: { continuation.resume(returning: $0) }))
            }
        } onCancel: {
            loop.interrupt(id.number)
        }
        return try result.get()
    }

    /// Asks a command of `runApart` to end, which then returns `interrupted`. One that is not yet or no longer under way, or ends for another
    /// reason first, is left alone; asked twice, the earlier SIGKILL counts. Returns at once.
    package func end(_ id: CommandID, _ ending: CommandEnding) { loop.end(id.number, ending) }
}
