#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension LiteralSearch {
    /// The first `byte` between two places, both included.
    package static func index(of byte: UInt8, in bytes: UnsafeBufferPointer<UInt8>, from start: Int, through last: Int) -> Int? {
        guard start <= last, let base = bytes.baseAddress else { return nil }
        guard let found = memchr(base + start, Int32(byte), last - start + 1) else { return nil }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
}
