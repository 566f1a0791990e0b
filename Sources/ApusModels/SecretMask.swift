import ApusSettings

/// Replaces known secret values in a text that came from outside.
///
/// Values shorter than eight bytes are left alone: they are placeholders for local servers, and replacing them would garble words.
struct SecretMask: Hashable, Sendable {
    private let values: [String]

    init(_ secrets: [Secret]) {
        var values: [String] = []
        for secret in secrets {
            let text = secret.reveal()
            values.append(text)
            // A header such as `Bearer KEY` may be echoed without its first word.
            values += text.split(separator: " ").map(String.init)
        }
        self.values = values.filter { $0.utf8.count >= 8 }.sorted { $0.utf8.count > $1.utf8.count }
    }

    func apply(to text: String) -> String {
        var result = text
        for value in values where result.contains(value) {
            result = result.split(separator: value, omittingEmptySubsequences: false).joined(separator: "***")
        }
        return result
    }
}
