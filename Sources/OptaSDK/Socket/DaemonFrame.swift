import ApusBase
import OptaWire

/// One message of a daemon on a socket (`opta-v3.md` §3.4, §3.6).
public enum DaemonFrame: Sendable, Hashable {
    /// Something happened in the session.
    case event(DaemonEvent)
    /// A command was taken: which one, and the whole answer.
    case ack(action: String, JSON)
    /// A command, or the socket itself, was refused: the daemon's sentence, and the whole answer.
    case error(String, JSON)
    /// Anything else: JSON, or text that is none.
    case other(JSON)

    init(_ bytes: [UInt8], sessionID: String) {
        let text = String(decoding: bytes, as: UTF8.self)
        // What is no JSON is handed on as the text it is.
        guard let value = try? JSONValue(parsing: text) else {
            self = .other(.string(text))
            return
        }
        if let envelope = OptaEnvelope(value) {
            self = .event(DaemonEvent(envelope, sessionID: sessionID))
            return
        }
        let json = JSON(value)
        if json["type"]?.stringValue == "ack", let action = json["action"]?.stringValue {
            self = .ack(action: action, json)
        } else if let error = json["error"]?.stringValue {
            self = .error(error, json)
        } else {
            self = .other(json)
        }
    }
}
