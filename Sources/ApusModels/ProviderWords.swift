import ApusBase

extension ProviderError {
    /// What a provider said, taken out of whichever shape it used.
    struct Words: Hashable {
        var message: String
        /// `type` and `code` where they are words.
        var types: [String] = []
        /// `code` or `status` where it is an HTTP status.
        var status: Int?

        /// Plain text, or the title of a page.
        init(text: String) {
            message = text
            guard text.trimmingSpaces.hasPrefix("<") else { return }
            if let start = text.firstRange(of: "<title>"), let end = text[start.upperBound...].firstRange(of: "</title>") {
                message = String(text[start.upperBound..<end.lowerBound])
            } else {
                message = "a web page"
            }
        }

        init(_ document: JSONValue) {
            // Some wrap the object in a list.
            let document = document[0] ?? document
            let error = document["error"] ?? document
            message =
                error.stringValue ?? error["message"]?.stringValue ?? document["message"]?.stringValue
                ?? document["detail"]?.stringValue ?? document["errors"]?[0]?["message"]?.stringValue ?? ""
            if message.isEmpty, let detail = document["detail"] ?? document["errors"] { message = detail.serialized() }
            for name in ["type", "code", "status"] {
                guard let value = error[name] else { continue }
                if let word = value.stringValue { types.append(word) }
                if let number = value.integerValue ?? value.stringValue.flatMap(Int64.init), (400..<600).contains(number) {
                    status = Int(number)
                }
            }
            if let inner = error["metadata"]?["raw"]?.stringValue { message += " (\(inner))" }
        }

        /// No provider has a status of its own for an input that is too long; these are the ways they put it.
        private static let overflowPhrases = [
            "context length", "context_length", "context window", "context size", "context limit", "maximum context", "prompt is too long",
            "input is too long", "input too long", "too many input tokens", "reduce the length of the messages", "input token count",
            "exceeds the maximum number of tokens", "request too large for model", "maximum prompt length",
        ]

        var showsOverflow: Bool {
            if types.contains("context_length_exceeded") || types.contains("exceed_context_size_error") { return true }
            let text = message.lowercased()
            return Self.overflowPhrases.contains { text.contains($0) }
        }

        var showsEmptyAccount: Bool {
            if types.contains("insufficient_quota") || types.contains("billing_error") { return true }
            let text = message.lowercased()
            return text.contains("credit balance") || text.contains("insufficient balance") || text.contains("insufficient credits")
        }
    }
}
