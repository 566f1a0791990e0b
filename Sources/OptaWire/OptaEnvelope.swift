package import ApusBase

/// One event of a session in the envelope of the protocol (`opta-v3.md` §3.4).
package struct OptaEnvelope: Hashable, Sendable {
    /// A string, not a number (defect C2).
    package static let version = "3"

    package var event: String
    package var daemonId: String
    /// Present on everything that belongs to a session.
    package var sessionId: String?
    /// Rises within a session; gaps are ordinary.
    package var seq: Int64
    /// ISO 8601 in UTC with milliseconds and `Z`.
    package var ts: String
    package var payload: JSONValue

    package init(event: String, daemonId: String, sessionId: String?, seq: Int64, ts: String, payload: JSONValue) {
        self.event = event
        self.daemonId = daemonId
        self.sessionId = sessionId
        self.seq = seq
        self.ts = ts
        self.payload = payload
    }

    package var json: JSONObject {
        var object: JSONObject = ["v": .string(Self.version), "event": .string(event), "daemonId": .string(daemonId)]
        if let sessionId { object["sessionId"] = .string(sessionId) }
        object["seq"] = .integer(seq)
        object["ts"] = .string(ts)
        object["payload"] = payload
        return object
    }
}

extension OptaEnvelope {
    /// What a client takes for an event; `nil` for answers, errors and whatever else comes on a socket (§0, §5 rows 12, 16). `v` counts as a
    /// string and as a number; the payload may be called `data`; `stats` beside it is put into it.
    package init?(_ json: JSONValue) {
        guard case .object(let object) = json, json["v"]?.stringValue == Self.version || json["v"]?.integerValue == 3,
            let event = object["event"]?.stringValue, let daemonId = object["daemonId"]?.stringValue, let ts = object["ts"]?.stringValue,
            let seq = object["seq"]?.integerValue, var payload = object["payload"] ?? object["data"]
        else { return nil }
        if let stats = object["stats"], case .object(var inner) = payload, inner["stats"] == nil {
            inner["stats"] = stats
            payload = .object(inner)
        }
        self.init(event: event, daemonId: daemonId, sessionId: object["sessionId"]?.stringValue, seq: seq, ts: ts, payload: payload)
    }
}
