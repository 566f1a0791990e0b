import ApusBase
import ApusCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file that makes deltas survive a killed process before they are in a row: `<home>/journal/<pid>-<start>-<boot>-<n>.tail`.
///
/// Append-only and written by one thread. The process holds an exclusive `flock` on it for as long as it lives, which the kernel
/// gives up whatever ends the process. A record is its length, a checksum, and the session, number, time and delta; a record
/// that was torn fails its checksum and ends the file for whoever reads it. The head names the database the keys belong to.
final class TailJournal {
    let path: String
    let descriptor: Int32
    private let lock: FileLock
    /// Bytes of whole records and the head.
    private(set) var size: Int

    private static let instances = Atomic<Int>(0)

    /// Makes and locks a new, empty journal. Throws a sentence.
    init(in directory: String, owner: ProcessIdentity, store: StoreIdentity) throws(EventLogError) {
        let instance = TailJournal.instances.wrappingAdd(1, ordering: .relaxed).newValue
        path = "\(directory)/\(TailJournal.prefix(of: owner))\(instance)\(TailJournal.suffix)"
        // Nobody else makes a file of this name; who asks whether it is locked has it for a moment.
        do throws(FileLock.Fault) {
            lock = try FileLock.waitOnThread(for: path, atMost: .seconds(10))
        } catch {
            throw .store(error.description)
        }
        descriptor = open(path, O_TRUNC | O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("create the journal", path) }
        size = 0
        try append(TailRecord.head(of: store))
    }

    deinit {
        close(descriptor)
        lock.release()
    }

    /// One `write` for everything. After a throw the file is as it was before.
    func append(_ bytes: [UInt8]) throws(EventLogError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                let error = EventLogError.system("write the journal", path)
                // Half a record would hide every record behind it from recovery.
                ftruncate(descriptor, off_t(size))
                throw error
            }
            written += count
        }
        size += written
    }

    /// Forgets all records. Only when each of them is in a committed row.
    func removeAll() {
        if ftruncate(descriptor, off_t(TailRecord.headBytes)) == 0 { size = TailRecord.headBytes }
    }

    /// Only when all records are in committed rows.
    func removeFile() { unlink(path) }

    private static let suffix = ".tail"

    private static func prefix(of owner: ProcessIdentity) -> String { "\(owner.process)-\(owner.startTime)-\(owner.boot)-" }

    /// The process that wrote a journal, by the file's name.
    static func owner(ofFile name: String) -> ProcessIdentity? {
        guard name.hasSuffix(suffix) else { return nil }
        // The boot id has dashes of its own.
        let parts = name.dropLast(suffix.count).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 4, let process = Int32(parts[0]), let start = Int64(parts[1]) else { return nil }
        return ProcessIdentity(process: process, startTime: start, boot: parts[2..<(parts.count - 1)].joined(separator: "-"))
    }

    /// Whether somebody holds the lock that a living writer holds.
    static func isLocked(_ path: String) -> Bool { FileLock.isHeld(path) }
}

/// Names one database file, so that a journal that outlived its database is not folded into another.
struct StoreIdentity: Hashable, Sendable {
    /// 32 hexadecimal digits.
    let text: String
}

/// The records of a journal.
enum TailRecord {
    private static let magic = Array("APUSTAIL1 ".utf8)
    static let headBytes = magic.count + 33
    /// A length beyond this is garbage.
    private static let maximumBytes = 64 << 20

    static func head(of store: StoreIdentity) -> [UInt8] { magic + Array(store.text.utf8) + [0x0A] }

    /// Appends a record for one delta.
    static func write(_ piece: Event, of session: Int64, to bytes: inout ByteWriter) {
        guard case .delta(let delta) = piece.kind else { preconditionFailure("The journal holds deltas only") }
        let start = bytes.count
        bytes.word(0)
        bytes.word(0)
        bytes.unsigned(UInt64(session))
        bytes.unsigned(UInt64(piece.number))
        bytes.signed(piece.time)
        bytes.byte(TextRun.code(of: delta.channel))
        bytes.text(delta.item.rawValue)
        bytes.text(delta.message.rawValue)
        bytes.text(delta.text)
        bytes.overwriteWord(UInt32(bytes.count - start - 8), at: start)
        bytes.overwriteWord(bytes.checksum(from: start + 8), at: start + 4)
    }

    /// All whole records of a file, by session, in the order they were written. Stops at the first that is not whole. `nil` when
    /// the file belongs to another database or is no journal; a file shorter than its head has no records.
    static func read(_ file: [UInt8], of store: StoreIdentity) -> [Int64: [Event]]? {
        guard file.count >= headBytes else { return [:] }
        guard file.prefix(headBytes).elementsEqual(head(of: store)) else { return nil }
        var pieces: [Int64: [Event]] = [:]
        file.withUnsafeBytes { bytes in
            var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[headBytes...]))
            while let (session, piece) = next(&reader) { pieces[session, default: []].append(piece) }
        }
        return pieces
    }

    private static func next(_ reader: inout ByteReader) -> (Int64, Event)? {
        guard let length = reader.word(), length <= maximumBytes, let checksum = reader.word(), let body = reader.raw(Int(length)),
            Checksum.crc32c(body) == checksum
        else { return nil }
        var record = ByteReader(body)
        guard let session = record.unsigned(), let number = record.unsigned(), let time = record.signed(), let code = record.byte(),
            let channel = TextRun.channel(of: code), let item = record.text(), let message = record.text(), let text = record.text()
        else { return nil }
        let delta = Delta(item: ItemID(item), message: MessageID(message), channel: channel, text: text)
        return (Int64(bitPattern: session), Event(number: EventNumber(bitPattern: number), time: time, kind: .delta(delta)))
    }
}

extension ByteWriter {
    fileprivate func checksum(from offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { Checksum.crc32c(UnsafeRawBufferPointer(rebasing: $0[offset...])) }
    }
}
