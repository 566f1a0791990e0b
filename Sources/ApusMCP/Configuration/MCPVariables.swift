/// Replaces `${NAME}` and `${NAME:-default}` by the value of an environment variable (`droid-exec.md` §5.11).
///
/// Anything of another form stays as it is. A variable that is not set and has no default stays too and is reported; an empty one counts
/// as set, but takes its default. Values are not expanded again.
struct MCPVariables {
    private let environment: [String: String]
    /// In the order they were met, each once.
    private(set) var missing: [String] = []

    init(_ environment: [String: String]) { self.environment = environment }

    mutating func expand(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            guard let close = rest[start.upperBound...].firstIndex(of: "}"),
                let value = value(of: rest[start.upperBound..<close])
            else {
                result += "${"
                rest = rest[start.upperBound...]
                continue
            }
            result += value
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    private mutating func value(of reference: Substring) -> String? {
        let mark = reference.firstRange(of: ":-")
        let name = String(reference[..<(mark?.lowerBound ?? reference.endIndex)])
        guard Self.isName(name) else { return nil }
        if let mark {
            let value = environment[name] ?? ""
            return value.isEmpty ? String(reference[mark.upperBound...]) : value
        }
        if let value = environment[name] { return value }
        if !missing.contains(name) { missing.append(name) }
        return "${\(name)}"
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return name.utf8.allSatisfy { byte in
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
        }
    }
}
