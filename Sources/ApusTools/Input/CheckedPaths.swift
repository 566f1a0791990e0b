import ApusCore
import ApusWorkspace
import Synchronization

/// Remembers which real path was declared for a call, so that the call touches that path or nothing: the access decision was made
/// about it, and what a path means may have changed since.
///
/// Holds the newest 4,096 calls; one that was forgotten is refused like one that was never checked, and the model may call again.
final class CheckedPaths: Sendable {
    private struct Key: Hashable {
        let session: SessionID
        let call: CallID
    }

    private struct State {
        var paths: [Key: String] = [:]
        var order: [Key] = []
    }

    private static let limit = 4_096
    private let state = Mutex(State())

    /// Resolves the path of an input and remembers the outcome for the call.
    func declare(_ input: String, in context: ToolContext) throws(ToolInputError) -> SafePath {
        let path: SafePath
        do { path = try SafePath.resolve(input, against: context.workingDirectory) } catch { throw ToolInputError(error.description) }
        let key = Key(session: context.session, call: context.call)
        state.withLock { state in
            if state.paths.updateValue(path.path, forKey: key) != nil { return }
            state.order.append(key)
            guard state.order.count >= 2 * CheckedPaths.limit else { return }
            for old in state.order.prefix(CheckedPaths.limit) { state.paths[old] = nil }
            state.order.removeFirst(CheckedPaths.limit)
        }
        return path
    }

    /// The same path again, if it still means what was declared.
    func confirm(_ input: String, in context: ToolContext) throws(PathFault) -> SafePath {
        let key = Key(session: context.session, call: context.call)
        guard let declared = state.withLock({ $0.paths[key] }) else {
            throw .changed(input, reason: "no check of this call is on record")
        }
        let path = try SafePath.resolve(input, against: context.workingDirectory)
        if path.path != declared { throw .changed(input, reason: "it led to \(declared) and now leads to \(path.path)") }
        return path
    }
}
