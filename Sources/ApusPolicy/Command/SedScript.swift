/// What a sed script does, as far as that can be shown. Only the commands that print, edit the stream or jump are understood.
struct SedScript {
    enum Outcome: Hashable { case reads, writes([String]), runs, unknown }

    private let bytes: [UInt8]
    private var position = 0
    private var files: [String] = []

    static func judge(_ text: String) -> Outcome {
        var script = SedScript(bytes: Array(text.utf8))
        return script.judge()
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func judge() -> Outcome {
        while let byte = current {
            if " \t\n;{}".utf8.contains(byte) {
                position += 1
                continue
            }
            guard skipAddresses(), let command = current else { return .unknown }
            position += 1
            switch command {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "="), UInt8(ascii: "d"), UInt8(ascii: "D"), UInt8(ascii: "g"),
                UInt8(ascii: "G"), UInt8(ascii: "h"), UInt8(ascii: "H"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "p"),
                UInt8(ascii: "P"), UInt8(ascii: "x"), UInt8(ascii: "z"), UInt8(ascii: "F"):
                break
            case UInt8(ascii: "q"), UInt8(ascii: "Q"), UInt8(ascii: "l"), UInt8(ascii: "L"): skipDigits()
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: ":"), UInt8(ascii: "b"), UInt8(ascii: "t"), UInt8(ascii: "T"):
                while let byte = current, byte != UInt8(ascii: ";"), byte != 0x0A, byte != UInt8(ascii: "}") { position += 1 }
            case UInt8(ascii: "a"), UInt8(ascii: "i"), UInt8(ascii: "c"): skipText()
            case UInt8(ascii: "s"): if let end = substitute() { return end }
            case UInt8(ascii: "y"): if !skipDelimited(twice: true) { return .unknown }
            case UInt8(ascii: "w"), UInt8(ascii: "W"): files.append(restOfLine())
            case UInt8(ascii: "e"): return .runs
            default: return .unknown
            }
        }
        return files.isEmpty ? .reads : .writes(files)
    }

    private mutating func skipAddresses() -> Bool {
        guard skipAddress() else { return false }
        if current == UInt8(ascii: ",") {
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "~") { position += 1 }
            let before = position
            guard skipAddress(), position > before else { return false }
        }
        while let byte = current, byte == UInt8(ascii: "!") || byte == UInt8(ascii: " ") { position += 1 }
        return true
    }

    private mutating func skipAddress() -> Bool {
        switch current {
        case UInt8(ascii: "$"): position += 1
        case .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            skipDigits()
            if current == UInt8(ascii: "~") {
                position += 1
                skipDigits()
            }
        case UInt8(ascii: "/"), UInt8(ascii: "\\"):
            if current == UInt8(ascii: "\\") { position += 1 }
            guard skipDelimited(twice: false) else { return false }
            while current == UInt8(ascii: "I") || current == UInt8(ascii: "M") { position += 1 }
        default: break
        }
        while current == UInt8(ascii: " ") { position += 1 }
        return true
    }

    private mutating func skipDigits() {
        while let byte = current, (0x30...0x39).contains(byte) || byte == 0x20 { position += 1 }
    }

    private mutating func skipLine() { while let byte = current, byte != 0x0A { _ = byte; position += 1 } }

    private mutating func restOfLine() -> String {
        let start = position
        skipLine()
        return String(decoding: bytes[start..<position].drop { $0 == 0x20 }, as: UTF8.self)
    }

    /// Lines that end with a backslash go on.
    private mutating func skipText() {
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\\"), current != nil { position += 1 } else if byte == 0x0A { return }
        }
    }

    /// From one delimiter to the same again, which sets in brackets do not hide.
    private mutating func skipDelimited(twice: Bool) -> Bool {
        guard let mark = current, mark != 0x0A, mark != UInt8(ascii: "\\") else { return false }
        position += 1
        var left = twice ? 2 : 1
        var inSet = false
        while let byte = current {
            position += 1
            if byte == UInt8(ascii: "\\") {
                position += 1
            } else if byte == UInt8(ascii: "[") && !inSet {
                // Shells of GNU and BSD disagree on delimiters within sets, and one that is quoted this way may end the pattern early.
                if bytes[position...].first(where: { $0 == mark || $0 == UInt8(ascii: "]") }) == mark { return false }
                inSet = true
            } else if byte == UInt8(ascii: "]") {
                inSet = false
            } else if byte == mark {
                left -= 1
                inSet = false
                if left == 0 { return true }
            } else if byte == 0x0A && left == 1 && !twice {
                return false
            }
        }
        return false
    }

    private mutating func substitute() -> Outcome? {
        guard skipDelimited(twice: true) else { return .unknown }
        while let flag = current {
            switch flag {
            case UInt8(ascii: "g"), UInt8(ascii: "p"), UInt8(ascii: "i"), UInt8(ascii: "I"), UInt8(ascii: "m"), UInt8(ascii: "M"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                position += 1
            case UInt8(ascii: "e"): return .runs
            case UInt8(ascii: "w"):
                position += 1
                files.append(restOfLine())
                return nil
            case UInt8(ascii: ";"), UInt8(ascii: "}"), UInt8(ascii: " "), UInt8(ascii: "\t"), 0x0A, UInt8(ascii: "#"): return nil
            default: return .unknown
            }
        }
        return nil
    }
}

