/// What is needed to route a JSON-RPC style message, found in one pass without building its value.
///
/// Only the members named here are read; `params`, `result` and `error` are given as byte ranges for
/// ``JSONValue/init(parsing:in:limits:)`` or ``JSONWriter/raw(_:)``. The rest is checked for structure: strings closed, brackets balanced,
/// members separated. A message that parses in full gives the same answers here; one that does not may still pass, since numbers
/// and UTF-8 inside skipped values are not looked at. A member that is repeated counts with its last value, one of the wrong
/// type counts as absent.
package struct JSONEnvelope: Hashable, Sendable {
    package private(set) var jsonrpc: String?
    package private(set) var type: String?
    /// `nil` when absent, `.null` when null, otherwise whatever was sent: it is for the protocol to refuse an id that is an object.
    package private(set) var id: JSONValue?
    package private(set) var method: String?
    package private(set) var params: Range<Int>?
    package private(set) var result: Range<Int>?
    package private(set) var error: Range<Int>?

    package init(skimming bytes: [UInt8]) throws(JSONError) {
        try self.init(skimming: bytes, limits: .default)
    }

    package init(skimming bytes: [UInt8], limits: JSONLimits) throws(JSONError) {
        if bytes.count > limits.maximumBytes { throw .tooLarge(bytes: bytes.count, limit: limits.maximumBytes) }
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            guard let base = buffer.baseAddress else { throw .unexpectedEnd(expected: .object, offset: 0) }
            var scanner = JSONScanner(base, in: 0..<buffer.count, maximumDepth: limits.maximumDepth)
            // The envelope itself is the first level.
            scanner.depth = 1
            var envelope = JSONEnvelope()
            try envelope.read(&scanner)
            return envelope
        }
    }

    private init() {}

    private mutating func read(_ scanner: inout JSONScanner) throws(JSONError) {
        var byte = try scanner.next(.object)
        guard byte == UInt8(ascii: "{") else { throw .unexpectedByte(byte, expected: .object, offset: scanner.position) }
        scanner.position += 1
        byte = try scanner.next(.keyOrEnd)
        var expected = JSONExpectation.keyOrEnd
        while byte != UInt8(ascii: "}") || expected == .key {
            guard byte == UInt8(ascii: "\"") else { throw .unexpectedByte(byte, expected: expected, offset: scanner.position) }
            try readMember(&scanner)
            byte = try scanner.next(.commaOrObjectEnd)
            if byte == UInt8(ascii: "}") { break }
            guard byte == UInt8(ascii: ",") else { throw .unexpectedByte(byte, expected: .commaOrObjectEnd, offset: scanner.position) }
            scanner.position += 1
            expected = .key
            byte = try scanner.next(expected)
        }
        scanner.position += 1
        try scanner.finish()
    }

    private mutating func readMember(_ scanner: inout JSONScanner) throws(JSONError) {
        scanner.position += 1
        let member = try scanner.envelopeMember()
        let colon = try scanner.next(.colon)
        guard colon == UInt8(ascii: ":") else { throw .unexpectedByte(colon, expected: .colon, offset: scanner.position) }
        scanner.position += 1
        switch member {
        case .jsonrpc: jsonrpc = try scanner.stringOrSkip()
        case .type: type = try scanner.stringOrSkip()
        case .method: method = try scanner.stringOrSkip()
        case .id: id = try scanner.value()
        case .params: params = try scanner.skipValue()
        case .result: result = try scanner.skipValue()
        case .error: error = try scanner.skipValue()
        case nil: _ = try scanner.skipValue()
        }
    }
}

private enum EnvelopeMember: String {
    case jsonrpc, type, id, method, params, result, error
}

extension JSONScanner {
    /// Which member a key names, the opening quote being consumed. Plain keys are compared as bytes; only one with an escape is
    /// made a string first.
    fileprivate mutating func envelopeMember() throws(JSONError) -> EnvelopeMember? {
        let start = position
        let span = try stringSpan()
        if span.hasEscapes {
            position = start
            return EnvelopeMember(rawValue: try string())
        }
        let count = position - 1 - start
        switch count {
        case 2: return matches("id", at: start) ? .id : nil
        case 4: return matches("type", at: start) ? .type : nil
        case 5: return matches("error", at: start) ? .error : nil
        case 6:
            return matches("params", at: start)
                ? .params : matches("method", at: start) ? .method : matches("result", at: start) ? .result : nil
        case 7: return matches("jsonrpc", at: start) ? .jsonrpc : nil
        default: return nil
        }
    }

    @inline(__always)
    private func matches(_ text: StaticString, at start: Int) -> Bool {
        for index in 0..<text.utf8CodeUnitCount where base[start + index] != text.utf8Start[index] { return false }
        return true
    }
}
