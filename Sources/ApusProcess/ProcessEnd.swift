/// What ended a command, and how.
///
/// The cause is what the keeper saw first: a command that ends by itself in the moment its time runs out is `exited`, and one
/// that answers SIGTERM by leaving with code 0 is `timedOut(.exited(0))`.
package enum ProcessEnd: Hashable, Sendable {
    /// It ended by itself with this code. A program that could not be started is a `SpawnError`, never code 127.
    case exited(Int32)
    /// A signal ended it that did not come from us.
    case signaled(Int32)
    /// It was ended because its time was over.
    case timedOut(Status)
    /// It was ended because the Swift task was cancelled or the table was told to end all.
    case interrupted(Status)
    /// It passed a bound of its confinement and was ended with its tree.
    case exceeded(Limit, Status)
    /// Its keeper vanished without a report, so nobody knows how it ended. The sentence says what was done about it.
    case lost(String)

    package enum Limit: String, Hashable, Sendable {
        /// Processes at the same time.
        case processes
        /// Bytes put on disk.
        case written
    }

    /// How a command's process ended, as its keeper saw it.
    package enum Status: Hashable, Sendable {
        /// It left with this code, 0 to 255.
        case exited(Int32)
        /// This signal ended it.
        case signaled(Int32)
        /// It was asked to end before it had begun; nothing ran.
        case notStarted
        /// Nobody saw it end: it outlasted its grace, or its keeper was killed.
        case unknown
    }
}

/// A command that has been started and whose tree is not yet gone.
package struct RunningProcess: Hashable, Sendable {
    /// The command's process id, which is also its process group and session.
    package var pid: Int32
    package var executable: String
    package var started: ContinuousClock.Instant
}
