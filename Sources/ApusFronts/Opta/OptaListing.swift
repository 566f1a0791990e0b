import ApusBase
import ApusCore

/// The events of a session behind a cursor, as one JSON document that is written as it is read: `{"events":[…]}` (§2.4 #8).
struct OptaListing: Sendable {
    /// A short one is read before the answer begins, so that what cannot be read is said by its status.
    static let shortBytes = 1 << 20

    private let replay: OptaReplay
    private let cursor: Int64
    private var mapper: OptaMapper
    /// The last event when the answer began.
    private let head: EventNumber
    private var hasBegun = false

    static let none = Array(#"{"events":[]}"#.utf8)

    init(_ replay: OptaReplay, of session: SessionID, after cursor: Int64, to head: EventNumber) {
        self.replay = replay
        self.cursor = cursor
        self.head = head
        mapper = replay.start(session, after: cursor)
    }

    /// Whether all of it was read.
    var isWhole: Bool { mapper.place >= head }

    /// The next bytes, one batch of events after the other, until `take` has had enough. Reading needs no ownership: another process may have
    /// the session.
    mutating func read(_ take: ([UInt8]) async -> Bool) async throws(SessionError) {
        var hasBegun = hasBegun
        defer { self.hasBegun = hasBegun }
        try await replay.run(&mapper, to: head, after: cursor) { frames in
            let first = hasBegun ? "," : #"{"events":["#
            hasBegun = true
            return await take(Array(first.utf8) + frames.joined(separator: ",".utf8))
        }
    }

    /// What stands behind the last event; in front of it where there was none.
    var end: [UInt8] { hasBegun ? Array("]}".utf8) : Self.none }
}
