import ApusCore
import ApusWorkspace
import Synchronization

/// Remembers which real paths were declared for a call, so that the call touches those paths or nothing: the access decision was made
/// about them, and what a path means may have changed since.
///
/// Holds the newest 4,096 calls; one that was forgotten is refused like one that was never checked, and the model may call again.
final class CheckedPaths: Sendable {
    private struct Key: Hashable {
        let session: SessionID
        let call: CallID
    }

    private struct State {
        var paths: [Key: [String]] = [:]
        var order: [Key] = []
    }

    private static let limit = 4_096
    private let state = Mutex(State())

    enum Use {
        case reading
        case writing
    }

    /// Resolves the path of an input and remembers the outcome for the call.
    func declare(_ input: String, in context: ToolContext) throws(ToolInputError) -> SafePath {
        let paths = try declare([input], in: context)
        return paths[0]
    }

    /// Resolves all paths of an input and remembers them for the call.
    func declare(_ inputs: [String], in context: ToolContext) throws(ToolInputError) -> [SafePath] {
        var paths: [SafePath] = []
        for input in inputs {
            do { paths.append(try resolve(input, in: context)) } catch {
                throw ToolInputError(error.description)
            }
        }
        let key = Key(session: context.session, call: context.call)
        let real = paths.map(\.path)
        state.withLock { state in
            if state.paths.updateValue(real, forKey: key) != nil { return }
            state.order.append(key)
            guard state.order.count >= 2 * CheckedPaths.limit else { return }
            for old in state.order.prefix(CheckedPaths.limit) { state.paths[old] = nil }
            state.order.removeFirst(CheckedPaths.limit)
        }
        return paths
    }

    /// The same path again, if it still means what was declared.
    func confirm(_ input: String, for use: Use, in context: ToolContext) throws(PathFault) -> SafePath {
        let paths = try confirm([input], for: use, in: context)
        return paths[0]
    }

    /// The same paths again, in the order in which they were declared, if all still mean what they did then and the session may reach them.
    func confirm(_ inputs: [String], for use: Use, in context: ToolContext) throws(PathFault) -> [SafePath] {
        let key = Key(session: context.session, call: context.call)
        let declared = state.withLock { $0.paths[key] } ?? []
        guard declared.count == inputs.count else {
            throw .changed(inputs.first ?? "", reason: "no check of this call is on record")
        }
        var paths: [SafePath] = []
        for (input, old) in zip(inputs, declared) {
            let path = try resolve(input, in: context)
            if path.path != old { throw .changed(input, reason: "it led to \(old) and now leads to \(path.path)") }
            try check(path.path, for: use, context.confinement)
            paths.append(path)
        }
        return paths
    }

    /// A file that commands have put into their private temporary folder is found under the name that they know.
    private func resolve(_ input: String, in context: ToolContext) throws(PathFault) -> SafePath {
        let path = try SafePath.resolve(input, against: context.workingDirectory)
        guard path.kind == nil, let place = context.confinement?.standIn(for: path.path) else { return path }
        let standIn = try SafePath.resolve(place, against: "/")
        return standIn.kind == nil ? path : standIn
    }

    private func check(_ path: String, for use: Use, _ confinement: Confinement?) throws(PathFault) {
        guard let confinement else { return }
        let level = ContainmentHint.words(confinement.level)
        if confinement.hides(path) {
            throw .contained("\(path) is hidden at \(level): \(ContainmentHint.way(toRead: path, under: confinement)).")
        }
        if use == .writing, confinement.protects(path) {
            throw .contained("\(path) can only be read at \(level): \(ContainmentHint.way(toWrite: path, under: confinement)).")
        }
    }
}
