/// Looks after processes that outlive runs. They belong to no process of ours: anyone who has the record may ask and end.
package protocol BackgroundProcesses: Sendable {
    /// Never mistakes another process for the recorded one.
    func status(of process: BackgroundProcess) async -> BackgroundProcess.Status

    /// Asks the whole tree to end, ends it by force after its grace, and returns when it is gone, or when it has resisted for a few
    /// seconds more. A process that is over already is left alone, and so is a stranger who has its number now.
    func end(_ process: BackgroundProcess) async -> BackgroundProcessEnd
}

/// What came of ending a background process.
package enum BackgroundProcessEnd: Hashable, Sendable {
    case ended
    case wasOver
    /// It was asked, and something of it is still there; its keeper goes on trying.
    case resists
    /// It could not be asked: a whole sentence.
    case failed(String)
}

/// For houses that start none.
package struct NoBackgroundProcesses: BackgroundProcesses {
    package init() {}
    package func status(of process: BackgroundProcess) async -> BackgroundProcess.Status { .ended(nil) }
    package func end(_ process: BackgroundProcess) async -> BackgroundProcessEnd { .wasOver }
}
