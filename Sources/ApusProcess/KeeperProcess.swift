package import ApusBase
import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ending a background tree through its keeper, from any process of the same user.
package enum KeeperProcess {
    package enum Outcome: Hashable, Sendable {
        case ended
        case wasOver
        case resists
        /// The kernel refused; the sentence names what.
        case refused(String)
    }

    /// Asks the keeper to end its tree and waits until it is gone. Blocks for at most `limit`.
    ///
    /// The descriptor is opened first and the start time compared afterwards: when that fits, the descriptor can only mean the
    /// recorded keeper, and a signal through it reaches nobody else, however numbers are reused meanwhile.
    package static func end(_ keeper: ProcessIdentity, within limit: Duration) -> Outcome {
        guard keeper.isInProcessTable else { return .wasOver }
        let descriptor = apus_open_process(keeper.process)
        if descriptor == -ESRCH { return .wasOver }
        guard descriptor >= 0 else { return .refused("Process \(keeper.process) cannot be opened: \(text(-descriptor)).") }
        defer { close(descriptor) }
        guard keeper.isInProcessTable else { return .wasOver }
        switch apus_signal_process(descriptor, SIGTERM) {
        case 0: break
        case ESRCH: return .wasOver
        case let code: return .refused("Process \(keeper.process) cannot be signalled: \(text(code)).")
        }
        let deadline = ContinuousClock.now + limit
        while true {
            let left = deadline - ContinuousClock.now
            var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&watched, 1, Int32(min(left.milliseconds, 60_000)))
            if ready > 0 { return .ended }
            if ready == 0 && left <= .zero { return keeper.isInProcessTable ? .resists : .ended }
        }
    }

    private static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
