extension JSONWriter {
    /// A string of `prefix`, which must need no escape, and the bytes in base64 with padding: `data:image/png;base64,…`.
    package mutating func base64(_ bytes: [UInt8], after prefix: String = "") {
        let head = Array(prefix.utf8)
        let count = head.count + (bytes.count + 2) / 3 * 4 + 3
        // Some room for what follows: otherwise its first byte would double a storage of megabytes.
        emit(atMost: count + min(count, 1 << 16)) { [needsComma] cursor in
            if needsComma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(UInt8(ascii: "\""))
            for byte in head { cursor.put(byte) }
            JSONWriter.digits.withUnsafeBufferPointer { digits in
                bytes.withUnsafeBufferPointer { JSONWriter.encode($0, digits, into: &cursor) }
            }
            cursor.put(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func encode(_ bytes: UnsafeBufferPointer<UInt8>, _ digits: UnsafeBufferPointer<UInt8>, into cursor: inout Cursor) {
        var place = 0
        while place + 3 <= bytes.count {
            let group = Int(bytes[place]) << 16 | Int(bytes[place + 1]) << 8 | Int(bytes[place + 2])
            cursor.put(digits[group >> 18])
            cursor.put(digits[group >> 12 & 63])
            cursor.put(digits[group >> 6 & 63])
            cursor.put(digits[group & 63])
            place += 3
        }
        let left = bytes.count - place
        if left == 0 { return }
        let group = Int(bytes[place]) << 16 | (left == 2 ? Int(bytes[place + 1]) << 8 : 0)
        cursor.put(digits[group >> 18])
        cursor.put(digits[group >> 12 & 63])
        cursor.put(left == 2 ? digits[group >> 6 & 63] : UInt8(ascii: "="))
        cursor.put(UInt8(ascii: "="))
    }
}
