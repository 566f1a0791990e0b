/// The tracked files of a checkout, read from git's index (versions 2 to 4, SHA-1).
package struct GitIndex: Sendable {
    package struct Entry: Hashable, Sendable {
        package let path: [UInt8]
        let size: UInt32
        let seconds: UInt32
        let nanoseconds: UInt32
        let hash: [UInt8]
        /// A regular file or a link that git compares with the working tree.
        let isCompared: Bool
    }

    static let maximumBytes = 32 << 20

    /// In the order of the paths' bytes.
    package let entries: [Entry]

    /// `nil` when there is none, or when it is of a kind that is not understood.
    package init?(of project: Project) {
        let path = SafePath(path: project.gitDirectory + "/index", kind: nil)
        // A checkout without a commit has no index.
        guard let file = try? path.openForReading(), let bytes = try? file.readAll(limit: GitIndex.maximumBytes) else { return nil }
        self.init(parsing: bytes)
    }

    package init?(parsing bytes: [UInt8]) {
        var cursor = Cursor(bytes: bytes)
        guard cursor.take(4) == Array("DIRC".utf8)[...], let version = cursor.number(), (2...4).contains(version),
            let count = cursor.number(),
            Int(count) <= bytes.count / 62
        else { return nil }
        var entries: [Entry] = []
        entries.reserveCapacity(Int(count))
        var previous: [UInt8] = []
        for _ in 0..<count {
            guard let entry = cursor.entry(version: version, after: previous) else { return nil }
            previous = entry.path
            entries.append(entry)
        }
        self.entries = entries
    }

    private struct Cursor {
        let bytes: [UInt8]
        var position = 0

        mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard count >= 0, position + count <= bytes.count else { return nil }
            defer { position += count }
            return bytes[position..<position + count]
        }

        mutating func number() -> UInt32? { take(4).map { $0.reduce(0) { $0 << 8 | UInt32($1) } } }

        mutating func entry(version: UInt32, after previous: [UInt8]) -> Entry? {
            let start = position
            guard take(8) != nil, let seconds = number(), let nanoseconds = number(), take(8) != nil, let mode = number(), take(8) != nil,
                let size = number(), let hash = take(20), let flags = take(2)
            else { return nil }
            let isExtended = version >= 3 && (flags.first ?? 0) & 0x40 != 0
            var skipsWorktree = (flags.first ?? 0) & 0x80 != 0
            if isExtended {
                guard let extra = take(2) else { return nil }
                skipsWorktree = skipsWorktree || (extra.first ?? 0) & 0x60 != 0
            }
            var path: [UInt8] = []
            if version == 4 {
                guard let dropped = offset(), dropped <= previous.count else { return nil }
                path = Array(previous.dropLast(dropped))
            }
            guard let end = bytes[position...].firstIndex(of: 0), let name = take(end - position) else { return nil }
            path += name
            position += 1
            if version < 4 { position = start + (position - start + 7) / 8 * 8 }
            guard position <= bytes.count else { return nil }
            let kind = mode >> 12
            return Entry(
                path: path, size: size, seconds: seconds, nanoseconds: nanoseconds, hash: Array(hash),
                isCompared: !skipsWorktree && (kind == 8 || kind == 10))
        }

        /// How many bytes of the path before are left out, in git's own variable-length form.
        private mutating func offset() -> Int? {
            guard var byte = take(1)?.first else { return nil }
            var value = Int(byte & 0x7F)
            while byte & 0x80 != 0 {
                guard let next = take(1)?.first, value < 1 << 40 else { return nil }
                byte = next
                value = (value + 1) << 7 | Int(byte & 0x7F)
            }
            return value
        }
    }
}
