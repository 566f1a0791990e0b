import ApusBase

extension HTTPAnswer {
    static func json(_ status: Int, _ body: JSONValue, fields: [(name: String, value: String)] = []) -> HTTPAnswer {
        HTTPAnswer(
            status, fields: [("content-type", "application/json; charset=utf-8")] + fields, .bytes(body.serializedBytes()))
    }
}
