import ApusBase

/// Reads the members of a body or a query one after the other, and gathers what is wrong with them as the original's validator would say
/// it (§2.2).
struct OptaForm {
    private(set) var issues: [OptaIssue] = []
    private let object: JSONObject
    private let place: [OptaIssue.Step]
    private let words: String
    /// What is no object has no members that could be wrong as well.
    private let isObject: Bool

    /// - Parameter words: what the route calls an answer about it.
    init(_ value: JSONValue, _ words: String = "Invalid request body", at place: [OptaIssue.Step] = []) {
        self.place = place
        self.words = words
        object = value.objectValue ?? [:]
        isObject = value.objectValue != nil
        if !isObject { issues.append(.wrongType(place, "object", value)) }
    }

    init(query: [String: String]) {
        self.init(.object(JSONObject(query.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })), "Invalid query")
    }

    mutating func add(_ issue: OptaIssue) { if isObject { issues.append(issue) } }

    mutating func report(_ key: String, _ message: String) { add(.custom(path(key), message)) }

    /// To be called when all have been read.
    func check() throws(OptaFailure) {
        if !issues.isEmpty { throw .invalid(words, issues) }
    }

    /// Members of other names are faults.
    mutating func allow(only keys: Set<String>) {
        let others = object.map(\.key).filter { !keys.contains($0) }
        if others.isEmpty { return }
        add(
            OptaIssue(
                code: "unrecognized_keys", path: place,
                message: "Unrecognized key(s) in object: " + others.map { "'\($0)'" }.joined(separator: ", "),
                more: ["keys": .array(others.map { .string($0) })]))
    }

    subscript(_ key: String) -> JSONValue? { object[key] }

    private func path(_ key: String) -> [OptaIssue.Step] { place + [.key(key)] }

    private mutating func missing(_ key: String, _ expected: String) {
        var issue = OptaIssue.missing(key, expected)
        issue.path = path(key)
        add(issue)
    }

    /// A name that a client has chosen: of a client, a writer or a turn.
    mutating func requiredName(_ key: String) -> String {
        let name = required(key)
        checkName(key)
        return name
    }

    mutating func optionalName(_ key: String) -> String? {
        let name = optional(key)
        checkName(key)
        return name
    }

    private mutating func checkName(_ key: String) {
        let limit = ByteLimit.clientNameBytes
        if let name = object[key]?.stringValue, name.utf8.count > limit { add(.tooLong(path(key), limit)) }
    }

    // MARK: Texts

    /// A text of at least one character; empty after an issue.
    mutating func required(_ key: String) -> String {
        guard object[key] != nil else {
            missing(key, "string")
            return ""
        }
        return filled(key) ?? ""
    }

    mutating func optional(_ key: String) -> String? {
        guard let value = object[key] else { return nil }
        if value.stringValue == nil { add(.wrongType(path(key), "string", value)) }
        return value.stringValue
    }

    /// One that may be left out, but not be empty.
    mutating func filled(_ key: String) -> String? {
        let text = optional(key)
        if text?.isEmpty == true { add(.tooShort(path(key))) }
        return text
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ key: String, _ type: Choice.Type, isRequired: Bool = false
    ) -> Choice? {
        let words = Choice.allCases.map(\.rawValue)
        let expected = words.map { "'\($0)'" }.joined(separator: " | ")
        guard let value = object[key] else {
            if isRequired { missing(key, expected) }
            return nil
        }
        guard let text = value.stringValue else {
            add(.wrongType(path(key), expected, value))
            return nil
        }
        let choice = Choice(rawValue: text)
        if choice == nil { add(.notAmong(path(key), words, text)) }
        return choice
    }

    // MARK: Others

    /// What is left out is false.
    mutating func flag(_ key: String) -> Bool {
        guard let value = object[key] else { return false }
        if value.boolValue == nil { add(.wrongType(path(key), "boolean", value)) }
        return value.boolValue ?? false
    }

    mutating func list(_ key: String) -> [JSONValue] {
        guard let value = object[key] else { return [] }
        if value.arrayValue == nil { add(.wrongType(path(key), "array", value)) }
        return value.arrayValue ?? []
    }

    mutating func member(_ key: String) -> JSONObject? {
        guard let value = object[key] else { return nil }
        if value.objectValue == nil { add(.wrongType(path(key), "object", value)) }
        return value.objectValue
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int64>) -> Int64? {
        guard let value = object[key] else { return nil }
        guard value.doubleValue != nil else {
            add(.wrongType(path(key), "number", value))
            return nil
        }
        guard let number = value.integerValue else {
            add(.fraction(path(key)))
            return nil
        }
        if let issue = OptaIssue.outside(range, Double(number), path(key)) { add(issue) }
        return number
    }

    /// A whole number, as JavaScript's `Number` would read it: a number, a text that is one, also a blank one, `null` and flags.
    mutating func number(_ key: String, in range: ClosedRange<Int>) -> Int? {
        guard let value = object[key] else { return nil }
        guard let number = JavaScriptNumber.read(value) else {
            add(.noNumber(path(key)))
            return nil
        }
        guard number.rounded() == number else {
            add(.fraction(path(key)))
            return nil
        }
        if let issue = OptaIssue.outside(Int64(range.lowerBound)...Int64(range.upperBound), number, path(key)) {
            add(issue)
            return nil
        }
        return Int(number)
    }
}

extension OptaIssue {
    fileprivate static func fraction(_ path: [Step]) -> OptaIssue {
        OptaIssue(
            code: "invalid_type", path: path, message: "Expected integer, received float",
            more: ["expected": "integer", "received": "float"])
    }

    fileprivate static func noNumber(_ path: [Step]) -> OptaIssue {
        OptaIssue(
            code: "invalid_type", path: path, message: "Expected number, received nan", more: ["expected": "number", "received": "nan"])
    }

    fileprivate static func outside(_ range: ClosedRange<Int64>, _ number: Double, _ path: [Step]) -> OptaIssue? {
        let isSmall = number < Double(range.lowerBound)
        guard isSmall || number > Double(range.upperBound) else { return nil }
        let bound = isSmall ? range.lowerBound : range.upperBound
        return OptaIssue(
            code: isSmall ? "too_small" : "too_big", path: path,
            message: "Number must be \(isSmall ? "greater" : "less") than or equal to \(bound)",
            more: [isSmall ? "minimum" : "maximum": .integer(bound), "type": "number", "inclusive": true, "exact": false])
    }
}

/// Numbers as JavaScript makes them of other things.
private enum JavaScriptNumber {
    static func read(_ value: JSONValue) -> Double? {
        switch value {
        case .null: 0
        case .bool(let flag): flag ? 1 : 0
        case .integer(let number): Double(number)
        case .double(let number): number.isFinite ? number : nil
        case .string(let text): read(text)
        case .array, .object: nil
        }
    }

    /// Decimal and hexadecimal; what is infinite is none.
    private static func read(_ text: String) -> Double? {
        var digits = text[...]
        while digits.first?.isWhitespace == true { digits.removeFirst() }
        while digits.last?.isWhitespace == true { digits.removeLast() }
        if digits.isEmpty { return 0 }
        if digits.lowercased().hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16).map { Double($0) } }
        guard digits.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }) else { return nil }
        guard let number = Double(String(digits)), number.isFinite else { return nil }
        return number
    }
}
