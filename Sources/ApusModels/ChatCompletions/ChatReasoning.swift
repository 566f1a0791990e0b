import ApusBase
import ApusCore

/// What a reasoning item of a Chat Completions server must be given back with: the member its text came in, and the pieces of
/// `reasoning_details`, joined.
struct ChatReasoning {
    let model: String
    var field: String?
    private var details: [JSONObject] = []

    init(model: String) {
        self.model = model
    }

    /// Pieces of the same type and index belong together; their texts are appended, other members set.
    mutating func add(_ pieces: [JSONValue]) {
        for piece in pieces {
            guard let piece = piece.objectValue else { continue }
            guard
                let place = details.lastIndex(where: {
                    $0["type"] == piece["type"] && $0["index"] == piece["index"] && piece["index"] != nil
                })
            else {
                details.append(piece)
                continue
            }
            for (name, value) in piece where !value.isNull {
                if ["text", "summary", "data"].contains(name), let text = value.stringValue {
                    details[place][name] = .string((details[place][name]?.stringValue ?? "") + text)
                } else {
                    details[place][name] = value
                }
            }
        }
    }

    /// `nil` when there is nothing a server could want back.
    var state: OpaqueState? {
        if field == nil && details.isEmpty { return nil }
        var payload: JSONObject = ["model": .string(model)]
        if let field { payload["field"] = .string(field) }
        if !details.isEmpty { payload["details"] = .array(details.map { .object($0) }) }
        return OpaqueState(dialect: ChatCompletionsProvider.dialect, payload: .object(payload))
    }
}
