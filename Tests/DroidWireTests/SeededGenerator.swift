import ApusBase

/// SplitMix64: the same numbers on every run, so that a failing case can be repeated by its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension JSONValue {
    static func random(using generator: inout SeededGenerator, depth: Int = 5) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(.random(using: &generator))
        case 2: return .integer(Int64(truncatingIfNeeded: generator.next()) >> Int64.random(in: 0..<64, using: &generator))
        case 3:
            let double = Double(bitPattern: generator.next())
            return .double(double.isFinite ? double : 0.1)
        case 4: return .double(Double(Int.random(in: -100_000...100_000, using: &generator)) / 100)
        case 5: return .string(.random(using: &generator))
        case 6:
            return .array((0..<Int.random(in: 0..<5, using: &generator)).map { _ in .random(using: &generator, depth: depth - 1) })
        default:
            let count = Int.random(in: 0..<(depth == 5 ? 40 : 6), using: &generator)
            return .object(JSONObject((0..<count).map { _ in (.random(using: &generator), .random(using: &generator, depth: depth - 1)) }))
        }
    }
}

extension String {
    static func random(using generator: inout SeededGenerator) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x61...0x7A, 0x20...0x7E, 0...0x1F, 0x80...0x7FF, 0x2000...0x2030, 0xE000...0xFFFF, 0x10000...0x10FFFF,
        ]
        var scalars = String.UnicodeScalarView()
        let range = ranges[Int.random(in: 0..<ranges.count, using: &generator)]
        for _ in 0..<Int.random(in: 0..<30, using: &generator) {
            let picked = Int.random(in: 0..<3, using: &generator) == 0 ? range : 0x20...0x7E
            if let scalar = Unicode.Scalar(UInt32.random(in: picked, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
