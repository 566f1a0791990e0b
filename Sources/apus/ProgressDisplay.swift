import ApusCore
import ApusDaemon
import ApusFronts
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The progress of a run on a terminal's last line. Redrawn at most ten times a second and only when it reads differently; gone when
/// the run is over.
final class ProgressDisplay: Sendable {
    private static let interval = Duration.milliseconds(100)

    private let state: Mutex<ProgressState>
    private let clock = SystemTime()
    private let isDimmed: Bool

    private init(environment: [String: String]) {
        state = Mutex(ProgressState(startedAt: clock.now))
        isDimmed = (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Shows the progress of `body`, which hands every event to the closure it gets. When stderr is no terminal, or one that cannot
    /// rewrite a line, this is `body` alone.
    static func during<Result: Sendable>(
        _ environment: [String: String], _ body: (@escaping @Sendable (Event) -> Void) async -> Result
    ) async -> Result {
        guard canRewriteLines(environment) else { return await body { _ in } }
        let display = ProgressDisplay(environment: environment)
        let suspension = SuspensionSignal()
        let result = await withTaskGroup(of: Void.self) { group in
            group.addTask { await display.run() }
            let result = await body { event in display.state.withLock { $0.receive(event) } }
            group.cancelAll()
            return result
        }
        Terminal.clear()
        suspension.cancel()
        return result
    }

    private static func canRewriteLines(_ environment: [String: String]) -> Bool {
        guard let terminal = environment["TERM"], !terminal.isEmpty, terminal != "dumb" else { return false }
        return isatty(STDERR_FILENO) == 1
    }

    private func run() async {
        while !Task.isCancelled {
            do { try await clock.sleep(for: Self.interval) } catch { return }
            draw()
        }
    }

    private func draw() {
        // The last column stays free: there, some terminals wrap already.
        let columns = Self.columns - 1
        guard Self.isInForeground, let line = state.withLock({ $0.line(at: clock.now, columns: columns) }) else {
            return Terminal.clear()
        }
        Terminal.show(line, isDimmed: isDimmed)
    }

    /// Asked anew for every line: windows change.
    private static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// A job in the background leaves the terminal to whoever works there now. Without job control everything is in front.
    private static var isInForeground: Bool {
        let group = tcgetpgrp(STDERR_FILENO)
        return group < 0 || group == getpgrp()
    }
}

/// Ctrl-Z: the line is removed before the process stops, and comes back when it goes on in front.
private struct SuspensionSignal {
    private let source: any DispatchSourceSignal

    init() {
        signal(SIGTSTP, SIG_IGN)
        let queue = DispatchQueue(label: "apus.suspension")
        source = DispatchSource.makeSignalSource(signal: SIGTSTP, queue: queue)
        source.setEventHandler {
            Terminal.clear()
            signal(SIGTSTP, SIG_DFL)
            // The whole group has heard the signal already; this is our share of it.
            kill(getpid(), SIGTSTP)
            // Another thread may be the one that takes it, and ignoring a signal takes back what nobody has taken yet.
            queue.asyncAfter(deadline: .now() + .milliseconds(200)) { signal(SIGTSTP, SIG_IGN) }
        }
        source.resume()
    }

    func cancel() {
        source.cancel()
        signal(SIGTSTP, SIG_DFL)
    }
}
