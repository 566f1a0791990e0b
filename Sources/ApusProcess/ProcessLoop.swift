import CSandbox
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one thread of a `ProcessTable`: it starts keepers, reads their output and reports, keeps deadlines and reaps.
///
/// Starting and waiting for processes blocks, and Swift's cooperative threads may not, so all of it happens here; one thread
/// waits for any number of children. It starts with the first command and ends after `stop`, once the last keeper is gone.
///
/// Ownership: this object is the mailbox, shared and guarded by one lock. Everything else (`LoopBody`: channels, states,
/// sinks) belongs to the thread alone. The thread keeps the mailbox alive, never the table.
final class ProcessLoop: Sendable {
    struct Launch: Sendable {
        let id: UInt64
        let keeper: String
        let frame: [UInt8]
        let request: ProcessRequest
        let timeout: Duration
        let output: @Sendable ([UInt8]) -> Void
        /// Gets stderr, which otherwise comes with the output; the frame must say the same.
        var errors: (@Sendable ([UInt8]) -> Void)?
        /// Called once, before `deliver`, when the program runs.
        var started: @Sendable (StartedCommand) -> Void = { _ in }
        /// Called once, before `started` and before a failure of the start, when the request has a confinement.
        var wall: @Sendable (WallReport) -> Void = { _ in }
        let deliver: @Sendable (Result<ProcessEnd, SpawnError>) -> Void
    }

    enum Message: Sendable {
        case launch(Launch)
        case interrupt(UInt64)
        case end(UInt64, CommandEnding)
        case detach(UInt64, done: @Sendable () -> Void)
        case interruptAll(grace: Duration, until: ContinuousClock.Instant, done: @Sendable () -> Void)
        case stop
    }

    private struct State {
        var messages: [Message] = []
        /// The write end that wakes the thread; -1 while there is none.
        var wake: Int32 = -1
        var lastID: UInt64 = 0
        var interrupted: Set<UInt64> = []
        /// Those that can be ended by their name.
        var named: Set<UInt64> = []
        var running: [UInt64: RunningProcess] = [:]
    }

    private let state = Mutex(State())

    var running: [RunningProcess] {
        state.withLock { $0.running.values.sorted { $0.started < $1.started } }
    }

    func makeID() -> UInt64 {
        state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
    }

    /// Delivers a result through the launch, sooner or later, in every case.
    func launch(_ launch: Launch) {
        let failure = state.withLock { state -> SpawnError? in
            if state.wake < 0, let failure = startThread(&state) { return failure }
            post(.launch(launch), &state)
            return nil
        }
        if let failure { launch.deliver(.failure(failure)) }
    }

    /// Remembered even before the launch has been seen: a task may be cancelled while it is being started.
    func interrupt(_ id: UInt64) {
        state.withLock { state in
            state.interrupted.insert(id)
            post(.interrupt(id), &state)
        }
    }

    /// From here on a command may be ended by its name, until it is forgotten.
    func name(_ id: UInt64) {
        state.withLock { state in
            state.named.insert(id)
            return
        }
    }

    /// As `interrupt`, in a way of the caller's. A command that is not under way is left alone, and not remembered.
    func end(_ id: UInt64, _ ending: CommandEnding) {
        state.withLock { state in
            guard state.named.contains(id) else { return }
            state.interrupted.insert(id)
            post(.end(id, ending), &state)
        }
    }

    /// Lets a background command go; `done` is called when its keeper has heard of it or is gone.
    func detach(_ id: UInt64, done: @escaping @Sendable () -> Void) {
        let isIdle = state.withLock { state in
            post(.detach(id, done: done), &state)
            return state.wake < 0
        }
        if isIdle { done() }
    }

    /// To be called once the launch has delivered.
    func forget(_ id: UInt64) {
        state.withLock { state in
            state.interrupted.remove(id)
            state.named.remove(id)
            return
        }
    }

    /// Calls `done` when no child is left, at the latest at `until`.
    func interruptAll(grace: Duration, until: ContinuousClock.Instant, done: @escaping @Sendable () -> Void) {
        let isIdle = state.withLock { state in
            post(.interruptAll(grace: grace, until: until, done: done), &state)
            return state.wake < 0
        }
        if isIdle { done() }
    }

    func stop() {
        state.withLock { post(.stop, &$0) }
    }

    /// Without a thread there is nothing that a message could concern.
    private func post(_ message: Message, _ state: inout State) {
        guard state.wake >= 0 else { return }
        state.messages.append(message)
        // A full pipe already holds a wake-up, so a refused byte is no loss. The lock keeps the descriptor open meanwhile.
        var byte: UInt8 = 1
        _ = write(state.wake, &byte, 1)
    }

    private func startThread(_ state: inout State) -> SpawnError? {
        var ends: [Int32] = [-1, -1]
        let code = apus_open_wake_pipe(&ends)
        guard code == 0 else { return .resources(call: "a pipe for the process table", errno: code) }
        // SAFETY: the reference is retained here and taken over by the thread, which is the only one to release it. What the
        // thread touches besides this mailbox is made on it and never leaves it.
        let context = Unmanaged.passRetained(ThreadStart(loop: self, wake: ends[0]))
        #if os(Linux)
            var thread = pthread_t()
        #else
            var thread: pthread_t?
        #endif
        let started = pthread_create(&thread, nil, runLoopThread, context.toOpaque())
        guard started == 0 else {
            context.release()
            close(ends[0])
            close(ends[1])
            return .resources(call: "a thread for the process table", errno: started)
        }
        #if os(Linux)
            pthread_detach(thread)
        #else
            if let thread { pthread_detach(thread) }
        #endif
        state.wake = ends[1]
        return nil
    }
}

// What the thread itself calls.
extension ProcessLoop {
    func takeMessages() -> [Message] {
        state.withLock { state in
            defer { state.messages.removeAll() }
            return state.messages
        }
    }

    func isInterrupted(_ id: UInt64) -> Bool {
        state.withLock { $0.interrupted.contains(id) }
    }

    func publish(_ process: RunningProcess?, for id: UInt64) {
        state.withLock { $0.running[id] = process }
    }

    /// The thread is about to end. False when a message came first; the thread must then go on.
    func closeWakePipe() -> Bool {
        state.withLock { state in
            guard state.messages.isEmpty else { return false }
            close(state.wake)
            state.wake = -1
            return true
        }
    }
}

private final class ThreadStart {
    let loop: ProcessLoop
    let wake: Int32

    init(loop: ProcessLoop, wake: Int32) {
        self.loop = loop
        self.wake = wake
    }
}

#if os(Linux)
    private func runLoopThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context { runLoop(context) }
        return nil
    }
#else
    private func runLoopThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        runLoop(context)
        return nil
    }
#endif

private func runLoop(_ context: UnsafeMutableRawPointer) {
    let start = Unmanaged<ThreadStart>.fromOpaque(context).takeRetainedValue()
    var body = LoopBody(loop: start.loop, wake: start.wake)
    body.run()
    close(start.wake)
}
