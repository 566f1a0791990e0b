/// Operations on sorted or unsorted lists of scalar ranges, and their spelling in UTF-8.
enum ScalarRanges {
    static let all: [ClosedRange<UInt32>] = [0...0xD7FF, 0xE000...0x10FFFF]

    static func normalized(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound &+ 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    static func inverted(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in normalized(ranges) {
            if range.lowerBound > next { result.append(next...(range.lowerBound - 1)) }
            next = range.upperBound + 1
        }
        if next <= 0x10FFFF { result.append(next...0x10FFFF) }
        return result.flatMap(withoutSurrogates)
    }

    static func removing(_ scalar: UInt32, from ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        ranges.flatMap { range -> [ClosedRange<UInt32>] in
            guard range.contains(scalar) else { return [range] }
            var parts: [ClosedRange<UInt32>] = []
            if range.lowerBound < scalar { parts.append(range.lowerBound...(scalar - 1)) }
            if range.upperBound > scalar { parts.append((scalar + 1)...range.upperBound) }
            return parts
        }
    }

    /// Adds the other case of every letter. Ranges beyond ASCII are looked through one by one, up to 4,096 scalars each.
    static func ignoringCase(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var result = ranges
        for range in ranges {
            for scalar in range.prefix(4096) {
                for other in otherCases(of: scalar) { result.append(other...other) }
            }
        }
        return normalized(result)
    }

    private static func otherCases(of value: UInt32) -> [UInt32] {
        switch value {
        case 0x41...0x5A: return [value + 0x20]
        case 0x61...0x7A: return [value - 0x20]
        case 0..<0x80: return []
        default:
            guard let scalar = Unicode.Scalar(value) else { return [] }
            return [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { mapping in
                let scalars = mapping.unicodeScalars
                guard scalars.count == 1, let first = scalars.first, first != scalar else { return nil }
                return first.value
            }
        }
    }

    /// The byte sequences of a range, each a list of byte ranges.
    static func byteSequences(of range: ClosedRange<UInt32>) -> [[ClosedRange<UInt8>]] {
        var open = withoutSurrogates(range)
        var result: [[ClosedRange<UInt8>]] = []
        while let next = open.popLast() {
            if let cut = cut(next) {
                open.append((cut + 1)...next.upperBound)
                open.append(next.lowerBound...cut)
            } else {
                result.append(zip(encoded(next.lowerBound), encoded(next.upperBound)).map { $0...$1 })
            }
        }
        return result
    }

    /// Where a range must be cut so that its first part, and later its second, is a product of byte ranges.
    private static func cut(_ range: ClosedRange<UInt32>) -> UInt32? {
        let (low, high) = (range.lowerBound, range.upperBound)
        for limit: UInt32 in [0x7F, 0x7FF, 0xFFFF] where low <= limit && limit < high { return limit }
        if high <= 0x7F { return nil }
        for bits: UInt32 in [6, 12, 18] {
            let mask: UInt32 = (1 << bits) - 1
            guard low & ~mask != high & ~mask else { continue }
            if low & mask != 0 { return low | mask }
            if high & mask != mask { return (high & ~mask) - 1 }
        }
        return nil
    }

    private static func withoutSurrogates(_ range: ClosedRange<UInt32>) -> [ClosedRange<UInt32>] {
        var parts: [ClosedRange<UInt32>] = []
        if range.lowerBound < 0xD800 { parts.append(range.lowerBound...min(range.upperBound, 0xD7FF)) }
        if range.upperBound > 0xDFFF { parts.append(max(range.lowerBound, 0xE000)...range.upperBound) }
        return parts
    }

    private static func encoded(_ value: UInt32) -> [UInt8] {
        guard let scalar = Unicode.Scalar(value) else { return [] }
        return Array(UTF8.encode(scalar) ?? UTF8.CodeUnit.replacement)
    }
}

extension UTF8.CodeUnit {
    fileprivate static var replacement: Unicode.UTF8.EncodedScalar { UTF8.encodedReplacementCharacter }
}
