import ApusCore
import CSandbox

/// What is known of one command between its launch and its end. No input, output or clock: events come in, actions go out.
///
/// ```
/// launched ──STARTED──▶ running ──ENDED──▶ clearing ──keeper gone──▶ over
///     └──────FAILED────────┴── keeper gone without a report ────────▶ over (failed, or lost)
/// ```
/// A time-out or an interruption may come at any point before ENDED; the first of them is the cause. The result may be
/// delivered before the keeper is gone, when a tree resists; the keeper is then still followed until it leaves. A background
/// command that was detached is followed without deadlines, and nothing ends it from here.
struct CommandState {
    enum Action: Hashable {
        /// Write this order to the keeper.
        case terminate(grace: Duration)
        /// The same with SIGINT.
        case interrupt(grace: Duration)
        case kill
        /// Hand the result to the caller now: the keeper may take longer than the caller should.
        case deliver(Result<ProcessEnd, SpawnError>)
        /// The keeper was silent for longer than it may be. If someone stopped it, let it go on.
        case continueKeeper
    }

    private enum Cause {
        case timeout
        case interruption
    }

    /// Beyond the grace, how long the caller waits for a tree to be gone.
    static let patience: Duration = .seconds(1)

    let executable: String
    let workingDirectory: String
    let grace: Duration
    private(set) var pid: Int32?
    private(set) var isDelivered = false
    private(set) var isDetached = false
    /// When `tick` has something to do next.
    private(set) var nextDeadline: ContinuousClock.Instant?
    private var cause: Cause?
    private var status: ProcessEnd.Status?
    private var wasAsked = false
    private var limit: ProcessEnd.Limit?
    private var failure: SpawnError?

    init(request: ProcessRequest, timeout: Duration, now: ContinuousClock.Instant) {
        executable = request.executable
        workingDirectory = request.workingDirectory
        grace = min(max(request.terminationGrace, .zero), .seconds(3600))
        nextDeadline = now + min(max(timeout, .zero), .seconds(366 * 86400))
    }

    /// The command's process group when the keeper vanished before it reported an end: nobody else can end it now.
    var groupLeftBehind: Int32? {
        status == nil && failure == nil ? pid : nil
    }

    /// What the keeper reported.
    mutating func receive(_ report: apus_report, now: ContinuousClock.Instant) -> [Action] {
        switch Int(report.kind) {
        case Int(APUS_REPORT_STARTED):
            pid = report.value
        case Int(APUS_REPORT_FAILED):
            failure = spawnError(step: report.detail, errno: report.value)
            nextDeadline = now + clearLimit
        case Int(APUS_REPORT_ENDED):
            status = report.detail == 1 ? .signaled(report.value) : .exited(report.value)
            wasAsked = report.extra == 1
            if isDetached { break }
            // Only what is left of the tree is waited for now, and that has its own bound.
            let limit = now + clearLimit
            nextDeadline = cause == nil ? limit : min(nextDeadline ?? limit, limit)
        case Int(APUS_REPORT_LIMIT):
            limit = report.detail == UInt32(APUS_LIMIT_PROCESSES) ? .processes : .written
        case Int(APUS_REPORT_CLEARED) where report.detail == 0:
            return deliver(result)
        case Int(APUS_REPORT_DETACHED):
            isDetached = true
            nextDeadline = nil
        default:
            break
        }
        return []
    }

    /// The caller's task was cancelled, or the table ends everything. A shorter grace than before counts.
    mutating func interrupt(grace: Duration?, now: ContinuousClock.Instant) -> [Action] {
        guard status == nil, failure == nil, !isDelivered, !isDetached else { return [] }
        return ask(cause ?? .interruption, grace: grace ?? self.grace, now: now)
    }

    /// The caller wants it ended, in its way.
    mutating func end(_ ending: CommandEnding, now: ContinuousClock.Instant) -> [Action] {
        let grace = ending.signal == .kill ? .zero : min(max(ending.grace, .zero), .seconds(3600))
        guard !interrupt(grace: grace, now: now).isEmpty else { return [] }
        switch ending.signal {
        case .terminate: return [.terminate(grace: grace)]
        case .interrupt: return [.interrupt(grace: grace)]
        case .kill: return [.kill]
        }
    }

    /// `nextDeadline` has come.
    mutating func tick(now: ContinuousClock.Instant) -> [Action] {
        guard let deadline = nextDeadline, now >= deadline else { return [] }
        nextDeadline = nil
        if status == nil, failure == nil, cause == nil {
            return ask(.timeout, grace: grace, now: now)
        }
        return deliver(result) + [.continueKeeper]
    }

    /// The control socket ended: the keeper is gone and, unless it was killed, so is the tree.
    mutating func keeperGone() -> [Action] {
        nextDeadline = nil
        return deliver(result)
    }

    private mutating func ask(_ cause: Cause, grace: Duration, now: ContinuousClock.Instant) -> [Action] {
        let limit = now + grace + Self.patience
        if self.cause == nil {
            nextDeadline = limit
        } else {
            nextDeadline = min(nextDeadline ?? limit, limit)
        }
        self.cause = cause
        return [.terminate(grace: grace)]
    }

    private mutating func deliver(_ result: Result<ProcessEnd, SpawnError>) -> [Action] {
        guard !isDelivered else { return [] }
        isDelivered = true
        return [.deliver(result)]
    }

    private var clearLimit: Duration { .milliseconds(Int64(APUS_CLEAR_LIMIT_MS)) + Self.patience }

    private var result: Result<ProcessEnd, SpawnError> {
        if let failure { return .failure(failure) }
        let known = status ?? .unknown
        // Without a report we trust what we asked for; with one, what the keeper saw first.
        switch (cause, wasAsked || status == nil) {
        case (.timeout, true): return .success(.timedOut(known))
        case (.interruption, true): return .success(.interrupted(known))
        case (_, _): break
        }
        if let limit { return .success(.exceeded(limit, known)) }
        switch known {
        case .exited(let code): return .success(.exited(code))
        case .signaled(let signal): return .success(.signaled(signal))
        case .notStarted, .unknown: return .success(.lost(lostSentence))
        }
    }

    private var lostSentence: String {
        guard let pid else { return "The keeper of \(executable) vanished before it started the command; nothing is known to have run." }
        return "The keeper of \(executable) (pid \(pid)) vanished without a report; the command and its process group were killed, "
            + "what it had done by then is unknown."
    }

    private func spawnError(step: UInt32, errno code: Int32) -> SpawnError {
        let step = SpawnError.Step(wire: step)
        return .failed(step: step, subject: step == .directory ? workingDirectory : executable, errno: code)
    }
}

extension SpawnError.Step {
    fileprivate init(wire: UInt32) {
        switch Int(wire) {
        case Int(APUS_STEP_POLICY): self = .policy
        case Int(APUS_STEP_PREPARE): self = .prepare
        case Int(APUS_STEP_FORK): self = .fork
        case Int(APUS_STEP_SESSION): self = .session
        case Int(APUS_STEP_DESCRIPTORS): self = .descriptors
        case Int(APUS_STEP_DIRECTORY): self = .directory
        case Int(APUS_STEP_WALL): self = .wall
        case Int(APUS_STEP_EXEC): self = .exec
        case Int(APUS_STEP_LOG): self = .log
        default: self = .request
        }
    }
}
