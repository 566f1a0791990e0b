import ApusBase

/// The members of one object of a script file, read with their types checked.
struct ScriptFields {
    let place: String
    private let members: JSONObject

    /// A member outside `known` is a mistake that would otherwise go unseen.
    init(_ value: JSONValue, at place: String, known: Set<String>) throws(ScriptFileError) {
        guard let members = value.objectValue else { throw ScriptFileError(description: "\(place) must be an object") }
        self.place = place
        self.members = members
        if let stranger = members.keys.first(where: { !known.contains($0) }) {
            throw error("has the unknown member \"\(stranger)\"; known: \(known.sorted().joined(separator: ", "))")
        }
    }

    subscript(name: String) -> JSONValue? { members[name] }

    func error(_ complaint: String) -> ScriptFileError { ScriptFileError(description: "\(place) \(complaint)") }

    func string(_ name: String) throws(ScriptFileError) -> String? {
        try read(name, "a text", \.stringValue)
    }

    func integer(_ name: String) throws(ScriptFileError) -> Int? {
        try read(name, "an integer") { $0.integerValue.flatMap { Int(exactly: $0) } }
    }

    func bool(_ name: String) throws(ScriptFileError) -> Bool? {
        try read(name, "true or false", \.boolValue)
    }

    func array(_ name: String) throws(ScriptFileError) -> [JSONValue] {
        guard let array = members[name]?.arrayValue else { throw error("needs an array \"\(name)\"") }
        return array
    }

    func choice<Choice>(_ name: String, _ make: (String) -> Choice?) throws(ScriptFileError) -> Choice? {
        guard let word = try string(name) else { return nil }
        guard let choice = make(word) else { throw error("has \"\(name)\": \"\(word)\", which is none of its choices") }
        return choice
    }

    private func read<Value>(_ name: String, _ kind: String, _ convert: (JSONValue) -> Value?) throws(ScriptFileError) -> Value? {
        guard let member = members[name] else { return nil }
        guard let value = convert(member) else { throw error("needs \"\(name)\" to be \(kind)") }
        return value
    }
}
