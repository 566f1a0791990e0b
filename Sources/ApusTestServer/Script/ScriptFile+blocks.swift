import ApusBase

extension Block {
    static func list(_ values: [JSONValue], at place: String) throws(ScriptFileError) -> [Block] {
        var blocks: [Block] = []
        for (index, value) in values.enumerated() { blocks.append(try Block(value, at: "\(place)[\(index)]")) }
        return blocks
    }

    private init(_ value: JSONValue, at place: String) throws(ScriptFileError) {
        guard let names = value.objectValue?.keys else { throw ScriptFileError(description: "\(place) must be an object") }
        if names.contains("text") {
            let fields = try ScriptFields(value, at: place, known: ["text"])
            self = .text(try Fragment.list(fields["text"] ?? .null, at: "\(place).text"))
        } else if names.contains("reasoning") {
            let fields = try ScriptFields(value, at: place, known: ["reasoning", "signature"])
            let pieces = try Fragment.list(fields["reasoning"] ?? .null, at: "\(place).reasoning")
            self = .reasoning(pieces, signature: try fields.string("signature"))
        } else if names.contains("toolCall") {
            self = try Block.call(ScriptFields(value, at: place, known: ["toolCall", "id", "input", "pieceCharacters"]))
        } else if names.contains("redactedReasoning") {
            let fields = try ScriptFields(value, at: place, known: ["redactedReasoning"])
            self = .redactedReasoning(try fields.string("redactedReasoning") ?? "")
        } else if names.contains("interleaved") {
            let fields = try ScriptFields(value, at: place, known: ["interleaved"])
            self = .interleaved(try Block.list(fields.array("interleaved"), at: "\(place).interleaved"))
        } else {
            self = .between(try Fragment(value, at: place))
        }
    }

    /// An array as input means pieces of its text; anything else is the input itself.
    private static func call(_ fields: ScriptFields) throws(ScriptFileError) -> Block {
        guard let name = try fields.string("toolCall") else { throw fields.error("toolCall must be a name") }
        let input = fields["input"] ?? [:]
        let pieces: [Fragment] =
            if case .array = input {
                try Fragment.list(input, at: "\(fields.place).input")
            } else {
                Block.pieces(of: input.serialized(), characters: try fields.integer("pieceCharacters"))
            }
        return .toolCall(id: try fields.string("id"), name: name, input: pieces)
    }
}

extension Fragment {
    /// More is a mistake: the whole reply is held in memory.
    private static let maximumRepetitions = 1_000_000

    static func list(_ value: JSONValue, at place: String) throws(ScriptFileError) -> [Fragment] {
        switch value {
        case .string(let text): return [.piece(text)]
        case .array(let values):
            var fragments: [Fragment] = []
            for (index, value) in values.enumerated() { fragments.append(try Fragment(value, at: "\(place)[\(index)]")) }
            return fragments
        default:
            let fields = try ScriptFields(value, at: place, known: ["piece", "count", "pause"])
            guard let piece = try fields.string("piece") else { throw fields.error("needs a piece") }
            let count = try fields.integer("count") ?? 1
            guard (0...maximumRepetitions).contains(count) else { throw fields.error("count must be at most \(maximumRepetitions)") }
            var once: [Fragment] = [.piece(piece)]
            if let pause = try fields.integer("pause") { once.append(.pause(milliseconds: pause)) }
            return Array(repeatElement(once, count: count).joined())
        }
    }

    fileprivate init(_ value: JSONValue, at place: String) throws(ScriptFileError) {
        if case .string(let text) = value {
            self = .piece(text)
            return
        }
        let fields = try ScriptFields(value, at: place, known: ["pause", "cut", "comment", "raw", "error"])
        if let pause = try fields.integer("pause") {
            self = .pause(milliseconds: pause)
        } else if let end = try fields.choice("cut", ConnectionEnd.init(rawValue:)) {
            self = .cut(end)
        } else if let text = try fields.string("comment") {
            self = .comment(text)
        } else if let text = try fields.string("raw") {
            self = .raw(Array(text.utf8))
        } else {
            let error = try ScriptFields(fields["error"] ?? .null, at: "\(place).error", known: ["type", "message"])
            self = .error(type: try error.string("type") ?? "api_error", message: try error.string("message") ?? "scripted error")
        }
    }
}
