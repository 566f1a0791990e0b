/// A version 4 UUID in lower case, from the system's generator.
package func randomUUIDText() -> String {
    var generator = SystemRandomNumberGenerator()
    return randomUUIDText(using: &generator)
}

/// The same from a given generator, so that a test can repeat itself.
package func randomUUIDText(using generator: inout some RandomNumberGenerator) -> String {
    let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 36) { buffer in
        var position = 0
        for nibble in 0..<32 {
            if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                buffer[position] = UInt8(ascii: "-")
                position += 1
            }
            let word = nibble < 16 ? high : low
            buffer[position] = digits[Int(word >> UInt64(60 - 4 * (nibble & 15)) & 15)]
            position += 1
        }
        return position
    }
}

/// Letters and digits (base 62, 5.95 bits each) from the system's generator, fit for ids and secrets alike.
package func randomToken(length: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return randomToken(length: length, using: &generator)
}

/// The same from a given generator. Every character is equally likely.
package func randomToken(length: Int, using generator: inout some RandomNumberGenerator) -> String {
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    return String(unsafeUninitializedCapacity: max(length, 0)) { buffer in
        for position in buffer.indices.prefix(max(length, 0)) {
            buffer.initializeElement(at: position, to: alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return max(length, 0)
    }
}