/// What an awk program could do, by the marks that more than printing needs.
enum AwkProgram {
    enum Outcome: Hashable { case reads, writes, runs }

    static func judge(_ text: String) -> Outcome {
        let code = withoutTexts(Array(text.utf8))
        let joined = String(decoding: code, as: UTF8.self)
        if joined.contains("system") || joined.contains("@") || joined.contains("/inet") || text.contains("/inet") { return .runs }
        for (index, byte) in code.enumerated() where byte == UInt8(ascii: "|") {
            let isDoubled = (index + 1 < code.count && code[index + 1] == byte) || (index > 0 && code[index - 1] == byte)
            if !isDoubled { return .runs }
        }
        if joined.contains("getline") || redirects(code) || joined.contains("ENVIRON") || joined.contains("fflush") {
            return .writes
        }
        return .reads
    }

    /// `>` is a redirection only behind `print`, and never as `>=`; a statement ends at `;` or `}`, and may go on over line breaks.
    private static func redirects(_ code: [UInt8]) -> Bool {
        var isPrinting = false
        for (index, byte) in code.enumerated() {
            switch byte {
            case UInt8(ascii: ";"), UInt8(ascii: "}"): isPrinting = false
            case UInt8(ascii: "t"): if code[...index].hasSuffix("print") { isPrinting = true }
            case UInt8(ascii: "f"): if code[...index].hasSuffix("printf") { isPrinting = true }
            case UInt8(ascii: ">"): if isPrinting, index + 1 == code.count || code[index + 1] != UInt8(ascii: "=") { return true }
            default: break
            }
        }
        return false
    }

    /// Something that is printed goes to a file.
    static func writesFiles(_ text: String) -> Bool { redirects(withoutTexts(Array(text.utf8))) }

    /// What stands behind `>`: a name in quotes, or `nil` for anything else that may be one.
    static func targets(_ text: String) -> [String?] {
        let bytes = Array(text.utf8)
        let code = withoutTexts(bytes)
        // A number or a field behind it is compared with, as a rule; a name may be a file's.
        guard code.contains(UInt8(ascii: ">")) else { return [] }
        var targets: [String?] = []
        var index = 0
        while index < bytes.count {
            defer { index += 1 }
            guard bytes[index] == UInt8(ascii: ">") else { continue }
            let rest = bytes[(index + 1)...].drop { $0 == 0x20 || $0 == 0x09 || $0 == UInt8(ascii: ">") }
            guard let first = rest.first, first != UInt8(ascii: "=") else { continue }
            if first == UInt8(ascii: "\"") {
                let name = rest.dropFirst().prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
                let end = rest.startIndex + 1 + name.count
                // What is put together is not known.
                let behind = end < bytes.count ? bytes[(end + 1)...].first { $0 != 0x20 } : nil
                let isWhole = end < bytes.count && bytes[end] == UInt8(ascii: "\"") && (behind.map { ";}\n)".utf8.contains($0) } ?? true)
                targets.append(isWhole ? String(decoding: name, as: UTF8.self) : nil)
            }
        }
        return targets
    }

    /// Strings and patterns go, code stays. Where it is a question whether a slash divides, everything stays: a doubt raises.
    private static func withoutTexts(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            result.append(byte)
            let mark: UInt8
            if byte == UInt8(ascii: "\"") {
                mark = byte
            } else if byte == UInt8(ascii: "/") {
                guard let before = result.dropLast().last(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A }) else {
                    mark = byte
                    guard skip(bytes, mark, &index) else { return bytes }
                    continue
                }
                if "{(,!~&;|".utf8.contains(before) { mark = byte } else { continue }
            } else {
                continue
            }
            guard skip(bytes, mark, &index) else { return bytes }
        }
        return result
    }

    private static func skip(_ bytes: [UInt8], _ mark: UInt8, _ index: inout Int) -> Bool {
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == mark { return true }
            if byte == 0x0A || byte == UInt8(ascii: "[") && mark == UInt8(ascii: "/") { return false }
            if byte == UInt8(ascii: "\\") { index += 1 }
        }
        return false
    }
}

extension ArraySlice<UInt8> {
    fileprivate func hasSuffix(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        return text.withUTF8Buffer { wanted in suffix(length).elementsEqual(wanted) }
    }
}
