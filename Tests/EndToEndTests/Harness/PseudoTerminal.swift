import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A terminal without a screen: a child sits at one end, the test at the other. It remembers every byte the child wrote.
final class PseudoTerminal: Sendable {
    /// What of a child is attached to it beside stdin and stderr.
    enum Stdout: Sendable {
        case toFile, toTerminal
    }

    private let master: Int32
    private let path: String
    private let state = Mutex(State())

    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    init(columns: Int = 80, rows: Int = 24) throws {
        #if os(Linux)
            master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
            var number: UInt32 = 0
            var unlocked: Int32 = 0
            guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
                throw ChildError(description: "no pseudo-terminal: \(errno)")
            }
            path = "/dev/pts/\(number)"
        #else
            master = posix_openpt(O_RDWR | O_NOCTTY)
            guard master >= 0, grantpt(master) == 0, unlockpt(master) == 0, let name = ptsname(master) else {
                throw ChildError(description: "no pseudo-terminal: \(errno)")
            }
            path = String(cString: name)
        #endif
        resize(columns: columns, rows: rows)
    }

    deinit { close(master) }

    /// The child's end; whoever opens it closes it.
    func openChildEnd() throws -> Int32 {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ChildError(description: "cannot open \(path): \(errno)") }
        return descriptor
    }

    /// Reads until no process has the other end any more. Call it once, when the child has been started.
    func startReading() {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = read(master, &buffer, buffer.count)
                if count < 0 && errno == EINTR { continue }
                // The end of a pseudo-terminal is an error of the device.
                if count <= 0 { break }
                state.withLock { $0.bytes += buffer[..<count] }
            }
            state.withLock { $0.hasEnded = true }
        }
    }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// As if typed.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    func resize(columns: Int, rows: Int = 24) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// What its screen shows now.
    func screen(columns: Int = 80) -> Screen {
        var screen = Screen(columns: columns)
        screen.write(bytes)
        return screen
    }
}
