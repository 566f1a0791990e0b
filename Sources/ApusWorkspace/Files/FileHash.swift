import Crypto

/// SHA-256 over bytes that come in pieces, in hex as ``FileMark`` keeps it.
package struct FileHash {
    private var digest = SHA256()

    package init() {}

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { digest.update(bufferPointer: $0) }
    }

    package func finish() -> String { FileHash.hex(digest.finalize()) }

    package static func of(_ bytes: [UInt8]) -> String { hex(SHA256.hash(data: bytes)) }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
