import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the thread of a `ProcessLoop` does. Lives on that thread only.
///
/// One `poll` over the wake-up pipe and, for each child, its control socket and its output. A child is forgotten when its
/// control socket has ended, its output has been read and its keeper has been reaped; its caller is answered then, or earlier
/// when its `CommandState` says so.
struct LoopBody {
    private final class Child {
        let launch: ProcessLoop.Launch
        var channel: KeeperChannel
        var state: CommandState
        /// Waits for the keeper's word that it is on its own.
        var detached: (@Sendable () -> Void)?

        init(launch: ProcessLoop.Launch, channel: consuming KeeperChannel, now: ContinuousClock.Instant) {
            self.launch = launch
            self.channel = channel
            state = CommandState(request: launch.request, timeout: launch.timeout, now: now)
        }
    }

    private struct Waiter {
        let until: ContinuousClock.Instant
        let done: @Sendable () -> Void
    }

    /// What of a child a descriptor is.
    private enum End {
        case control, output, errors
    }

    /// Pieces of output read from one child before the others have their turn.
    private static let chunksPerTurn = 4

    private let loop: ProcessLoop
    private let wake: Int32
    private let clock = ContinuousClock()
    private var children: [UInt64: Child] = [:]
    private var waiters: [Waiter] = []
    private var isStopping = false

    init(loop: ProcessLoop, wake: Int32) {
        self.loop = loop
        self.wake = wake
    }

    mutating func run() {
        while true {
            if isStopping, !hasTies, loop.closeWakePipe() { break }
            waitForEvents()
            for message in loop.takeMessages() { handle(message) }
            let now = clock.now
            for child in children.values {
                perform(child.state.tick(now: now), on: child)
            }
            answerWaiters(now: now)
        }
        answerWaiters(now: clock.now)
    }

    /// Whether any command here would die with us.
    private var hasTies: Bool { children.values.contains { !$0.state.isDetached } }

    private mutating func handle(_ message: ProcessLoop.Message) {
        switch message {
        case .launch(let launch):
            start(launch)
        case .interrupt(let id):
            guard let child = children[id] else { return }
            perform(child.state.interrupt(grace: nil, now: clock.now), on: child)
        case .end(let id, let ending):
            guard let child = children[id] else { return }
            perform(child.state.end(ending, now: clock.now), on: child)
        case .detach(let id, let done):
            guard let child = children[id] else { return done() }
            child.detached = done
            child.channel.send(orderFrame(Int(APUS_ORDER_DETACH)))
        case .interruptAll(let grace, let until, let done):
            waiters.append(Waiter(until: until, done: done))
            for child in children.values {
                perform(child.state.interrupt(grace: min(grace, child.state.grace), now: clock.now), on: child)
            }
        case .stop:
            isStopping = true
        }
    }

    private mutating func start(_ launch: ProcessLoop.Launch) {
        guard !loop.isInterrupted(launch.id) else {
            launch.deliver(.success(.interrupted(.notStarted)))
            return
        }
        do {
            let channel = try KeeperChannel(path: launch.keeper, frame: launch.frame, keepsErrorsApart: launch.errors != nil)
            children[launch.id] = Child(launch: launch, channel: channel, now: clock.now)
        } catch {
            launch.deliver(.failure(error))
        }
    }

    private func perform(_ actions: [CommandState.Action], on child: Child) {
        for action in actions {
            switch action {
            case .terminate(let grace):
                child.channel.send(orderFrame(Int(APUS_ORDER_TERMINATE), grace: grace))
            case .interrupt(let grace):
                child.channel.send(orderFrame(Int(APUS_ORDER_INTERRUPT), grace: grace))
            case .kill:
                child.channel.send(orderFrame(Int(APUS_ORDER_KILL)))
            case .deliver(let result):
                // Everything the command wrote before this moment belongs to the caller; nothing after it does.
                child.channel.drainOutput(into: child.launch.output)
                if let errors = child.launch.errors { child.channel.drainErrors(into: errors) }
                child.launch.deliver(result)
            case .continueKeeper:
                child.channel.resume()
            }
        }
    }

