/// The bytes of one run, and the complaint that libFuzzer shows with the input that led to it.
func fuzzInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: start, count: count))
}

func require(_ condition: Bool, _ complaint: @autoclosure () -> String) {
    if !condition { fatalError(complaint()) }
}

/// A stream in pieces of up to eight bytes, also empty ones; the same for the same seed.
func cut(_ bytes: [UInt8], seed: Int) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var (state, rest) = (seed, bytes[...])
    while !rest.isEmpty {
        state = (state &* 1_103_515_245 &+ 12345) & 0x7FFF_FFFF
        let length = min(rest.count, (state >> 16) % 9)
        pieces.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return pieces
}
