/// What a server says in `WWW-Authenticate` when it wants a token (RFC 6750, RFC 9728).
struct OAuthChallenge: Hashable, Sendable {
    /// Where the server describes itself.
    var metadata: String?
    var scope: String?
    /// Such as `invalid_token` and `insufficient_scope`.
    var error: String?

    init() {}

    /// The first challenge of the scheme Bearer; empty when there is none.
    init(_ headers: [String]) {
        for header in headers {
            guard let members = Self.bearer(header) else { continue }
            metadata = members["resource_metadata"]
            scope = members["scope"]
            error = members["error"]
            return
        }
    }

    /// The members of a Bearer challenge; `nil` when the header has none. Those of other schemes in the same header are passed over.
    private static func bearer(_ header: String) -> [String: String]? {
        var scanner = Scanner(header)
        var members: [String: String]?
        while let word = scanner.word() {
            if scanner.takes("=") {
                let value = scanner.value()
                if members != nil { members?[word.lowercased()] = value }
            } else if members != nil {
                // The next scheme.
                break
            } else if word.lowercased() == "bearer" {
                members = [:]
            }
        }
        return members
    }

    private struct Scanner {
        private var rest: Substring

        init(_ text: String) { rest = text.prefix(8_192) }

        /// The next token; `nil` at the end.
        mutating func word() -> String? {
            rest = rest.drop { $0 == " " || $0 == "," || $0 == "\t" }
            let word = rest.prefix { !" ,=\t\"".contains($0) }
            if word.isEmpty {
                if rest.isEmpty { return nil }
                // Nothing that belongs there.
                rest = rest.dropFirst()
                return self.word()
            }
            rest = rest[word.endIndex...]
            return String(word)
        }

        mutating func takes(_ mark: Character) -> Bool {
            let after = rest.drop { $0 == " " }
            guard after.first == mark else { return false }
            rest = after.dropFirst()
            return true
        }

        mutating func value() -> String {
            rest = rest.drop { $0 == " " }
            guard rest.first == "\"" else {
                let value = rest.prefix { $0 != "," && $0 != " " }
                rest = rest[value.endIndex...]
                return String(value)
            }
            rest = rest.dropFirst()
            var value = ""
            while let next = rest.popFirst(), next != "\"" {
                if next == "\\", let escaped = rest.popFirst() { value.append(escaped) } else { value.append(next) }
            }
            return value
        }
    }
}
