extension JSONScanner {
    /// Where the first ill-formed UTF-8 sequence begins, by table 3-7 of the Unicode standard: no overlong forms, no surrogates,
    /// nothing beyond U+10FFFF.
    func firstInvalidUTF8(from start: Int, to end: Int) -> Int? {
        var position = start
        while position < end {
            let lead = base[position]
            if lead < 0x80 {
                position += 1
                continue
            }
            let second: ClosedRange<UInt8>
            let length: Int
            switch lead {
            case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
            case 0xE0: (length, second) = (3, 0xA0...0xBF)
            case 0xED: (length, second) = (3, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
            case 0xF0: (length, second) = (4, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
            case 0xF4: (length, second) = (4, 0x80...0x8F)
            default: return position
            }
            guard position + length <= end, second.contains(base[position + 1]) else { return position }
            for offset in 2..<max(length, 2) where base[position + offset] & 0xC0 != 0x80 { return position }
            position += length
        }
        return nil
    }
}
