import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file that grows by whole lines, its owner's alone, and is put aside when it has become long: `daemon.log.1` is then the newest of the
/// older ones.
final class BoundedLogFile: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var size = 0
    }

    private let path: String
    private let maximumBytes: Int
    private let olderFiles: Int
    private let state: Mutex<State>

    init(_ path: String, maximumBytes: Int, olderFiles: Int = 2) throws(DaemonFileError) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.olderFiles = olderFiles
        guard let opened = Self.open(path) else { throw .system("open", path) }
        state = Mutex(opened)
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    /// - Parameter line: without its end.
    func append(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        state.withLock { state in
            if state.size + bytes.count > maximumBytes, state.size > 0 { rotate(&state) }
            guard state.descriptor >= 0 else { return }
            // A full disk must not end the daemon; what cannot be written is lost.
            let count = bytes.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
            state.size += max(count, 0)
        }
    }

    private func rotate(_ state: inout State) {
        close(state.descriptor)
        for number in stride(from: olderFiles, through: 1, by: -1) {
            rename(number == 1 ? path : "\(path).\(number - 1)", "\(path).\(number)")
        }
        state = Self.open(path) ?? State()
    }

    private static func open(_ path: String) -> State? {
        let descriptor = systemOpen(path)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        return State(descriptor: descriptor, size: fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0)
    }
}

// Inside `BoundedLogFile` the name of this call means its own function.
private func systemOpen(_ path: String) -> Int32 { open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600) }
