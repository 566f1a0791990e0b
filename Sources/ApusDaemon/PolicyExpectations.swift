import ApusBase

/// A file of commands with the tier that each should have: a line `tier<TAB>command`, or a JSON object with `tier` and `command`.
/// Blank lines and those that begin with `#` say nothing.
package struct PolicyExpectations: Sendable {
    package struct Expectation: Hashable, Sendable {
        package var line: Int
        package var tier: String
        package var command: String
    }

    /// What is wrong with a file; a whole sentence.
    package struct Fault: Error, Hashable, Sendable {
        package var sentence: String
    }

    package static let tiers = ["read-only", "low", "medium", "high", "blocked", "denied"]

    package let expectations: [Expectation]

    /// - Parameter name: of the file, for messages.
    package init(_ text: String, name: String) throws(Fault) {
        var expectations: [Expectation] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.last == "\r" ? line.dropLast() : line
            guard line.contains(where: { !$0.isWhitespace }), !line.hasPrefix("#") else { continue }
            let (tier, command) = try Self.read(line, "\(name):\(index + 1)")
            guard Self.tiers.contains(tier) else {
                throw Fault(sentence: "\(name):\(index + 1): \"\(tier)\" is no tier. Use one of \(Self.tiers.joined(separator: ", ")).")
            }
            expectations.append(Expectation(line: index + 1, tier: tier, command: command))
        }
        self.expectations = expectations
    }

    private static func read(_ line: Substring, _ place: String) throws(Fault) -> (String, String) {
        if line.hasPrefix("{") {
            // A line that is no JSON is told like one that lacks a member.
            guard let value = try? JSONValue(parsing: String(line)), let tier = value["tier"]?.stringValue,
                let command = value["command"]?.stringValue
            else { throw Fault(sentence: "\(place): no JSON object with the texts \"tier\" and \"command\".") }
            return (tier, command)
        }
        guard let tab = line.firstIndex(of: "\t") else {
            throw Fault(sentence: "\(place): a line is a tier, a tab and a command, or a JSON object with \"tier\" and \"command\".")
        }
        return (String(line[..<tab]), String(line[line.index(after: tab)...]))
    }

    /// One line for each command that is judged otherwise.
    package func mismatches(_ report: PolicyReport, name: String) -> [String] {
        expectations.compactMap { expected in
            let found = report.explanation(of: expected.command, declared: "low")
            let isMet = expected.tier == "denied" ? found.isDenied : found.tier == expected.tier
            if isMet { return nil }
            let tier = expected.tier == "denied" ? "\(found.tier), not denied" : found.tier
            let command = escapedForDisplay(expected.command, keepingNewlines: false)
            return "\(name):\(expected.line): expected \(expected.tier), found \(tier) (\(found.rule): \(found.reason)): \(command)"
        }
    }
}
