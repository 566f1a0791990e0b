import ApusBase
import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Our ends of one keeper: its control socket, the command's output, and its process to be reaped.
///
/// Owned by the table's thread alone, which closes it; a value of this type has exactly one owner.
struct KeeperChannel: ~Copyable {
    /// What a look at the control socket found.
    struct Reading {
        var reports: [apus_report] = []
        var isOver = false
    }

    private(set) var control: Int32
    private(set) var output: Int32
    /// Of stderr alone; -1 when it goes with stdout.
    private(set) var errors: Int32
    private let keeper: Int32
    private var outgoing: [UInt8]
    private var sent = 0
    private var incoming: [UInt8] = []

    /// Starts the keeper at `path` and begins to send it `frame`.
    init(path: String, frame: [UInt8], keepsErrorsApart: Bool = false) throws(SpawnError) {
        var channels = apus_channels()
        switch apus_open_channels(&channels, keepsErrorsApart ? 1 : 0) {
        case 0: break
        case ENOSYS: throw .unsupportedPlatform
        case let code: throw .resources(call: "a socket pair and a pipe for a command", errno: code)
        }
        var pid: Int32 = -1
        let code = apus_spawn_keeper(path, channels.keeper_control, channels.keeper_output, channels.keeper_errors, &pid)
        close(channels.keeper_control)
        close(channels.keeper_output)
        if channels.keeper_errors >= 0 { close(channels.keeper_errors) }
        guard code == 0 else {
            close(channels.control)
            close(channels.output)
            if channels.errors >= 0 { close(channels.errors) }
            throw .keeperFailed(path: path, errno: code)
        }
        control = channels.control
        output = channels.output
        errors = channels.errors
        keeper = pid
        outgoing = frame
        flush()
    }

    deinit {
        if control >= 0 { close(control) }
        if output >= 0 { close(output) }
        if errors >= 0 { close(errors) }
    }

    /// The keeper as it can be told from a later process with its number; `nil` once it was reaped.
    var identity: ProcessIdentity? { ProcessIdentity.running(keeper) }

    var wantsToWrite: Bool { sent < outgoing.count && control >= 0 }

    mutating func send(_ frame: [UInt8]) {
        outgoing.append(contentsOf: frame)
        flush()
    }

    /// Writes what the socket takes. A keeper that is gone shows as the end of the control socket, not here.
    mutating func flush() {
        while wantsToWrite {
            let taken = outgoing.withUnsafeBytes { bytes in
                apus_send(control, bytes.baseAddress?.advanced(by: sent), UInt(bytes.count - sent))
            }
            guard taken > 0 else {
                if taken == -Int(EINTR) { continue }
                if taken != -Int(EAGAIN) { sent = outgoing.count }
                break
            }
            sent += taken
        }
        if !wantsToWrite {
            outgoing.removeAll()
            sent = 0
        }
    }

    mutating func readReports() -> Reading {
        var reading = Reading()
        let size = MemoryLayout<apus_report>.size
        while control >= 0 {
            let chunk = readChunk(control, limit: 64 * size)
            switch chunk {
            case .bytes(let bytes): incoming.append(contentsOf: bytes)
            case .nothing: return reading
            case .end: reading.isOver = true
            }
            while incoming.count >= size {
                reading.reports.append(incoming.withUnsafeBytes { $0.loadUnaligned(as: apus_report.self) })
                incoming.removeFirst(size)
            }
            if reading.isOver { break }
        }
        return reading
    }

    /// At most `chunks` pieces of the command's output, so that one loud command cannot keep the thread from the others.
    mutating func readOutput(chunks: Int, into sink: ([UInt8]) -> Void) {
        for _ in 0..<chunks where output >= 0 {
            switch readChunk(output, limit: Self.chunkBytes) {
            case .bytes(let bytes): sink(bytes)
            case .nothing: return
            case .end: closeOutput()
            }
        }
    }

    /// The same for stderr, where that has a pipe of its own.
    mutating func readErrors(chunks: Int, into sink: ([UInt8]) -> Void) {
        for _ in 0..<chunks where errors >= 0 {
            switch readChunk(errors, limit: Self.chunkBytes) {
            case .bytes(let bytes): sink(bytes)
            case .nothing: return
            case .end: closeErrors()
            }
        }
    }

    /// Reads what the pipe still holds and closes it. A pipe holds at most 1 MiB, so a stranger who kept it open and goes on
    /// writing cannot make this endless.
    mutating func drainOutput(into sink: ([UInt8]) -> Void) {
        readOutput(chunks: (1 << 20) / 4096, into: sink)
        closeOutput()
    }

    mutating func drainErrors(into sink: ([UInt8]) -> Void) {
        readErrors(chunks: (1 << 20) / 4096, into: sink)
        closeErrors()
    }

    private mutating func closeErrors() {
        if errors >= 0 { close(errors) }
        errors = -1
    }

    mutating func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    mutating func closeControl() {
        if control >= 0 { close(control) }
        control = -1
    }

    /// True once the keeper's process is no zombie of ours any more.
    func reap() -> Bool { apus_reap(keeper) == 1 }

    /// Lets a stopped keeper go on. Its number cannot belong to another process: it has not been reaped.
    func resume() { _ = kill(keeper, SIGCONT) }

    static let chunkBytes = 64 * 1024

    private enum Chunk {
        case bytes([UInt8])
        case nothing
        case end
    }

    private func readChunk(_ descriptor: Int32, limit: Int) -> Chunk {
        var failure: Int32 = 0
        // Copied to size: a caller may keep thousands of small pieces, and each must cost what it holds.
        let bytes = withUnsafeTemporaryAllocation(byteCount: limit, alignment: 1) { room -> [UInt8] in
            var got: Int
            repeat {
                got = read(descriptor, room.baseAddress, limit)
                failure = got < 0 ? errno : 0
            } while failure == EINTR
            return Array(room[..<max(got, 0)])
        }
        if failure == EAGAIN { return .nothing }
        return failure != 0 || bytes.isEmpty ? .end : .bytes(bytes)
    }
}
