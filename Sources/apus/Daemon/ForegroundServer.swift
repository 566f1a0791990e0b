import ApusDaemon

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A server in this process until a signal ends it.
enum ForegroundServer {
    /// Returns the exit code, which the caller ends the process with.
    static func run(
        _ configuration: DaemonConfiguration, _ setting: ServeSetting, _ signals: consuming StopSignals
    ) async -> Int32 {
        raiseDescriptorLimit()
        let numbers = signals.numbers
        let (stop, forward) = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingOldest(1))
        let code = await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await number in numbers {
                    forward.yield(number)
                    // Whatever still hangs then: keepers end what it has started. Cancelled means that it ended in time.
                    if (try? await Task.sleep(for: .milliseconds(4_700))) != nil { _exit(0) }
                }
            }
            let code = await Daemon.serve(configuration, setting, stop: stop)
            group.cancelAll()
            return code
        }
        withExtendedLifetime(signals) {}
        return code
    }

    /// Every connection takes a descriptor, and what systems give a process without being asked is often 1,024.
    private static func raiseDescriptorLimit() {
        #if canImport(Glibc)
            let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let kind = RLIMIT_NOFILE
        #endif
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, 65_536)
        guard limit.rlim_cur < wanted else { return }
        limit.rlim_cur = wanted
        // Where it may not be raised, fewer get in at a time.
        _ = setrlimit(kind, &limit)
    }
}
