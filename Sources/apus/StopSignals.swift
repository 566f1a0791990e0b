import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// SIGINT and SIGTERM as values. A second one ends the process at once: the keepers then end what still runs.
struct StopSignals: ~Copyable {
    let numbers: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (numbers, continuation) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(2))
        self.numbers = numbers
        let queue = DispatchQueue(label: "apus.signals")
        let seen = Counter()
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if seen.next() > 1 {
                    Terminal.clear()
                    _exit(128 + number)
                }
                continuation.yield(number)
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
    }
}
