#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The two streams of the process, unbuffered: every line is out when the call returns.
enum Terminal {
    struct Closed: Error {}

    /// Throws when nobody reads any more, or the disk behind the stream is full.
    static func write(_ bytes: [UInt8], to descriptor: Int32) throws {
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
                throw Closed()
            }
        }
    }

    static func output(_ text: String) {
        // Nobody reads: there is nobody to tell either.
        try? write(Array(text.utf8), to: STDOUT_FILENO)
    }

    static func diagnostics(_ line: String) {
        // Nobody reads: there is nobody to tell either.
        try? write(Array((line + "\n").utf8), to: STDERR_FILENO)
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
