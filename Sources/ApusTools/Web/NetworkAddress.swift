/// An address of IPv4 or IPv6, as the number it is, whatever way it was spelled.
enum NetworkAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// Why nothing may be fetched from it; `nil` for addresses of the public network.
    var objection: String? {
        switch self {
        case .v4(let number): NetworkAddress.objection(v4: number)
        case .v6(let high, let low): NetworkAddress.objection(v6: high, low)
        }
    }

    /// The one plain spelling: dotted decimal, or eight groups without abbreviation.
    var text: String {
        switch self {
        case .v4(let number): (0..<4).map { String((number >> (24 - 8 * $0)) & 0xFF) }.joined(separator: ".")
        case .v6(let high, let low):
            (0..<8).map { index in
                String(((index < 4 ? high : low) >> UInt64(48 - 16 * (index % 4))) & 0xFFFF, radix: 16)
            }.joined(separator: ":")
        }
    }

    private struct Range {
        var base: UInt32
        var bits: UInt32
        var kind: String

        init(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32, _ bits: UInt32, _ kind: String) {
            base = a << 24 | b << 16 | c << 8 | d
            self.bits = bits
            self.kind = kind
        }
    }

    /// The special-purpose registry of IANA (RFC 6890 and what came after it).
    private static let refused: [Range] = [
        Range(169, 254, 169, 254, 32, "a cloud metadata address"), Range(169, 254, 170, 2, 32, "a cloud metadata address"),
        Range(100, 100, 100, 200, 32, "a cloud metadata address"), Range(168, 63, 129, 16, 32, "a cloud metadata address"),
        Range(0, 0, 0, 0, 8, "an unspecified address"), Range(10, 0, 0, 0, 8, "a private address"),
        Range(100, 64, 0, 0, 10, "an address of a provider's inner network"), Range(127, 0, 0, 0, 8, "a loopback address"),
        Range(169, 254, 0, 0, 16, "a link-local address"), Range(172, 16, 0, 0, 12, "a private address"),
        Range(192, 0, 0, 0, 24, "a reserved address"), Range(192, 0, 2, 0, 24, "an address for documentation"),
        Range(192, 31, 196, 0, 24, "a reserved address"), Range(192, 52, 193, 0, 24, "a reserved address"),
        Range(192, 88, 99, 0, 24, "a reserved address"), Range(192, 168, 0, 0, 16, "a private address"),
        Range(192, 175, 48, 0, 24, "a reserved address"), Range(198, 18, 0, 0, 15, "an address for benchmarks"),
        Range(198, 51, 100, 0, 24, "an address for documentation"), Range(203, 0, 113, 0, 24, "an address for documentation"),
        Range(224, 0, 0, 0, 4, "a multicast address"), Range(240, 0, 0, 0, 4, "a reserved address"),
    ]

    private static func objection(v4 number: UInt32) -> String? {
        refused.first { (number ^ $0.base) >> (32 - $0.bits) == 0 }?.kind
    }

    /// Only the part that is given out for the public network is left, and of that not what carries an address of IPv4 in it which is
    /// refused itself, or leads into a tunnel.
    private static func objection(v6 high: UInt64, _ low: UInt64) -> String? {
        if high == 0 && low == 1 { return "a loopback address" }
        if high == 0 && low == 0 { return "an unspecified address" }
        if high == 0xfd00_0ec2_0000_0000 && low == 0x254 { return "a cloud metadata address" }
        if let inner = embedded(high, low) { return objection(v4: inner) }
        if high >> 54 == 0xfe80 >> 6 { return "a link-local address" }
        if high >> 57 == 0xfc00 >> 9 { return "a private address" }
        if high >> 56 == 0xff { return "a multicast address" }
        if high >> 61 != 1 { return "a reserved address" }
        if high >> 32 == 0x2001_0000 { return "an address of a tunnel" }
        if high >> 41 == 0x2001_0000 >> 9 { return "a reserved address" }
        if high >> 32 == 0x2001_0db8 || high >> 44 == 0x3fff0 { return "an address for documentation" }
        if high >> 16 == 0x2620_004f_8000 { return "a reserved address" }
        return nil
    }

    /// The address of IPv4 that one of IPv6 stands for: mapped, compatible, translated (RFC 2765), NAT64 (RFC 6052 and 8215), 6to4.
    private static func embedded(_ high: UInt64, _ low: UInt64) -> UInt32? {
        let last = UInt32(truncatingIfNeeded: low)
        if high == 0 && low >> 32 == 0xFFFF { return last }
        if high == 0 && low >> 32 == 0xFFFF_0000 { return last }
        if high == 0 && low >> 32 == 0 { return last }
        if high == 0x0064_ff9b_0000_0000 && low >> 32 == 0 { return last }
        // Local-use NAT64 has no one place for the address: this is that of a prefix of 96 bits; the others are refused as reserved.
        if high >> 16 == 0x0064_ff9b_0001 && low >> 32 == 0 { return last }
        if high >> 48 == 0x2002 { return UInt32(truncatingIfNeeded: high >> 16) }
        return nil
    }
}

