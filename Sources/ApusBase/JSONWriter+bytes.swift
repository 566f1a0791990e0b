/// How the writer's calls become bytes. Strings are searched and copied eight bytes at a time.
extension JSONWriter {
    /// A place in the storage with a known amount of room behind it, and always a word more, because copies overshoot.
    struct Cursor {
        let base: UnsafeMutablePointer<UInt8>
        var position: Int

        @inline(__always)
        mutating func put(_ byte: UInt8) {
            base[position] = byte
            position &+= 1
        }
    }

    /// Makes room for that many bytes and lets `body` write them. The cursor must not outlive the closure.
    @inline(__always)
    mutating func emit(atMost count: Int, _ body: (inout Cursor) -> Void) {
        if used &+ count &+ 8 > storage.count { grow(count &+ 8) }
        used = storage.withUnsafeMutableBufferPointer { [used] buffer in
            guard let base = buffer.baseAddress else { return used }
            var cursor = Cursor(base: base, position: used)
            body(&cursor)
            return cursor.position
        }
    }

    @inline(never)
    private mutating func grow(_ extra: Int) {
        let size = max(storage.count * 2, used + extra, 64)
        let old = storage
        storage = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            let end = buffer.initialize(fromContentsOf: old)
            buffer[end...].initialize(repeating: 0)
            count = size
        }
    }

    @inline(__always)
    mutating func open(_ bracket: UInt8) {
        emit(atMost: 2) { [needsComma] in
            if needsComma { $0.put(UInt8(ascii: ",")) }
            $0.put(bracket)
        }
        needsComma = false
    }

    @inline(__always)
    mutating func close(_ bracket: UInt8) {
        emit(atMost: 1) { $0.put(bracket) }
        needsComma = true
    }

    mutating func append(integer value: Int64) {
        emit(atMost: 21) { [needsComma] cursor in
            if needsComma { cursor.put(UInt8(ascii: ",")) }
            if value < 0 { cursor.put(UInt8(ascii: "-")) }
            var rest = value.magnitude
            var digits = 1
            while rest >= 10 {
                rest /= 10
                digits &+= 1
            }
            rest = value.magnitude
            var index = cursor.position &+ digits
            cursor.position = index
            repeat {
                index &-= 1
                cursor.base[index] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            } while rest > 0
        }
        needsComma = true
    }

    /// Text that needs no quotes and no escapes.
    mutating func append(plain text: String) {
        var text = text
        text.withUTF8 { append(plain: $0) }
    }

    mutating func append(plain source: UnsafeBufferPointer<UInt8>) {
        emit(atMost: source.count + 1) { [needsComma] cursor in
            if needsComma { cursor.put(UInt8(ascii: ",")) }
            guard let address = source.baseAddress else { return }
            (cursor.base + cursor.position).update(from: address, count: source.count)
            cursor.position &+= source.count
        }
        needsComma = true
    }

    @inline(__always)
    mutating func append(key name: StaticString) {
        name.withUTF8Buffer { source in
            emit(atMost: source.count + 4) { [needsComma] in $0.put(key: source, after: needsComma) }
        }
    }

    /// A member whose value is a string: what messages are mostly made of, so it is one step.
    mutating func append(key name: StaticString, quoted text: String) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { source in
            name.withUTF8Buffer { key in
                var copied = 0
                emit(atMost: key.count + source.count + 6) { [needsComma] cursor in
                    cursor.put(key: key, after: needsComma)
                    cursor.put(UInt8(ascii: "\""))
                    copied = cursor.put(plain: source, from: 0)
                    if copied == source.count { cursor.put(UInt8(ascii: "\"")) }
                }
                if copied < source.count { appendEscaped(source, from: copied, isKey: false) }
            }
        }
        if isDone == nil {
            append(key: name)
            needsComma = false
            append(quoted: text, isKey: false)
        }
        needsComma = true
    }

    mutating func append(quoted text: String, isKey: Bool) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { append(quoted: $0, isKey: isKey) }
        if isDone == nil { Array(text.utf8).withUnsafeBufferPointer { append(quoted: $0, isKey: isKey) } }
    }

    @inline(__always)
    private mutating func append(quoted source: UnsafeBufferPointer<UInt8>, isKey: Bool) {
        var copied = 0
        emit(atMost: source.count + 4) { [needsComma] cursor in
            if needsComma { cursor.put(UInt8(ascii: ",")) }
            cursor.put(UInt8(ascii: "\""))
            copied = cursor.put(plain: source, from: 0)
            if copied == source.count { cursor.putStringEnd(isKey: isKey) }
        }
        if copied < source.count { appendEscaped(source, from: copied, isKey: isKey) }
    }

    /// Goes on at a byte that needs an escape.
    @inline(never)
    private mutating func appendEscaped(_ source: UnsafeBufferPointer<UInt8>, from start: Int, isKey: Bool) {
        var copied = start
        while copied < source.count {
            // Room for everything that is left and some escapes; when those are used up, for as much again.
            let room = (source.count - copied) + (source.count - copied) / 4 + 64
            emit(atMost: room) { cursor in
                let limit = cursor.position + room
                while copied < source.count, cursor.position + (source.count - copied) + 8 <= limit {
                    cursor.put(escaped: source[copied])
                    copied = cursor.put(plain: source, from: copied + 1)
                }
                if copied == source.count { cursor.putStringEnd(isKey: isKey) }
            }
        }
    }
}

