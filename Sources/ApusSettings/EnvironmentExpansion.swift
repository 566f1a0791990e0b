/// Replaces `${NAME}` by the value of an environment variable.
///
/// Anything that is not exactly `${`, a name (letters, digits, underscore, no digit first) and `}` stays as it is. A variable that is
/// not set stays as it is too and is reported; an empty one counts as set. Values are not expanded again.
struct EnvironmentExpansion {
    private let environment: [String: String]
    /// In the order they were met, each once.
    private(set) var missing: [String] = []

    init(_ environment: [String: String]) {
        self.environment = environment
    }

    mutating func expand(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "$") {
            result += rest[..<start]
            rest = rest[start...]
            guard let (name, end) = Self.reference(at: rest) else {
                result.append("$")
                rest = rest.dropFirst()
                continue
            }
            if let value = environment[name] {
                result += value
            } else {
                result += rest[..<end]
                if !missing.contains(name) { missing.append(name) }
            }
            rest = rest[end...]
        }
        return result + rest
    }

    private static func reference(at text: Substring) -> (name: String, end: Substring.Index)? {
        guard text.hasPrefix("${"), let close = text.firstIndex(of: "}") else { return nil }
        let name = text[text.index(text.startIndex, offsetBy: 2)..<close]
        guard let first = name.utf8.first, !(0x30...0x39).contains(first) else { return nil }
        let isName = name.utf8.allSatisfy { byte in
            (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
        }
        return isName ? (String(name), text.index(after: close)) : nil
    }
}
