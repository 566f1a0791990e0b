/// The JSON object of a success, read member by member.
struct AnswerObject {
    let call: String
    let json: JSON

    init(_ call: String, _ json: JSON) {
        self.call = call
        self.json = json
    }

    func text(_ name: String) throws -> String {
        guard let text = json[name]?.stringValue else { throw missing(name, "a text") }
        return text
    }

    func list(_ name: String) throws -> [AnswerObject] {
        guard let elements = json[name]?.arrayValue else { throw missing(name, "a list") }
        return elements.map { AnswerObject(call, $0) }
    }

    func object(_ name: String) throws -> AnswerObject {
        guard let value = json[name], case .object = value else { throw missing(name, "an object") }
        return AnswerObject(call, value)
    }

    func number(_ name: String) throws -> Int64 {
        guard let number = json[name]?.intValue else { throw missing(name, "a whole number") }
        return Int64(number)
    }

    func missing(_ name: String, _ kind: String) -> DaemonAnswerError {
        DaemonAnswerError("\(call): the answer has no \"\(name)\" that is \(kind): \(json.text.prefix(200))")
    }
}
