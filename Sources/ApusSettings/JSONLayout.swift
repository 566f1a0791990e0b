import ApusBase

/// Where the values of a document stand, in bytes.
struct JSONLayout {
    struct Value {
        var range: Range<Int>
        /// Of an object its members, of a list its elements; in order.
        var items: [Item] = []
        var isObject = false

        /// The item that a name finds: the last one.
        func index(of key: String) -> Int? { items.lastIndex { $0.key == key } }
    }

    struct Item {
        /// `nil` in a list.
        var key: String?
        /// Of the name, or of the element.
        var start: Int
        var value: Value

        var end: Int { value.range.upperBound }
    }

    private let bytes: [UInt8]
    private var position = 0

    /// - Parameter bytes: strict JSON, which parsed and is no deeper than the parser allows.
    static func root(of bytes: [UInt8]) -> Value {
        var layout = JSONLayout(bytes: bytes)
        return layout.value()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func value() -> Value {
        skipSpace()
        let start = position
        switch current {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let isObject = current == UInt8(ascii: "{")
            let items = items(isObject)
            return Value(range: start..<position, items: items, isObject: isObject)
        case UInt8(ascii: "\""):
            skipString()
        default:
            while let byte = current, !Self.endsWord.contains(byte) { position += 1 }
        }
        return Value(range: start..<position)
    }

    private mutating func items(_ isObject: Bool) -> [Item] {
        var items: [Item] = []
        position += 1
        skipSpace()
        while let byte = current, byte != UInt8(ascii: "}"), byte != UInt8(ascii: "]") {
            let start = position
            var key: String?
            if isObject {
                skipString()
                // The document parsed, so its strings do.
                key = (try? JSONValue(parsing: Array(bytes[start..<position])))?.stringValue
                skipSpace()
                position += 1
            }
            items.append(Item(key: key, start: start, value: value()))
            skipSpace()
            if current == UInt8(ascii: ",") { position += 1 }
            skipSpace()
        }
        position = min(position + 1, bytes.count)
        return items
    }

    private static let endsWord = Set(",]} \t\r\n".utf8)

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte <= 0x20 { position += 1 }
    }

    /// To behind the closing quote.
    private mutating func skipString() {
        position += 1
        while let byte = current, byte != UInt8(ascii: "\"") { position += byte == UInt8(ascii: "\\") ? 2 : 1 }
        position = min(position + 1, bytes.count)
    }
}
