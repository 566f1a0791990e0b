package import ApusCore

/// How a command is asked to end: this signal to its group, and SIGKILL to its whole tree after the grace.
package struct CommandEnding: Hashable, Sendable {
    package var signal: ProcessSignal
    /// At most an hour; without meaning for SIGKILL.
    package var grace: Duration

    package init(_ signal: ProcessSignal, grace: Duration) {
        self.signal = signal
        self.grace = grace
    }
}

/// Names one `runApart` of a table, before it was called and after.
package struct CommandID: Hashable, Sendable {
    let number: UInt64
}
