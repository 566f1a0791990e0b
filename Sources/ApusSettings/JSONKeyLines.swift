import ApusBase

/// The line of every member of a document, down to the second level of objects. Lists are not entered.
///
/// Expects the output of ``JSONWithComments/blanked(_:)`` of a document that parsed; anything else gives lines without meaning, never
/// a trap.
struct JSONKeyLines: Hashable, Sendable {
    private var lines: [String: Int] = [:]

    init(_ bytes: [UInt8]) {
        /// One entry an open bracket: the path of an object whose members count, `nil` otherwise.
        var open: [String?] = []
        var isKeyNext = false
        var member: String?
        var line = 1
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A: line += 1
            case UInt8(ascii: "{"):
                open.append(open.isEmpty ? "" : open.count == 1 ? member : nil)
                isKeyNext = true
            case UInt8(ascii: "["):
                open.append(nil)
                isKeyNext = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                isKeyNext = false
            case UInt8(ascii: ","): isKeyNext = (open.last ?? nil) != nil
            case UInt8(ascii: "\""):
                let end = Self.end(ofStringAt: position, in: bytes)
                if isKeyNext, let prefix = open.last ?? nil, let name = Self.text(bytes[position..<end]) {
                    let path = prefix.isEmpty ? name : prefix + "." + name
                    lines[path] = line
                    member = path
                }
                isKeyNext = false
                position = end - 1
            default: break
            }
            position += 1
        }
    }

    subscript(path: String) -> Int? { lines[path] }

    private static func end(ofStringAt start: Int, in bytes: [UInt8]) -> Int {
        var position = start + 1
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 2
            } else if bytes[position] == UInt8(ascii: "\"") {
                return position + 1
            } else {
                position += 1
            }
        }
        return bytes.count
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        // The document parsed, so its strings do.
        (try? JSONValue(parsing: Array(bytes)))?.stringValue
    }
}
