import Synchronization

/// Replaces known secret values before anything becomes an event or a file, so that model, store and clients see the same bytes.
///
/// Values shorter than eight bytes are left alone: they are placeholders, and replacing them would garble words.
package struct Redaction: Sendable {
    package static let mark = "***"
    private let values: SecretValues

    package static let none = Redaction(secrets: [])

    package init(secrets: some Sequence<String>) { values = SecretValues(secrets) }

    /// Of values that become more: each text is compared with those that are known by then.
    package init(_ values: SecretValues) { self.values = values }

    private var secrets: [[UInt8]] { values.sorted }

    /// Compares bytes: a combining mark behind a secret must not hide it.
    package func apply(to text: String) -> String {
        let secrets = secrets
        if secrets.isEmpty { return text }
        let bytes = Array(text.utf8)
        return Self.replacing(secrets, in: bytes).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    package func apply(to bytes: [UInt8]) -> [UInt8] { Self.replacing(secrets, in: bytes) ?? bytes }

    /// `nil` when there is nothing to replace.
    private static func replacing(_ secrets: [[UInt8]], in bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8]?
        for secret in secrets {
            if let replaced = replacing(secret, in: result ?? bytes) { result = replaced }
        }
        return result
    }

    private static func replacing(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        var copied = 0
        var place = 0
        while let found = find(secret, in: bytes, from: place) {
            result += bytes[copied..<found]
            result += mark.utf8
            place = found + secret.count
            copied = place
        }
        return copied == 0 ? nil : result + bytes[copied...]
    }

    /// Whole outputs go through here, so it works on the buffers themselves.
    private static func find(_ secret: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            secret.withUnsafeBufferPointer { secret in
                guard let first = secret.first, bytes.count >= secret.count else { return nil }
                var place = start
                let last = bytes.count - secret.count
                while place <= last {
                    if bytes[place] == first {
                        var length = 1
                        while length < secret.count, bytes[place + length] == secret[length] { length += 1 }
                        if length == secret.count { return place }
                    }
                    place += 1
                }
                return nil
            }
        }
    }

    /// How many bytes at the end may be the beginning of a secret.
    fileprivate func heldBack(of bytes: [UInt8]) -> Int {
        var longest = 0
        for secret in secrets {
            var length = min(secret.count - 1, bytes.count)
            while length > longest {
                if bytes[(bytes.count - length)...].elementsEqual(secret[..<length]) {
                    longest = length
                    break
                }
                length -= 1
            }
        }
        return longest
    }
}

/// Redacts bytes that come in pieces: what may be the beginning of a secret waits for the next piece.
package struct ByteRedaction: Sendable {
    private let redaction: Redaction
    private var waiting: [UInt8] = []

    package init(_ redaction: Redaction) { self.redaction = redaction }

    /// What may be kept now; may be empty.
    package mutating func push(_ piece: [UInt8]) -> [UInt8] {
        var bytes = redaction.apply(to: waiting.isEmpty ? piece : waiting + piece)
        waiting = Array(bytes.suffix(redaction.heldBack(of: bytes)))
        bytes.removeLast(waiting.count)
        return bytes
    }

    /// The rest: nothing follows, so it is no secret.
    package mutating func finish() -> [UInt8] {
        defer { waiting = [] }
        return waiting
    }
}

/// The same for text, shared by whoever shows it. A secret begins and ends between characters, so no piece is cut inside one.
package final class RedactionStream: Sendable {
    private let bytes: Mutex<ByteRedaction>

    package init(_ redaction: Redaction) { bytes = Mutex(ByteRedaction(redaction)) }

    /// What may be shown now; may be empty.
    package func push(_ piece: String) -> String {
        bytes.withLock { String(decoding: $0.push(Array(piece.utf8)), as: UTF8.self) }
    }

    package func finish() -> String {
        bytes.withLock { String(decoding: $0.finish(), as: UTF8.self) }
    }
}

/// Secret values of a process, which may become known while it runs: the token of a port that is opened later.
///
/// None is ever taken out again: what was shown where it counted may be read back long after.
package final class SecretValues: Sendable {
    /// Longest first, so that a value that contains another goes whole.
    private let known: Mutex<[[UInt8]]>

    package init(_ secrets: some Sequence<String> = []) { known = Mutex(Self.sorted(secrets)) }

    /// From here on each of them is replaced. Those that are too short are left out.
    package func add(_ secrets: some Sequence<String>) {
        let more = Self.sorted(secrets)
        if more.isEmpty { return }
        known.withLock { known in
            known = Self.sorted((known + more).map { String(decoding: $0, as: UTF8.self) })
        }
    }

    fileprivate var sorted: [[UInt8]] { known.withLock { $0 } }

    private static func sorted(_ secrets: some Sequence<String>) -> [[UInt8]] {
        Set(secrets).filter { $0.utf8.count >= 8 }.sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }.map { Array($0.utf8) }
    }
}
