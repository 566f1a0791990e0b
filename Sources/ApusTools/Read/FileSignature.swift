import ApusCore

/// What a file's first bytes say about it.
enum FileSignature: Hashable {
    case text
    case media(MediaType)
    case utf16(bigEndian: Bool)
    case binary(String)

    static let sampleBytes = 8_192

    /// Looks at the start of a file, up to ``sampleBytes`` of it.
    init(_ head: ArraySlice<UInt8>) {
        let head = Array(head.prefix(FileSignature.sampleBytes))
        if let known = FileSignature.known(head) {
            self = known
        } else if head.starts(with: [0xFF, 0xFE]), !head.starts(with: [0xFF, 0xFE, 0, 0]) {
            self = .utf16(bigEndian: false)
        } else if head.starts(with: [0xFE, 0xFF]) {
            self = .utf16(bigEndian: true)
        } else if head.contains(0) || FileSignature.isMostlyBroken(head) {
            self = .binary("binary data")
        } else {
            self = .text
        }
    }

    private static func known(_ head: [UInt8]) -> FileSignature? {
        if head.starts(with: "%PDF-".utf8) { return .media(.pdf) }
        if head.starts(with: "RIFF".utf8), head.dropFirst(8).starts(with: "WEBP".utf8) { return .media(.webp) }
        for (magic, type) in images where head.starts(with: magic) { return .media(type) }
        for (magic, name) in others where head.starts(with: magic) { return .binary(name) }
        return nil
    }

    private static let images: [([UInt8], MediaType)] = [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], .png), ([0xFF, 0xD8, 0xFF], .jpeg), (Array("GIF87a".utf8), .gif),
        (Array("GIF89a".utf8), .gif),
    ]

    /// Only signatures that no text begins with.
    private static let others: [([UInt8], String)] = [
        ([0x7F, 0x45, 0x4C, 0x46], "an ELF program or library"), ([0xCF, 0xFA, 0xED, 0xFE], "a Mach-O program or library"),
        ([0xCA, 0xFE, 0xBA, 0xBE], "a Java class or universal binary"), ([0x1F, 0x8B, 0x08], "a gzip archive"),
        ([0x50, 0x4B, 0x03, 0x04], "a zip archive"), ([0x42, 0x5A, 0x68, 0x39, 0x31], "a bzip2 archive"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "an xz archive"), ([0x28, 0xB5, 0x2F, 0xFD], "a zstd archive"),
        ([0x37, 0x7A, 0xBC, 0xAF], "a 7z archive"), (Array("SQLite format 3\0".utf8), "an SQLite database"),
        ([0x00, 0x61, 0x73, 0x6D], "a WebAssembly module"),
    ]

    /// More than one in ten bytes is not UTF-8: not a text with a few odd bytes.
    private static func isMostlyBroken(_ head: [UInt8]) -> Bool {
        var broken = 0
        var decoder = UTF8()
        var iterator = head.makeIterator()
        while true {
            switch decoder.decode(&iterator) {
            case .scalarValue: continue
            case .error: broken += 1
            case .emptyInput: return broken > 3 && broken * 10 > head.count
            }
        }
    }
}
