import ApusBase
package import ApusCore
import ApusProcess
import ApusWorkspace

/// Background processes as Execute starts them: known by the keeper's identity, which no other process ever has.
package struct BackgroundCommands: BackgroundProcesses {
    /// Running at the same time in one session.
    static let limit = 16
    /// From SIGTERM to SIGKILL, as it is asked of the keeper.
    static let grace = Duration.seconds(5)
    /// The grace, what a keeper takes to empty a tree, and some patience.
    private static let endLimit = Duration.seconds(10)

    package init() {}

    package func status(of process: BackgroundProcess) async -> BackgroundProcess.Status {
        if process.keeper.isInProcessTable { return .running }
        let log = process.log
        return .ended(await BlockingWork.files.run { _ in BackgroundFolder.ending(ofLog: log) })
    }

    package func end(_ process: BackgroundProcess) async -> BackgroundProcessEnd {
        let keeper = process.keeper
        switch await BlockingWork.files.run({ _ in KeeperProcess.end(keeper, within: Self.endLimit) }) {
        case .ended: return .ended
        case .wasOver: return .wasOver
        case .resists: return .resists
        case .refused(let sentence): return .failed(sentence)
        }
    }
}