extension JSONWriter.Cursor {
    @inline(__always)
    fileprivate mutating func putStringEnd(isKey: Bool) {
        put(UInt8(ascii: "\""))
        if isKey { put(UInt8(ascii: ":")) }
    }

    @inline(__always)
    fileprivate mutating func put(key name: UnsafeBufferPointer<UInt8>, after needsComma: Bool) {
        assert(name.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }, "the name of a member needs an escape: pass it as a String")
        if needsComma { put(UInt8(ascii: ",")) }
        put(UInt8(ascii: "\""))
        if let source = UnsafeRawPointer(name.baseAddress) {
            let target = UnsafeMutableRawPointer(base + position)
            var index = 0
            while index &+ 8 <= name.count {
                (target + index).storeBytes(of: (source + index).loadUnaligned(as: UInt64.self), as: UInt64.self)
                index &+= 8
            }
            while index < name.count {
                (target + index).storeBytes(of: (source + index).load(as: UInt8.self), as: UInt8.self)
                index &+= 1
            }
            position &+= name.count
        }
        putStringEnd(isKey: true)
    }

    /// Copies up to the first byte that needs an escape and gives its index, or the count.
    ///
    /// The last bytes of a run are read again together with clean ones before them, so that they too go by words.
    @inline(__always)
    fileprivate mutating func put(plain source: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let sourceBase = UnsafeRawPointer(source.baseAddress) else { return source.count }
        let from = sourceBase + start
        let to = UnsafeMutableRawPointer(base + position)
        let count = source.count &- start
        var index = 0
        if count >= 8 {
            while true {
                let word = (from + index).loadUnaligned(as: UInt64.self)
                (to + index).storeBytes(of: word, as: UInt64.self)
                let stops = JSONScanner.stopMask(UInt64(littleEndian: word))
                if stops != 0 {
                    index &+= stops.trailingZeroBitCount >> 3
                    break
                }
                index &+= 8
                if index == count { break }
                if index &+ 8 > count { index = count &- 8 }
            }
        } else if count >= 4 {
            let low = from.loadUnaligned(as: UInt32.self)
            let high = (from + (count &- 4)).loadUnaligned(as: UInt32.self)
            if JSONScanner.stopMask(UInt64(low) | UInt64(high) << 32) == 0 {
                to.storeBytes(of: low, as: UInt32.self)
                (to + (count &- 4)).storeBytes(of: high, as: UInt32.self)
                index = count
            } else {
                index = JSONWriter.Cursor.copyBytes(from, to, count)
            }
        } else {
            index = JSONWriter.Cursor.copyBytes(from, to, count)
        }
        position &+= index
        return start &+ index
    }

    @inline(never)
    private static func copyBytes(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) -> Int {
        for index in 0..<count {
            let byte = source.load(fromByteOffset: index, as: UInt8.self)
            if byte < 0x20 || byte == 0x22 || byte == 0x5C { return index }
            target.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
        return count
    }

    fileprivate mutating func put(escaped byte: UInt8) {
        put(0x5C)
        switch byte {
        case 0x22, 0x5C: put(byte)
        case 0x08: put(UInt8(ascii: "b"))
        case 0x0C: put(UInt8(ascii: "f"))
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0D: put(UInt8(ascii: "r"))
        case 0x09: put(UInt8(ascii: "t"))
        default:
            let digit = byte & 15
            put(UInt8(ascii: "u"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0"))
            put(UInt8(ascii: "0") + byte >> 4)
            put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
