/// A line that a peer sent is longer than anybody should have to hold.
package enum LineFramingError: Error, Hashable, Sendable, CustomStringConvertible {
    case lineTooLong(limit: Int)

    package var description: String {
        switch self {
        case .lineTooLong(let limit): "A line is longer than the limit of \(limit) bytes and was dropped."
        }
    }
}

/// Cuts a byte stream into lines ended by LF or CRLF; terminators are not part of the lines, empty lines are lines.
///
/// Time is linear in the bytes pushed, however they are cut: what is buffered is never searched again. A line over the limit
/// is reported as soon as that is known and its bytes are dropped until the next LF, after which the stream goes on. Lines that
/// were complete in the push that threw are not lost: the next `push` returns them first, so `push([])` fetches them at once.
/// Several over-long lines within one push are reported by one error.
package struct LineFraming: Sendable {
    private let limit: Int
    private var partial: [UInt8] = []
    private var ready: [[UInt8]] = []
    private var isDropping = false

    /// - Parameter maximumLineBytes: the longest line without its terminator.
    package init(maximumLineBytes: Int = ByteLimit.lineBytes) {
        limit = max(maximumLineBytes, 0)
    }

    package mutating func push(_ bytes: [UInt8]) throws(LineFramingError) -> [[UInt8]] {
        try push(bytes[...])
    }

    package mutating func push(_ bytes: ArraySlice<UInt8>) throws(LineFramingError) -> [[UInt8]] {
        var rest = bytes
        var isTooLong = false
        while let end = rest.firstIndex(of: 0x0A) {
            if !accept(rest[..<end], isLineEnd: true) { isTooLong = true }
            rest = rest[(end + 1)...]
        }
        if !rest.isEmpty, !accept(rest, isLineEnd: false) { isTooLong = true }
        if isTooLong { throw .lineTooLong(limit: limit) }
        defer { ready = [] }
        return ready
    }

    /// The last line if the stream ended without a terminator. Starts anew.
    package mutating func finish() -> [UInt8]? {
        defer {
            partial = []
            isDropping = false
        }
        guard !isDropping, !partial.isEmpty else { return nil }
        return LineFraming.withoutCarriageReturn(partial[...])
    }

    /// Takes a piece of the current line; `false` when it makes the line too long.
    private mutating func accept(_ piece: ArraySlice<UInt8>, isLineEnd: Bool) -> Bool {
        if isDropping {
            if isLineEnd { isDropping = false }
            return true
        }
        // A CR at the limit may turn out to be half of the terminator.
        let length = partial.count + piece.count
        let isTerminatorPossible = (piece.last ?? partial.last) == 0x0D
        if length > limit + (isTerminatorPossible ? 1 : 0) {
            partial = []
            isDropping = !isLineEnd
            return false
        }
        if !isLineEnd {
            partial.append(contentsOf: piece)
        } else if partial.isEmpty {
            ready.append(LineFraming.withoutCarriageReturn(piece))
        } else {
            partial.append(contentsOf: piece)
            ready.append(LineFraming.withoutCarriageReturn(partial[...]))
            partial.removeAll(keepingCapacity: partial.capacity <= 65_536)
        }
        return true
    }

    private static func withoutCarriageReturn(_ line: ArraySlice<UInt8>) -> [UInt8] {
        Array(line.last == 0x0D ? line.dropLast() : line)
    }
}
