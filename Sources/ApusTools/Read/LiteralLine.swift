import ApusWorkspace

/// Line ends in bytes.
enum LiteralLine {
    /// The place after the newline that ends the line at `position`, or the end.
    static func end(in bytes: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        LiteralSearch.index(of: 0x0A, in: bytes, from: position, through: bytes.count - 1).map { $0 + 1 } ?? bytes.count
    }

    static func count(in bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
        var count = 0
        var position = range.lowerBound
        while let found = LiteralSearch.index(of: 0x0A, in: bytes, from: position, through: range.upperBound - 1) {
            count += 1
            position = found + 1
        }
        return count
    }
}
