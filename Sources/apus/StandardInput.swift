import ApusBase
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The lines of stdin, for one reader, once in a process. A thread of its own reads them and stands still while many wait; it goes with the
/// process, as nothing else would get it out of a read that gives nothing.
struct StandardInput: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = Never

    // SAFETY: only the reading thread waits for a semaphore here, which runs nothing else; it gets one back for every line that is taken.
    fileprivate typealias Room = DispatchSemaphore

    /// Lines that were read and not yet taken.
    private static let maximumWaiting = 64
    private let lines: AsyncStream<[UInt8]>
    private let room: Room

    init() {
        let (lines, continuation) = AsyncStream<[UInt8]>.makeStream()
        let room = Room(value: Self.maximumWaiting)
        (self.lines, self.room) = (lines, room)
        DispatchQueue(label: "apus.stdin").async {
            var framing = LineFraming()
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
                if count > 0 {
                    for line in Self.cut(buffer[..<count], with: &framing) {
                        room.wait()
                        continuation.yield(line)
                    }
                } else if count < 0, errno == EAGAIN {
                    // A stream that another program made non-blocking.
                    var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
                    _ = poll(&entry, 1, 1_000)
                } else if count == 0 || errno != EINTR {
                    break
                }
            }
            if let last = framing.finish() { continuation.yield(last) }
            continuation.finish()
        }
    }

    private static func cut(_ bytes: ArraySlice<UInt8>, with framing: inout LineFraming) -> [[UInt8]] {
        do throws(LineFramingError) {
            return try framing.push(bytes)
        } catch {
            // What was complete is given by the next push, which cannot fail; and behind it something that is no frame, so that whoever
            // reads it says so.
            return ((try? framing.push([])) ?? []) + [Array("\"\(error)\"".utf8)]
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(room: room, lines: lines.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate let room: Room
        fileprivate var lines: AsyncStream<[UInt8]>.Iterator

        mutating func next() async -> [UInt8]? { await next(isolation: #isolation) }

        mutating func next(isolation actor: isolated (any Actor)?) async -> [UInt8]? {
            guard let line = await lines.next(isolation: actor) else { return nil }
            room.signal()
            return line
        }
    }
}
