extension StringProtocol {
    /// With `%41` read as `A`; what is no such escape stays, and bytes that are no UTF-8 become replacement characters.
    package var resolvingPercentEscapes: String {
        var bytes: [UInt8] = []
        var rest = Substring(self).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Its lines, with LF or CR LF between them, and without the mark that some editors put before the first.
    package var lines: [SubSequence] {
        (first == "\u{FEFF}" ? dropFirst() : self[...]).split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The first line that is not empty; a text without one as it is.
    package var firstLine: String {
        split(maxSplits: 1) { $0 == "\n" || $0 == "\r\n" }.first.map { String($0) } ?? String(self)
    }
}