extension NetworkAddress {
    /// Four numbers or fewer, each decimal, octal (`0…`) or hexadecimal (`0x…`), the last filling what is left, as the C library and
    /// browsers read them. `nil` when it is none.
    static func lenientV4(_ text: Substring) -> NetworkAddress? {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true, parts.count > 1 { parts.removeLast() }
        guard (1...4).contains(parts.count) else { return nil }
        var numbers: [UInt64] = []
        for part in parts {
            guard let number = lenientNumber(part) else { return nil }
            numbers.append(number)
        }
        guard let last = numbers.popLast(), numbers.allSatisfy({ $0 <= 255 }), last < 1 << UInt64(8 * (4 - numbers.count)) else {
            return nil
        }
        var whole = last
        for (index, number) in numbers.enumerated() { whole |= number << UInt64(24 - 8 * index) }
        return .v4(UInt32(whole))
    }

    /// Whether the last label looks like a number, so that a resolver might take the whole for an address.
    static func endsInNumber(_ text: Substring) -> Bool {
        var parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true, parts.count > 1 { parts.removeLast() }
        guard let last = parts.last else { return false }
        if last.lowercased().hasPrefix("0x") { return last.utf8.dropFirst(2).allSatisfy(isHex) }
        return !last.isEmpty && last.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func lenientNumber(_ text: Substring) -> UInt64? {
        if text.isEmpty { return nil }
        let lower = text.lowercased()
        if lower.hasPrefix("0x") { return lower.count == 2 ? 0 : plain(lower.dropFirst(2), 16) }
        if lower.hasPrefix("0"), lower.count > 1 { return plain(lower.dropFirst(), 8) }
        return plain(lower[...], 10)
    }

    /// No sign, and at most what 32 bits hold.
    private static func plain(_ digits: Substring, _ radix: Int) -> UInt64? {
        guard let first = digits.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-") else { return nil }
        guard let number = UInt64(digits, radix: radix), number <= UInt64(UInt32.max) else { return nil }
        return number
    }

    /// RFC 4291, without brackets and without a zone.
    static func v6(_ text: Substring) -> NetworkAddress? {
        var words: [UInt16] = []
        var gap: Int?
        var rest = text
        if rest.hasPrefix("::") {
            gap = 0
            rest = rest.dropFirst(2)
        } else if rest.hasPrefix(":") {
            return nil
        }
        while !rest.isEmpty {
            let group = rest.prefix { $0 != ":" }
            rest = rest.dropFirst(group.count)
            if group.contains(".") {
                guard rest.isEmpty, let number = strictV4(group) else { return nil }
                words += [UInt16(number >> 16), UInt16(number & 0xFFFF)]
                break
            }
            guard (1...4).contains(group.utf8.count), group.utf8.allSatisfy(isHex), let word = UInt16(group, radix: 16) else { return nil }
            words.append(word)
            if rest.isEmpty { break }
            rest = rest.dropFirst()
            if rest.hasPrefix(":") {
                guard gap == nil else { return nil }
                gap = words.count
                rest = rest.dropFirst()
            } else if rest.isEmpty {
                return nil
            }
        }
        if let gap {
            guard words.count < 8 else { return nil }
            words.insert(contentsOf: [UInt16](repeating: 0, count: 8 - words.count), at: gap)
        }
        guard words.count == 8 else { return nil }
        let numbers = words.map { UInt64($0) }
        return .v6(
            high: numbers[0] << 48 | numbers[1] << 32 | numbers[2] << 16 | numbers[3],
            low: numbers[4] << 48 | numbers[5] << 32 | numbers[6] << 16 | numbers[7])
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func strictV4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part) else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }
}
