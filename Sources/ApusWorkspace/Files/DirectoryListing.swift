#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The names in one directory, sorted by their bytes, packed so that a folder with 200,000 files takes a few megabytes.
struct DirectoryListing {
    private struct Slot {
        let offset: UInt32
        let length: UInt16
        let kind: FileKind
    }

    private var bytes: [UInt8] = []
    private var slots: [Slot] = []
    /// Where iteration stands.
    private var next = 0

    /// Lists `folder` without `.`, `..` and `.git`. Stops early, with what it has, when cancelled.
    init(of folder: borrowing Descriptor, isCancelled: () -> Bool) throws(SystemError) {
        let number = try SystemCall.listable(folder).release()
        guard let stream = fdopendir(number) else {
            let error = SystemError.last
            close(number)
            throw error
        }
        defer { closedir(stream) }
        while !isCancelled(), let entry = readdir(stream) {
            let type = entry.pointee.d_type
            let name = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \dirent.d_name) ?? 0)
            append(
                UnsafeRawBufferPointer(start: name, count: strlen(name.assumingMemoryBound(to: CChar.self))), type: Int32(type), in: folder)
        }
        sort()
    }

    private mutating func append(_ name: UnsafeRawBufferPointer, type: Int32, in folder: borrowing Descriptor) {
        if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) || name.elementsEqual(".git".utf8) { return }
        guard bytes.count + name.count < UInt32.max else { return }
        slots.append(Slot(offset: UInt32(bytes.count), length: UInt16(name.count), kind: DirectoryListing.kind(type, name, folder)))
        bytes.append(contentsOf: name)
    }

    /// Some file systems do not tell the type while listing.
    private static func kind(_ type: Int32, _ name: UnsafeRawBufferPointer, _ folder: borrowing Descriptor) -> FileKind {
        switch type {
        case Int32(DT_REG): return .file
        case Int32(DT_DIR): return .directory
        case Int32(DT_LNK): return .link
        case Int32(DT_FIFO): return .fifo
        case Int32(DT_SOCK): return .socket
        case Int32(DT_CHR), Int32(DT_BLK): return .device
        default:
            // A name that vanished since is reported as unknown and then skipped like other odd things.
            return (try? FileStatus(of: name.map { CChar(bitPattern: $0) } + [0], in: folder).kind) ?? .unknown
        }
    }

    private mutating func sort() {
        bytes.withUnsafeBytes { all in
            slots.sort { left, right in
                let common = Int(min(left.length, right.length))
                if common > 0, let base = all.baseAddress {
                    let order = memcmp(base + Int(left.offset), base + Int(right.offset), common)
                    if order != 0 { return order < 0 }
                }
                return left.length < right.length
            }
        }
    }

    var count: Int { slots.count }

    mutating func popNext() -> (name: ArraySlice<UInt8>, kind: FileKind)? {
        guard next < slots.count else { return nil }
        let slot = slots[next]
        next += 1
        return (bytes[Int(slot.offset)..<Int(slot.offset) + Int(slot.length)], slot.kind)
    }
}
