import ApusBase
import ApusTestServer
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes all of it; a reader that is gone is no error here.
func say(_ text: String, on descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return }
        bytes = bytes.dropFirst(count)
    }
}

func readFile(_ path: String) throws(UsageError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw UsageError(description: "cannot read \(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0 else { throw UsageError(description: "cannot read \(path): \(String(cString: strerror(errno)))") }
        if count == 0 { return bytes }
        bytes += buffer[..<count]
        guard bytes.count <= ByteLimit.jsonBytes else {
            throw UsageError(description: "\(path) is larger than \(ByteLimit.jsonBytes) bytes")
        }
    }
}

/// One line for each request; lines of parallel requests never mix.
final class RequestFile: Sendable {
    private let descriptor: Mutex<Int32>

    init(_ path: String) throws(UsageError) {
        let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw UsageError(description: "cannot write \(path): \(String(cString: strerror(errno)))") }
        descriptor = Mutex(opened)
    }

    func append(_ request: RecordedRequest) {
        let line = request.line.serialized() + "\n"
        descriptor.withLock { say(line, on: $0) }
    }
}
