#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the host of an address says of where it leads, by its spelling alone: no name is looked up.
enum OAuthHost {
    /// This machine, spelled plainly: `localhost`, `::1`, or four decimal numbers of which the first is 127.
    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        return v4(host[...]).map { $0 >> 24 == 127 } ?? false
    }

    /// Whether it may be in the public network: a name that always means another place is not, nor is a number that some library reads
    /// otherwise than we do.
    ///
    /// - Parameter host: in lower case, an address of IPv6 without its brackets.
    static func isPublic(_ host: String) -> Bool {
        if host.utf8.contains(UInt8(ascii: ":")) { return v6(host).map(isPublic(v6:)) ?? false }
        guard host.utf8.allSatisfy(isOfName) else { return false }
        var name = host[...]
        while name.utf8.last == UInt8(ascii: ".") { name = name.dropLast() }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard let last = labels.last, labels.allSatisfy({ !$0.isEmpty }) else { return false }
        if isNumber(last) { return v4(name).map(isPublic(v4:)) ?? false }
        return last != "localhost" && last != "localdomain" && !refusedNames.contains(String(name))
    }

    /// Where clouds keep the keys of their machines, and what files of hosts call this one.
    private static let refusedNames: Set<String> = [
        "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal", "metadata.azure.internal",
        "metadata.tencentyun.com", "ip6-localhost", "ip6-loopback", "localhost4", "localhost6", "localhost6.localdomain6",
    ]

    // MARK: Spelling

    private static func isOfName(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// The last label of a name in the public network is never one: who ends so is read as an address, in whatever base.
    private static func isNumber(_ label: Substring) -> Bool {
        if label.utf8.allSatisfy(isDigit) { return true }
        return label.hasPrefix("0x") && label.utf8.dropFirst(2).allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
    }

    /// Exactly four decimal numbers to 255, without zeros before them, which some take for octal.
    private static func v4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(isDigit), part == "0" || !part.hasPrefix("0"),
                let byte = UInt8(part)
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    /// Sixteen bytes; `nil` for what is none, and for one with a zone.
    private static func v6(_ text: String) -> [UInt8]? {
        guard !text.utf8.contains(0) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(AF_INET6, text, &bytes) == 1 ? bytes : nil
    }

    // MARK: Ranges

    /// Base and bits of what is not the public network (the special-purpose registry of IANA), and an address of Azure's own services.
    private static let refusedV4: [(UInt32, UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12), (0xC000_0000, 24),
        (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15), (0xC633_6400, 24), (0xCB00_7100, 24),
        (0xE000_0000, 4), (0xF000_0000, 4), (0xA83F_8110, 32),
    ]

    private static func isPublic(v4 number: UInt32) -> Bool {
        !refusedV4.contains { base, bits in (number ^ base) >> (32 - bits) == 0 }
    }

    /// Of the part that is given out for the public network, without tunnels, tests and documentation; an address of IPv4 in it counts
    /// as that one.
    private static func isPublic(v6 bytes: [UInt8]) -> Bool {
        let words: [UInt32] = (0..<4).map { index in
            bytes[4 * index..<4 * index + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        // Mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
        if words[0] == 0, words[1] == 0, words[2] == 0xFFFF { return isPublic(v4: words[3]) }
        if words[0] == 0x0064_FF9B, words[1] == 0, words[2] == 0 { return isPublic(v4: words[3]) }
        if words[0] >> 16 == 0x2002 { return isPublic(v4: words[0] << 16 | words[1] >> 16) }
        // Loopback, unspecified, unique-local, link-local and multicast addresses are all outside.
        guard words[0] >> 29 == 1 else { return false }
        return words[0] >> 9 != 0x2001_0000 >> 9 && words[0] != 0x2001_0DB8 && words[0] >> 12 != 0x3FFF_0
    }
}
