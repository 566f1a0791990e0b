import ApusBase
import ApusCore

/// The members of a tool call's input, each read with a check. Members nobody asks for are ignored; `null` counts as absent.
struct ToolInput {
    private let tool: String
    private let members: JSONObject

    init(_ value: JSONValue, for tool: String) throws(ToolInputError) {
        self.tool = tool
        switch value {
        case .object(let members): self.members = members
        case .string(let text):
            throw ToolInputError("\(tool) wants a JSON object as input; got text that is not one: \(ToolInput.shown(.string(text))).")
        default: throw ToolInputError("\(tool) wants a JSON object as input; got \(ToolInput.shown(value)).")
        }
    }

    func requiredText(_ name: String, or aliases: [String] = [], meaning: String) throws(ToolInputError) -> String {
        guard let text = try text(name, or: aliases) else { throw ToolInputError("\(tool) needs \"\(name)\": \(meaning). It is missing.") }
        return text
    }

    func text(_ name: String, or aliases: [String] = []) throws(ToolInputError) -> String? {
        guard let (found, value) = member([name] + aliases) else { return nil }
        guard let text = value.stringValue else { throw wrong(found, value, "a string") }
        return text
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ToolInputError) -> Int? {
        guard let (_, value) = member([name]) else { return nil }
        guard let number = value.integerValue, range.contains(Int(number)) else {
            throw wrong(name, value, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return Int(number)
    }

    /// `fallback` when absent.
    func flag(_ name: String, fallback: Bool = false) throws(ToolInputError) -> Bool {
        guard let (_, value) = member([name]) else { return fallback }
        guard let flag = value.boolValue else { throw wrong(name, value, "true or false") }
        return flag
    }

    func choice(_ name: String, of choices: [String]) throws(ToolInputError) -> String? {
        guard let (_, value) = member([name]) else { return nil }
        guard let text = value.stringValue, choices.contains(text) else {
            throw wrong(name, value, "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", "))
        }
        return text
    }

    /// A list of strings; one string alone counts as a list of one.
    func texts(_ name: String) throws(ToolInputError) -> [String]? {
        guard let (_, value) = member([name]) else { return nil }
        if let text = value.stringValue { return [text] }
        guard let values = value.arrayValue else { throw wrong(name, value, "a list of strings") }
        var texts: [String] = []
        for value in values {
            guard let text = value.stringValue else { throw wrong(name, value, "only strings in the list") }
            texts.append(text)
        }
        return texts
    }

    /// For members with a shape of their own.
    func value(_ name: String) -> JSONValue? { member([name])?.value }

    func wrong(_ name: String, _ value: JSONValue, _ wanted: String) -> ToolInputError {
        ToolInputError("\(tool) wants \"\(name)\" to be \(wanted); got \(ToolInput.shown(value)).")
    }

    /// A value short enough for a sentence.
    static func shown(_ value: JSONValue) -> String {
        let text = value.serialized()
        return text.count <= 80 ? text : String(text.prefix(80)) + "…"
    }

    private func member(_ names: [String]) -> (name: String, value: JSONValue)? {
        for name in names {
            if let value = members[name], !value.isNull { return (name, value) }
        }
        return nil
    }
}
