import ApusBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The two streams of the process, unbuffered: every line is out when the call returns.
enum Terminal {
    /// Why a stream took no more.
    struct Closed: Error {
        let number: Int32

        /// A reader that went away is no news to anyone.
        var sentence: String? { number == EPIPE ? nil : String(cString: strerror(number)) }
    }

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
                throw Closed(number: errno)
            }
        }
    }

    /// Ends the process when the stream takes no more: an answer that is not there must not look like one.
    static func output(_ text: String) {
        do {
            try write(Array(text.utf8), to: STDOUT_FILENO)
        } catch {
            if let sentence = (error as? Closed)?.sentence { diagnostics("Cannot write to stdout: \(sentence)") }
            _exit(1)
        }
    }

    /// Control characters that a model or a file put into the sentence never reach the terminal.
    static func diagnostics(_ line: String) {
        // Nobody reads: there is nobody to tell either.
        try? write(Array((escapedForDisplay(line) + "\n").utf8), to: STDERR_FILENO)
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