    private mutating func answerWaiters(now: ContinuousClock.Instant) {
        guard !waiters.isEmpty else { return }
        let isOver = !hasTies
        let due = waiters.filter { isOver || now >= $0.until }
        waiters.removeAll { isOver || now >= $0.until }
        for waiter in due { waiter.done() }
    }
}

// Waiting, and what the descriptors say.
extension LoopBody {
    private mutating func waitForEvents() {
        var watched = [pollfd(fd: wake, events: Int16(POLLIN), revents: 0)]
        var owners: [(id: UInt64, end: End)] = [(0, .control)]
        for (id, child) in children {
            if child.channel.control >= 0 {
                let events = child.channel.wantsToWrite ? POLLIN | POLLOUT : POLLIN
                watched.append(pollfd(fd: child.channel.control, events: Int16(events), revents: 0))
                owners.append((id, .control))
            }
            if child.channel.output >= 0 {
                watched.append(pollfd(fd: child.channel.output, events: Int16(POLLIN), revents: 0))
                owners.append((id, .output))
            }
            if child.channel.errors >= 0 {
                watched.append(pollfd(fd: child.channel.errors, events: Int16(POLLIN), revents: 0))
                owners.append((id, .errors))
            }
        }
        let ready = poll(&watched, nfds_t(watched.count), timeout())
        if ready > 0 {
            if watched[0].revents != 0 { emptyWakePipe() }
            for index in watched.indices.dropFirst() where watched[index].revents != 0 {
                guard let child = children[owners[index].id] else { continue }
                switch owners[index].end {
                case .control: hearKeeper(child)
                case .output: child.channel.readOutput(chunks: Self.chunksPerTurn, into: child.launch.output)
                case .errors: child.channel.readErrors(chunks: Self.chunksPerTurn, into: child.launch.errors ?? { _ in })
                }
            }
        }
        reapKeepers()
    }

    private func hearKeeper(_ child: Child) {
        child.channel.flush()
        let reading = child.channel.readReports()
        for report in reading.reports {
            if Int(report.kind) == Int(APUS_REPORT_WALL) { child.launch.wall(WallReport(report)) }
            perform(child.state.receive(report, now: clock.now), on: child)
            if Int(report.kind) == Int(APUS_REPORT_STARTED), let pid = child.state.pid {
                let process = RunningProcess(pid: pid, executable: child.launch.request.executable, started: clock.now)
                loop.publish(process, for: child.launch.id)
                if let keeper = child.channel.identity { child.launch.started(StartedCommand(pid: pid, keeper: keeper)) }
            }
            if child.state.isDetached {
                loop.publish(nil, for: child.launch.id)
                child.detached.take()?()
            }
        }
        guard reading.isOver else { return }
        if let group = child.state.groupLeftBehind {
            // The keeper was killed. The kernel has killed the command with it; what shares its group goes now.
            _ = kill(-group, SIGKILL)
        }
        child.channel.closeControl()
    }

    /// A keeper whose socket has ended is a zombie a moment later.
    private mutating func reapKeepers() {
        for (id, child) in children where child.channel.control < 0 && child.channel.reap() {
            children[id] = nil
            loop.publish(nil, for: id)
            perform(child.state.keeperGone(), on: child)
            child.detached.take()?()
        }
    }

    private func emptyWakePipe() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { room in
            while read(wake, room.baseAddress, room.count) > 0 {}
        }
    }

    /// Until the next deadline, in milliseconds, rounded up; -1 when there is none.
    private func timeout() -> Int32 {
        var next: ContinuousClock.Instant?
        for child in children.values {
            if child.channel.control < 0 { return 1 }
            if let deadline = child.state.nextDeadline { next = min(next ?? deadline, deadline) }
        }
        for waiter in waiters { next = min(next ?? waiter.until, waiter.until) }
        guard let next else { return -1 }
        return Int32(min((next - clock.now).milliseconds, 60_000))
    }
}
