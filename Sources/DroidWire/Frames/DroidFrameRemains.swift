import ApusBase

/// What can still be told of bytes that are no JSON: the id of the frame they should have been, and whether it was an answer.
///
/// Nothing is promised: brackets and strings are followed as far as they go, and only members of the outermost object count.
struct DroidFrameRemains {
    private(set) var id: String?
    private(set) var isResponse = false

    init(_ bytes: ArraySlice<UInt8>) {
        var scan = Scan(bytes: bytes.prefix(DroidLimit.recoveryBytes))
        while let (key, value) = scan.nextMember() {
            switch key {
            case "id": if let value, !value.isEmpty, value.utf8.count <= DroidLimit.idBytes { id = value }
            case "result", "error": isResponse = true
            case "type": if value == "response" { isResponse = true }
            default: break
            }
        }
    }

    func fault(_ failure: DroidFailure) -> DroidFrameFault {
        DroidFrameFault(id: id, failure: failure, isAnswerable: !isResponse)
    }

    private struct Scan {
        let bytes: ArraySlice<UInt8>
        var position: Int
        var depth = 0

        init(bytes: ArraySlice<UInt8>) {
            self.bytes = bytes
            position = bytes.startIndex
        }

        /// The next name in the outermost object, and its value when that is a whole string.
        mutating func nextMember() -> (String, String?)? {
            while position < bytes.endIndex {
                switch bytes[position] {
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: "\""):
                    guard let text = string() else { return nil }
                    skipSpace()
                    if depth == 1, position < bytes.endIndex, bytes[position] == UInt8(ascii: ":") {
                        position += 1
                        skipSpace()
                        if position < bytes.endIndex, bytes[position] == UInt8(ascii: "\"") { return (text, string()) }
                        return (text, nil)
                    }
                    continue
                default: break
                }
                position += 1
            }
            return nil
        }

        /// The string that begins here; `nil` when it does not end or is none. Moves behind it.
        private mutating func string() -> String? {
            let start = position
            position += 1
            while position < bytes.endIndex, bytes[position] != UInt8(ascii: "\"") {
                position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
            }
            guard position < bytes.endIndex else {
                position = bytes.endIndex
                return nil
            }
            position += 1
            // A string that JSON does not allow is none that could be an id.
            let value = try? JSONValue(parsing: Array(bytes[start..<position]))
            return value?.stringValue ?? ""
        }

        private mutating func skipSpace() {
            while position < bytes.endIndex, bytes[position] <= 0x20 { position += 1 }
        }
    }
}
