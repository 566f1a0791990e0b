package import ApusBase
package import ApusCore
import Synchronization

/// The commands that clients run in sessions (``ProcessDesk``), each under a keeper that dies with us.
package final class CommandDesk: ProcessDesk {
    /// What the desk needs of the house.
    package struct Services: Sendable {
        /// The process that a command is to be, with its environment and its wall; throws for what may not run.
        package var prepare: @Sendable (ProcessCommand, _ words: [String]) async throws(ProcessDeskError) -> ProcessRequest
        /// Keeps a session open as long as `body` takes. Throws when it cannot be opened; then `body` has not run.
        package var hold: @Sendable (SessionID, _ body: @concurrent @Sendable () async -> Void) async throws(ProcessDeskError) -> Void
        /// Commits a notice to a session's log. A sentence when that failed.
        package var note: @Sendable (SessionNotice, SessionID) async -> String?
        package var time: any TimeSource
        /// From the command to its program's start, told in the log; after it nobody waits any more, and what was begun is ended.
        package var startLimit = Duration.seconds(10)
        /// Known secrets never become output.
        package var redaction: Redaction

        package init(
            prepare: @escaping @Sendable (ProcessCommand, _ words: [String]) async throws(ProcessDeskError) -> ProcessRequest,
            hold: @escaping @Sendable (SessionID, _ body: @concurrent @Sendable () async -> Void) async throws(ProcessDeskError) -> Void,
            note: @escaping @Sendable (SessionNotice, SessionID) async -> String?, time: any TimeSource, redaction: Redaction = .none
        ) {
            self.prepare = prepare
            self.hold = hold
            self.note = note
            self.time = time
            self.redaction = redaction
        }
    }

    struct Entry {
        var process: SessionProcess
        let command: CommandID
        let tail: ProcessTail
        let memory: Duration
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Those that are being started and are no entries yet.
        var starting: Set<CommandID> = []
        var isClosing = false
        var hasEnded = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// From SIGTERM to SIGKILL (`opta-v3.md` §2.5).
    static let timeoutGrace = Duration.seconds(3)
    private static let killGrace = Duration.seconds(5)
    private static let closingGrace = Duration.milliseconds(500)
    /// Of all sessions; the oldest is forgotten first.
    private static let maximumFinished = 64

    let processes: ProcessTable
    let services: Services
    private let state = Mutex(State())
    private let jobs: AsyncStream<CommandJob>
    private let addJob: AsyncStream<CommandJob>.Continuation

    package init(processes: ProcessTable, services: Services) {
        self.processes = processes
        self.services = services
        // As many as may run at the same time.
        (jobs, addJob) = AsyncStream.makeStream()
    }

    /// Runs what is started, until `shutDown`. Nothing starts before it was called.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs { group.addTask { await job.run(on: self) } }
        }
        let waiters = state.withLock { state in
            state.hasEnded = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends everything, and returns when `run` is about to return: all processes are gone, within two seconds, and the logs say so.
    package func shutDown() async {
        let running = state.withLock { state in
            state.isClosing = true
            return state.entries.values.filter { $0.process.state == .running }.map(\.command)
        }
        for command in running { processes.end(command, CommandEnding(.terminate, grace: Self.closingGrace)) }
        addJob.finish()
        await withCheckedContinuation { continuation in
            let hasEnded = state.withLock { state in
                if !state.hasEnded { state.waiters.append(continuation) }
                return state.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: ProcessDesk

    package func start(_ command: ProcessCommand) async throws(ProcessDeskError) -> SessionProcess {
        let words: [String]
        do throws(CommandWords.Fault) { words = try CommandWords.split(command.command) } catch { throw .badCommand(error.description) }
        // Before a place is taken: a folder that hangs keeps nobody else from starting something.
        var request = try await services.prepare(command, words)
        request.terminationGrace = Self.timeoutGrace
        let id = processes.makeID()
        try reserve(id, atMost: command.bounds.maximumRunning)
        defer {
            state.withLock { state in
                state.starting.remove(id)
                return
            }
        }
        let job = CommandJob(command, request, as: id, self)
        if case .enqueued = addJob.yield(job) {} else { job.answer.give(.failure(.closing)) }
        let answer = await withTaskCancellationHandler {
            await job.answer.given()
        } onCancel: {
            job.giveUp(on: self, "The command was given up before it had started: nobody waited for it any more.")
        }
        return try answer.get()
    }

    package func processes(of session: SessionID?) -> [SessionProcess] {
        let all = state.withLock { state in
            forget(&state)
            return state.entries.values.map(\.process)
        }
        return all.filter { session == nil || $0.session == session }.sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
    }

    package func output(of process: String, after seq: Int, limit: Int, stream: ProcessStream?) -> ProcessPage? {
        let entry = state.withLock { state in
            forget(&state)
            return state.entries[process]
        }
        guard let entry else { return nil }
        let page = entry.tail.page(after: seq, limit: limit, stream: stream)
        return ProcessPage(process: entry.process, chunks: page.chunks, hasMore: page.hasMore)
    }

    package func kill(_ process: String, with signal: ProcessSignal) -> Bool {
        let running = state.withLock { state in state.entries[process].flatMap { $0.process.state == .running ? $0.command : nil } }
        guard let running else { return false }
        processes.end(running, CommandEnding(signal, grace: Self.killGrace))
        return true
    }

    package func endAll(of session: SessionID) {
        for process in processes(of: session) { _ = kill(process.id, with: .terminate) }
    }

    // MARK: What jobs tell

    func began(_ process: SessionProcess, as command: CommandID, _ tail: ProcessTail, memory: Duration) {
        let isTooLate = state.withLock { state in
            state.starting.remove(command)
            state.entries[process.id] = Entry(process: process, command: command, tail: tail, memory: memory)
            return state.isClosing
        }
        if isTooLate { processes.end(command, CommandEnding(.terminate, grace: Self.closingGrace)) }
    }

    func ended(_ process: SessionProcess) {
        state.withLock { state in
            state.entries[process.id]?.process = process
            forget(&state)
        }
    }

    func drop(_ process: String) {
        state.withLock { state in
            state.entries[process] = nil
            return
        }
    }

    // MARK: -

    private func reserve(_ id: CommandID, atMost limit: Int) throws(ProcessDeskError) {
        let refusal = state.withLock { state -> ProcessDeskError? in
            if state.isClosing { return .closing }
            let running = state.entries.values.count { $0.process.state == .running }
            if running + state.starting.count >= limit { return .tooMany(limit: limit) }
            state.starting.insert(id)
            return nil
        }
        if let refusal { throw refusal }
    }

    private func forget(_ state: inout State) {
        let now = services.time.now
        let finished = state.entries.values.compactMap { entry in entry.process.endedAt.map { (entry, $0) } }.sorted { $0.1 < $1.1 }
        for (place, (entry, end)) in finished.enumerated() {
            let age = Duration.milliseconds(now - end)
            if age >= entry.memory || finished.count - place > Self.maximumFinished { state.entries[entry.process.id] = nil }
        }
    }
}
