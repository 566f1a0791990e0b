import ApusBase
package import OptaWire

/// One event of a session (`opta-v3.md` §3.4).
///
/// Within a session events have a rising ``seq`` (§5 row 23); gaps are ordinary. What the wire and the documentation call differently can be read
/// by both names: ``payload`` is the wire's, ``data`` the documentation's.
public struct DaemonEvent: Sendable, Hashable {
    /// What happened, by its documented name. Names that are not known are to be skipped.
    public let event: DaemonEventName
    /// The name as it came.
    public let wireName: String
    /// At least 1 and rising within the session; pass the last one as `afterSeq` to go on. Events of this library itself (``isLocal``) have
    /// that of the event before.
    public let seq: Int64
    /// Whose event it is.
    public let sessionID: String
    /// Which start of the daemon sent it.
    public let daemonID: String
    /// ISO 8601 in UTC with milliseconds.
    public let ts: String
    /// As on the wire.
    public let payload: JSON
    /// The turns that are over with this event: nothing more of them comes on a ``DaemonWebSocket`` (§4.4). A cancel by writer names those that
    /// are known from the events before it, of which ``DaemonClient/getEvents(_:afterSeq:)`` sees only those after its cursor.
    public internal(set) var endedTurnIDs: [String] = []

    package init(_ envelope: OptaEnvelope, sessionID: String) {
        event = DaemonEventName(rawValue: envelope.event)
        wireName = envelope.event
        seq = envelope.seq
        self.sessionID = envelope.sessionId ?? sessionID
        daemonID = envelope.daemonId
        ts = envelope.ts
        payload = JSON(envelope.payload)
    }

    /// An event of this library itself.
    init(local event: DaemonEventName, _ payload: JSON, sessionID: String, seq: Int64) {
        self.event = event
        wireName = event.rawValue
        self.seq = seq
        self.sessionID = sessionID
        daemonID = ""
        ts = ""
        self.payload = payload
    }

    /// Whether a turn is over with this event, so that whoever shows it goes from streaming to done. A `session.cancelled` that only emptied the
    /// queue of others is none.
    public var isStop: Bool { !endedTurnIDs.isEmpty }

    /// Whether this library made the event: ``DaemonEventName/clientFellBehind``, ``DaemonEventName/clientTurnText``, and the
    /// ``DaemonEventName/turnError`` with the code `turn-lost` of a turn that its daemon does not know any more.
    public var isLocal: Bool { daemonID.isEmpty }

    /// The payload with the documentation's names beside the wire's: `token` for text, `toolName`, and a tool's `args` as an object (§5 rows 12 to 15).
    public var data: JSON {
        let envelope = OptaEnvelope(
            event: canonicalName, daemonId: daemonID, sessionId: sessionID, seq: seq, ts: ts, payload: payload.value)
        guard case .object(var data)? = OptaDialect.doc.json(envelope)["data"], let came = payload.objectValue else { return payload }
        // What came under the documentation's names already.
        for name in ["token", "toolName"] where data[name] == nil { data[name] = came[name]?.value }
        return JSON(.object(data))
    }

    /// How a turn went, of ``DaemonEventName/turnDone`` (§5 row 16).
    public var stats: DaemonTurnStats? { payload["stats"].map(DaemonTurnStats.init) }

    /// The turn it belongs to.
    public var turnID: String? { payload["turnId"]?.stringValue }

    /// The next piece of the answer; `nil` for everything but ``DaemonEventName/turnToken``.
    public var token: String? { event == .turnToken ? deltaText : nil }

    /// The text of a piece, under whichever name it came (§5 row 13).
    var deltaText: String? {
        ["token", "content", "delta", "text"].lazy.compactMap { payload[$0]?.stringValue }.first
    }

    /// This event by its name, its payload checked.
    public var kind: DaemonEventKind { DaemonEventKind(self) }

    /// As the wire spells it.
    private var canonicalName: String {
        switch event {
        case .toolCall: "tool.start"
        case .toolResult: "tool.end"
        default: event.rawValue
        }
    }
}
