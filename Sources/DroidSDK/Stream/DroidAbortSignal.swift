import Synchronization

/// Gives up turns from anywhere: hand it to ``StreamOptions/abortSignal`` and call ``abort(_:)``.
///
/// A turn that is given up is interrupted on the server, and its stream throws the reason. A signal that was aborted before a stream begins
/// keeps it from sending anything. Once aborted it stays so.
public final class DroidAbortSignal: Sendable {
    private struct State {
        var reason: (any Error)?
        var observers: [Int: @Sendable (any Error) -> Void] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Only the first call counts.
    ///
    /// - Parameter reason: What streams throw.
    public func abort(_ reason: any Error = AbortError()) {
        let observers = state.withLock { state -> [@Sendable (any Error) -> Void] in
            if state.reason != nil { return [] }
            state.reason = reason
            defer { state.observers = [:] }
            return Array(state.observers.values)
        }
        for observer in observers { observer(reason) }
    }

    /// Why it was aborted; `nil` as long as it was not.
    public var reason: (any Error)? { state.withLock { $0.reason } }
    public var isAborted: Bool { reason != nil }

    /// Calls back at once when it was aborted already.
    ///
    /// - Returns: What takes the observer away again.
    func observe(_ observer: @escaping @Sendable (any Error) -> Void) -> @Sendable () -> Void {
        let (reason, id) = state.withLock { state -> ((any Error)?, Int) in
            state.next += 1
            if state.reason == nil { state.observers[state.next] = observer }
            return (state.reason, state.next)
        }
        if let reason { observer(reason) }
        return { [weak self] in self?.state.withLock { $0.observers[id] = nil } }
    }
}
