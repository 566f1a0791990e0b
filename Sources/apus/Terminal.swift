import ApusBase
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The two streams of the process, unbuffered: every line is out when the call returns. Nobody else writes to stderr, so that a
/// sentence and the progress line never mix.
enum Terminal {
    /// The locks are held while the terminal takes the bytes, which only a stopped terminal (Ctrl-S) makes long; then there is nobody
    /// to write for either.
    private static let status = Mutex(StatusLine())

    /// Why a stream took no more.
    struct Closed: Error {
        let number: Int32

        /// A reader that went away is no news to anyone.
        var sentence: String? { number == EPIPE ? nil : String(cString: strerror(number)) }
    }

    /// Throws when nobody reads any more, or the disk behind the stream is full. The progress line is away meanwhile, whatever stdout is:
    /// a program behind a pipe may write to the same terminal.
    static func writeOutput(_ bytes: [UInt8]) throws {
        status.withLock { put($0.hold()) }
        defer { status.withLock { $0.release() } }
        try write(bytes, to: STDOUT_FILENO)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // A stream that another program made non-blocking.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&entry, 1, 1_000)
            } else if errno != EINTR {
                throw Closed(number: errno)
            }
        }
    }

    /// Ends the process when the stream takes no more: an answer that is not there must not look like one.
    static func output(_ text: String) {
        do {
            try writeOutput(Array(text.utf8))
        } catch {
            if let sentence = (error as? Closed)?.sentence { diagnostics("Cannot write to stdout: \(sentence)") }
            _exit(1)
        }
    }

    /// One line for whoever waits for it; a service goes on when nobody does.
    static func announce(_ line: String) { try? writeOutput(Array((line + "\n").utf8)) }

    /// Control characters that a model or a file put into the sentence never reach the terminal.
    static func diagnostics(_ line: String) {
        let sentence = Array((escapedForDisplay(line) + "\n").utf8)
        let isShown = status.withLock { status in
            if status.shown == nil { return false }
            put(status.clear() + sentence)
            return true
        }
        if !isShown { put(sentence) }
    }

    // MARK: the progress line

    /// Shows `line` behind everything written so far, in place of the one before. Nothing when the terminal takes no bytes now.
    static func show(_ line: String, isDimmed: Bool) {
        status.withLock { status in
            var entry = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
            guard poll(&entry, 1, 0) == 1, entry.revents & Int16(POLLOUT) != 0 else { return }
            status.isDimmed = isDimmed
            put(status.show(line))
        }
    }

    /// Removes the line, if there is one.
    static func clear() { status.withLock { put($0.clear()) } }

    /// For stderr. When nobody reads, there is nobody to tell either.
    private static func put(_ bytes: [UInt8]) {
        if !bytes.isEmpty { try? write(bytes, to: STDERR_FILENO) }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    #if canImport(Glibc)
        Glibc.write(descriptor, bytes, count)
    #elseif canImport(Musl)
        Musl.write(descriptor, bytes, count)
    #else
        Darwin.write(descriptor, bytes, count)
    #endif
}
