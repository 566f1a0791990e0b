import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SIGINT and SIGTERM as values. A second one ends the process at once: the keepers then end what still runs. One that follows within a
/// second is the same wish told twice, as by a host that signals a process and then its group: the failure result is still printed.
///
/// One that comes before `init` has returned ends the process as it would any other; none is lost.
struct StopSignals: ~Copyable {
    let numbers: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    /// - Parameters:
    ///   - sameWish: how long a further one is taken for the first.
    ///   - first: told the one that ``numbers`` tells.
    ///   - second: told the one that ends the process; returns the exit code.
    init(
        sameWish: Duration = .seconds(1),
        first: @escaping @Sendable (Int32) -> Void = { _ in },
        second: @escaping @Sendable (Int32) -> Int32 = { number in
            Terminal.clear()
            return 128 + number
        }
    ) {
        let (numbers, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(2))
        self.numbers = numbers
        let queue = DispatchQueue(label: "apus.signals")
        let begin = Mutex<ContinuousClock.Instant?>(nil)
        // SAFETY: waited for on the thread that starts the program, for a moment that has a limit, and before anything else runs.
        let watched = DispatchSemaphore(value: 0)
        sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setRegistrationHandler {
                // Not before the source is there: a signal that was ignored meanwhile would be lost. Elsewhere the source has its own handler.
                #if canImport(Darwin)
                    signal(number, SIG_IGN)
                #endif
                watched.signal()
            }
            source.setEventHandler {
                let now = ContinuousClock.now
                let earlier = begin.withLock { begin in
                    defer { begin = begin ?? now }
                    return begin
                }
                guard let earlier else {
                    first(number)
                    continuation.yield(number)
                    return
                }
                if now - earlier > sameWish { _exit(second(number)) }
            }
            source.resume()
            return source
        }
        // Sources begin to watch a moment after they were asked to. A machine that takes longer than this has other worries.
        let limit = DispatchTime.now() + .seconds(10)
        for _ in sources { _ = watched.wait(timeout: limit) }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
