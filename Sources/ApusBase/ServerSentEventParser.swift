/// An event that a peer sent is larger than anybody should have to hold.
package enum ServerSentEventError: Error, Hashable, Sendable, CustomStringConvertible {
    case eventTooLarge(limit: Int)

    package var description: String {
        switch self {
        case .eventTooLarge(let limit): "A server-sent event is larger than the limit of \(limit) bytes and was dropped."
        }
    }
}

/// Reads a `text/event-stream` by the rules of the WHATWG HTML standard, in pieces cut anywhere.
///
/// Lines end with LF, CRLF or CR; one byte order mark at the start, comments and unknown fields are skipped; an event without a data
/// line is not dispatched; an id that holds NUL and a retry that is not all digits are ignored. Bytes that are not UTF-8
/// become U+FFFD. Time is linear in the bytes pushed.
///
/// An event over the limit is reported as soon as that is known and dropped up to its closing blank line, after which the stream
/// goes on. Events that were complete in the push that threw are not lost: the next `push` returns them first, so
/// `push([])` fetches them at once. Several over-large events within one push are reported by one error.
package struct ServerSentEventParser: Sendable {
    private let limit: Int
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var id: String?
    private var event: String?
    private var retry: Int?
    private var ready: [ServerSentEvent] = []
    private var eventBytes = 0
    private var skipsLineFeed = false
    private var isAtStart = true
    private var isDropping = false
    private var isLineEmpty = true
    private var isTooLarge = false

    /// The id to resume from: that of the last block that was closed with one, dispatched or not.
    package private(set) var lastEventID = ""
    /// The last `retry` that was seen, in milliseconds.
    package private(set) var reconnectionTime: Int?

    /// - Parameter maximumEventBytes: the most bytes of lines, terminators excluded, between two blank lines.
    package init(maximumEventBytes: Int = ByteLimit.sseEventBytes) {
        limit = max(maximumEventBytes, 0)
    }

    package mutating func push(_ bytes: [UInt8]) throws(ServerSentEventError) -> [ServerSentEvent] {
        try push(bytes[...])
    }

    package mutating func push(_ bytes: ArraySlice<UInt8>) throws(ServerSentEventError) -> [ServerSentEvent] {
        var rest = bytes
        while let first = rest.first {
            if skipsLineFeed {
                skipsLineFeed = false
                if first == 0x0A {
                    rest = rest.dropFirst()
                    continue
                }
            }
            guard let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) else {
                extendLine(rest)
                break
            }
            endLine(rest[..<end])
            skipsLineFeed = rest[end] == 0x0D
            rest = rest[(end + 1)...]
        }
        if isTooLarge {
            isTooLarge = false
            throw .eventTooLarge(limit: limit)
        }
        defer { ready = [] }
        return ready
    }

    /// Ends the stream and starts anew, keeping ``lastEventID``. An event that was not closed by a blank line is discarded, as the
    /// standard says; some providers leave the last blank line out, for them pass `true`: what is there is then taken as complete.
    package mutating func finish(dispatchingPartial: Bool = false) -> [ServerSentEvent] {
        if dispatchingPartial {
            if !line.isEmpty { endLine([]) }
            endLine([])
        }
        let events = ready
        let (lastEventID, reconnectionTime) = (lastEventID, reconnectionTime)
        self = ServerSentEventParser(maximumEventBytes: limit)
        self.lastEventID = lastEventID
        self.reconnectionTime = reconnectionTime
        return events
    }

    private mutating func extendLine(_ piece: ArraySlice<UInt8>) {
        isLineEmpty = isLineEmpty && piece.isEmpty
        guard admits(piece.count) else { return }
        line.append(contentsOf: piece)
    }

    private mutating func endLine(_ piece: ArraySlice<UInt8>) {
        extendLine(piece)
        let isBlank = isLineEmpty || (isAtStart && line == [0xEF, 0xBB, 0xBF])
        isLineEmpty = true
        if isBlank {
            dispatch()
        } else if !isDropping {
            read(isAtStart && line.starts(with: [0xEF, 0xBB, 0xBF]) ? line[3...] : line[...])
        }
        isAtStart = false
        line.removeAll(keepingCapacity: line.capacity <= 65_536)
    }

    private mutating func admits(_ count: Int) -> Bool {
        if isDropping { return false }
        eventBytes += count
        if eventBytes <= limit { return true }
        isDropping = true
        isTooLarge = true
        line = []
        data = []
        return false
    }

    private mutating func dispatch() {
        if !isDropping {
            if let id { lastEventID = id }
            if hasData {
                ready.append(ServerSentEvent(id: id, event: event, data: String(decoding: data, as: UTF8.self), retry: retry))
            }
        }
        data.removeAll(keepingCapacity: data.capacity <= 65_536)
        hasData = false
        id = nil
        event = nil
        retry = nil
        eventBytes = 0
        isDropping = false
    }

    private mutating func read(_ line: ArraySlice<UInt8>) {
        let colon = line.firstIndex(of: 0x3A)
        let name = line[..<(colon ?? line.endIndex)]
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value = value.dropFirst() }
        if name.elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        } else if name.elementsEqual("event".utf8) {
            event = value.isEmpty ? nil : String(decoding: value, as: UTF8.self)
        } else if name.elementsEqual("id".utf8) {
            if !value.contains(0) { id = String(decoding: value, as: UTF8.self) }
        } else if name.elementsEqual("retry".utf8) {
            readRetry(value)
        }
    }

    private mutating func readRetry(_ value: ArraySlice<UInt8>) {
        guard !value.isEmpty, value.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let time = Int(String(decoding: value, as: UTF8.self)) else {
            return
        }
        retry = time
        reconnectionTime = time
    }
}
