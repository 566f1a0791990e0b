import Synchronization

/// Replaces known secret values before anything becomes an event, so that model, store and clients see the same bytes.
///
/// Values shorter than eight bytes are left alone: they are placeholders, and replacing them would garble words.
package struct Redaction: Sendable {
    package static let mark = "***"
    /// Longest first, so that a value that contains another goes whole.
    private let secrets: [String]

    package static let none = Redaction(secrets: [])

    package init(secrets: some Sequence<String>) {
        self.secrets = Set(secrets).filter { $0.utf8.count >= 8 }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
    }

    /// Compares bytes: a combining mark behind a secret must not hide it.
    package func apply(to text: String) -> String {
        var bytes = Array(text.utf8)
        var hasChanged = false
        for secret in secrets {
            guard let replaced = Self.replacing(Array(secret.utf8), in: bytes) else { continue }
            bytes = replaced
            hasChanged = true
        }
        return hasChanged ? String(decoding: bytes, as: UTF8.self) : text
    }

    /// `nil` when the secret does not occur.
    private static func replacing(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= secret.count, let first = secret.first else { return nil }
        var result: [UInt8] = []
        var copied = 0
        var place = 0
        let last = bytes.count - secret.count
        while place <= last {
            guard bytes[place] == first, bytes[place..<place + secret.count].elementsEqual(secret) else {
                place += 1
                continue
            }
            result += bytes[copied..<place]
            result += mark.utf8
            place += secret.count
            copied = place
        }
        return copied == 0 ? nil : result + bytes[copied...]
    }

    /// How many bytes at the end of `text` may be the beginning of a secret.
    fileprivate func heldBack(of text: String) -> Int {
        let bytes = Array(text.utf8.suffix(secrets.first?.utf8.count ?? 0))
        var longest = 0
        for secret in secrets {
            let pattern = Array(secret.utf8)
            var length = min(pattern.count - 1, bytes.count)
            while length > longest {
                if bytes.suffix(length).elementsEqual(pattern.prefix(length)) {
                    longest = length
                    break
                }
                length -= 1
            }
        }
        return longest
    }
}

/// Redacts a text that comes in pieces: what may be the beginning of a secret waits for the next piece.
package final class RedactionStream: Sendable {
    private let redaction: Redaction
    private let waiting = Mutex("")

    package init(_ redaction: Redaction) {
        self.redaction = redaction
    }

    /// What may be shown now; may be empty.
    package func push(_ piece: String) -> String {
        waiting.withLock { waiting in
            let text = redaction.apply(to: waiting + piece)
            let cut = text.utf8.index(text.utf8.endIndex, offsetBy: -redaction.heldBack(of: text))
            waiting = String(text[cut...])
            return String(text[..<cut])
        }
    }

    /// The rest: nothing follows, so it is no secret.
    package func finish() -> String {
        waiting.withLock { waiting in
            defer { waiting = "" }
            return waiting
        }
    }
}
