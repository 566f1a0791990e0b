import ApusWorkspace

/// The little that can be known of a PDF document without reading it: whether it has its end, whether it is encrypted, and, where the
/// page tree is not compressed, how many pages it has.
struct PDFHeader: Hashable {
    let hasEnd: Bool
    let isEncrypted: Bool
    let pages: Int?

    /// How far a dictionary of the page tree may reach around its count, and how many counts are looked at: more than that is somebody's
    /// trap, or a document whose pages somebody else may count.
    private static let dictionaryBytes = 8 << 10
    private static let maximumCounts = 1_000

    init(_ bytes: [UInt8]) {
        hasEnd = LiteralSearch.count(of: Array("startxref".utf8), in: bytes) > 0
        isEncrypted = LiteralSearch.positions(of: Array("/Encrypt".utf8), in: bytes).contains { place in
            // A reference or a dictionary; `/EncryptMetadata` is another word.
            let next = bytes[(place + 8)...].first { !PDFHeader.isSpace($0) }
            return next.map { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "<") } ?? false
        }
        let counts = LiteralSearch.positions(of: Array("/Count".utf8), in: bytes)
        pages = counts.prefix(PDFHeader.maximumCounts).compactMap { place -> Int? in
            let digits = bytes[(place + 6)...].prefix(16).drop { PDFHeader.isSpace($0) }.prefix { (0x30...0x39).contains($0) }
            guard let count = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
            // Outlines have counts too.
            return PDFHeader.object(around: place, in: bytes).hasWord("/Pages") ? count : nil
        }.max()
    }

    /// The object that a place lies in, as far as it is near.
    private static func object(around place: Int, in bytes: [UInt8]) -> [UInt8] {
        let before = bytes[max(0, place - dictionaryBytes)..<place]
        let after = bytes[place..<min(bytes.count, place + dictionaryBytes)]
        let start = LiteralSearch.positions(of: Array(" obj".utf8), in: Array(before)).last ?? 0
        let end = LiteralSearch.positions(of: Array("endobj".utf8), in: Array(after)).first ?? after.count
        return Array(before.dropFirst(start) + after.prefix(end))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x20].contains(byte) }
}

extension [UInt8] {
    /// The word, and not only the beginning of a longer one.
    fileprivate func hasWord(_ word: String) -> Bool {
        let name = Array(word.utf8)
        return LiteralSearch.positions(of: name, in: self).contains { place in
            let next = self[(place + name.count)...].first ?? 0
            return !(0x41...0x5A).contains(next) && !(0x61...0x7A).contains(next)
        }
    }
}
