import ApusBase
import ApusCore

/// What a server wants to know of a person while one of its tools runs (`elicitation/create`, in a form), as questions of ours.
enum MCPElicitation {
    private static let maximumFields = 16
    private static let maximumOptions = 64
    private static let messageCharacters = 2_000

    /// The message to send back.
    static func answer(
        to id: JSONValue, _ params: JSONValue, of server: String, ask: ([UserQuestion.Item]) async -> UserAnswer?
    ) async -> [UInt8] {
        guard (params["mode"]?.stringValue ?? "form") == "form" else {
            return MCPMessage.refusal(ofRequest: id, code: -32_602, "This client asks in forms only")
        }
        guard let fields = fields(params["requestedSchema"]) else {
            return MCPMessage.refusal(ofRequest: id, code: -32_602, "This form cannot be shown")
        }
        let message = MCPFault.shown(params["message"]?.stringValue ?? "", limit: messageCharacters)
        let intro = "The MCP server \"\(server)\" asks: \(message)"
        let items = fields.isEmpty ? [consent(intro)] : fields.enumerated().map { item($1, number: $0 + 1, intro) }
        guard let given = await ask(items) else { return reply(id, "decline") }
        if given.isCancelled { return reply(id, "cancel") }
        if fields.isEmpty { return given.items.first?.answer == accept ? reply(id, "accept", [:]) : reply(id, "decline") }
        var content = JSONObject()
        for (number, field) in fields.enumerated() {
            let text = given.items.first { $0.index == number + 1 }?.answer ?? ""
            switch field.value(of: text) {
            case .value(let value): content[field.name] = value
            case .nothing: continue
            // What does not fit must not be sent, and what was said must not be bent.
            case .unfit: return reply(id, "cancel")
            }
        }
        return reply(id, "accept", content)
    }

    private static let accept = "Accept"

    private static func reply(_ id: JSONValue, _ action: String, _ content: JSONObject? = nil) -> [UInt8] {
        var result: JSONObject = ["action": .string(action)]
        if let content { result["content"] = .object(content) }
        return MCPMessage.answer(toRequest: id, .object(result))
    }

    private static func consent(_ intro: String) -> UserQuestion.Item {
        UserQuestion.Item(index: 1, topic: "MCP", question: intro, options: [accept, "Decline"])
    }

    private static func item(_ field: Field, number: Int, _ intro: String) -> UserQuestion.Item {
        let about = [field.title, field.summary].compactMap(\.self).joined(separator: ": ")
        let optional = field.isRequired ? "" : " (may be left empty)"
        return UserQuestion.Item(
            index: number, topic: MCPFault.shown(field.title ?? field.name, limit: 40), question: "\(intro)\n\(about)\(optional)",
            options: field.options.map(\.title), allowsSeveral: field.kind == .several)
    }

    // MARK: Fields

    enum Reading: Hashable {
        case value(JSONValue)
        case nothing
        case unfit
    }

    struct Field: Hashable {
        enum Kind: Hashable { case text, integer, number, flag, choice, several }
        struct Option: Hashable {
            var title: String
            var value: JSONValue
        }

        var name: String
        var title: String?
        var summary: String?
        var kind: Kind
        var options: [Option] = []
        var isRequired: Bool
        /// Of a text in characters, of a number its size.
        var minimum: Double?
        var maximum: Double?

        func value(of answer: String) -> Reading {
            let text = String(answer.drop(while: \.isWhitespace))
            if text.isEmpty { return isRequired ? .unfit : .nothing }
            switch kind {
            case .text: return fits(Double(text.unicodeScalars.count)) ? .value(.string(text)) : .unfit
            case .integer: return Int64(text).flatMap { fits(Double($0)) ? .value(.integer($0)) : nil } ?? .unfit
            case .number: return number(text)
            case .flag, .choice: return option(text).map { .value($0) } ?? .unfit
            case .several:
                let values = text.split(separator: ",").map { option(String($0.drop(while: \.isWhitespace))) }
                return values.contains(nil) ? .unfit : .value(.array(values.compactMap(\.self)))
            }
        }

        private func number(_ text: String) -> Reading {
            guard let value = Double(text), value.isFinite, fits(value), let json = try? JSONValue(parsing: Array(text.utf8)),
                json.doubleValue != nil
            else { return .unfit }
            return .value(json)
        }

        private func fits(_ size: Double) -> Bool { size >= minimum ?? size && size <= maximum ?? size }

        private func option(_ text: String) -> JSONValue? {
            (options.first { $0.title == text } ?? options.first { $0.title.lowercased() == text.lowercased() }
                ?? options.first { $0.value.stringValue == text })?.value
        }
    }

    /// `nil` for a schema that is no flat form, and for one that is too large to be asked.
    static func fields(_ schema: JSONValue?) -> [Field]? {
        guard let schema, !schema.isNull else { return [] }
        guard let properties = schema["properties"]?.objectValue else { return schema.objectValue == nil ? nil : [] }
        let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if properties.count > maximumFields || required.contains(where: { properties[$0] == nil }) { return nil }
        var fields: [Field] = []
        for (name, value) in properties {
            guard let field = field(name, value, isRequired: required.contains(name)) else { return nil }
            fields.append(field)
        }
        return fields
    }

    private static func field(_ name: String, _ schema: JSONValue, isRequired: Bool) -> Field? {
        let isList = schema["type"] == "array"
        guard let options = options(isList ? schema["items"] : schema), options.count <= maximumOptions else { return nil }
        let kind: Field.Kind
        switch schema["type"]?.stringValue {
        case "string" where !options.isEmpty, nil where !options.isEmpty: kind = .choice
        case "string": kind = .text
        case "integer": kind = .integer
        case "number": kind = .number
        case "boolean": kind = .flag
        case "array" where !options.isEmpty: kind = .several
        default: return nil
        }
        var field = Field(name: name, kind: kind, isRequired: isRequired)
        field.title = schema["title"]?.stringValue.map { MCPFault.shown($0, limit: 120) } ?? MCPFault.shown(name, limit: 120)
        field.summary = schema["description"]?.stringValue.map { MCPFault.shown($0, limit: 500) }
        field.options =
            kind == .flag ? [Field.Option(title: "Yes", value: true), Field.Option(title: "No", value: false)] : options
        let isText = kind == .text
        field.minimum = schema[isText ? "minLength" : "minimum"]?.doubleValue
        field.maximum = schema[isText ? "maxLength" : "maximum"]?.doubleValue
        return field
    }

    private static func options(_ schema: JSONValue?) -> [Field.Option]? {
        if let titled = (schema?["oneOf"] ?? schema?["anyOf"])?.arrayValue {
            let options = titled.compactMap { one -> Field.Option? in
                guard let value = one["const"], value.stringValue != nil else { return nil }
                return Field.Option(title: MCPFault.shown(one["title"]?.stringValue ?? value.stringValue ?? "", limit: 120), value: value)
            }
            return options.count == titled.count ? options : nil
        }
        let values = schema?["enum"]?.arrayValue ?? []
        let titles = schema?["enumNames"]?.arrayValue ?? []
        if values.contains(where: { $0.stringValue == nil }) { return nil }
        return values.enumerated().map { index, value in
            let title = index < titles.count ? titles[index].stringValue : nil
            return Field.Option(title: MCPFault.shown(title ?? value.stringValue ?? "", limit: 120), value: value)
        }
    }
}
