import ApusBase
import ApusTestServer
import Synchronization
import Testing

/// One WebSocket, frame by frame. Every envelope is held to its shape and to its order (assertion 39, §3.3).
final class OptaEar: Sendable {
    let peer: WebSocketPeer
    private let daemon: String
    private let last = Mutex<[String: Int64]>([:])

    init(_ peer: WebSocketPeer, daemon: String) {
        self.peer = peer
        self.daemon = daemon
    }

    func send(_ message: JSONValue) async throws { try await peer.send(message.serialized()) }

    /// The next frame, whatever it is.
    func next() async throws -> JSONValue {
        guard let frame = try await peer.message(within: .seconds(60)) else { throw ChildError(description: "the socket has ended") }
        guard frame.opcode == 1 else { throw ChildError(description: "frame \(frame.opcode) \(frame.code ?? 0)") }
        let value = try JSONValue(parsing: frame.text)
        if value["event"] != nil { check(value) }
        return value
    }

    private func check(_ envelope: JSONValue) {
        let isWhole = ["v", "event", "daemonId", "sessionId", "ts"].allSatisfy { envelope[$0]?.stringValue != nil }
        #expect(isWhole && envelope["v"] == "3" && envelope["daemonId"] == .string(daemon), "\(envelope)")
        #expect(envelope["payload"] != nil && OptaServed.isDate(envelope["ts"]), "\(envelope)")
        guard let session = envelope["sessionId"]?.stringValue, let seq = envelope["seq"]?.integerValue else {
            Issue.record("no seq: \(envelope)")
            return
        }
        let before = last.withLock { last in
            defer { last[session] = seq }
            return last[session] ?? 0
        }
        #expect(seq > before, "\(envelope) after \(before)")
    }

    /// Everything from now on to the first frame that is meant, with it.
    func frames(through isMeant: (JSONValue) -> Bool) async throws -> [JSONValue] {
        var frames: [JSONValue] = []
        while true {
            do { frames.append(try await next()) } catch { throw ChildError(description: "\(error); so far: \(frames)") }
            if let frame = frames.last, isMeant(frame) { return frames }
        }
    }

    func events(through event: String) async throws -> [JSONValue] { try await frames { $0["event"]?.stringValue == event } }

    /// The next event of this name; what comes before it is passed over.
    @discardableResult
    func event(_ name: String) async throws -> JSONValue { try #require(try await events(through: name).last) }

    /// Everything through the end of so many turns.
    func turns(_ count: Int) async throws -> [JSONValue] {
        var ended = 0
        return try await frames { frame in
            if frame.isTurnEnd { ended += 1 }
            return ended == count
        }
    }

    /// The next frame that is no event.
    func answer() async throws -> JSONValue { try #require(try await frames { $0["event"] == nil }.last) }

    func close() async { await peer.raw.close() }
}

extension JSONValue {
    var isTurnEnd: Bool { ["turn.done", "turn.error"].contains(self["event"]?.stringValue) }
    var seq: Int64 { self["seq"]?.integerValue ?? -1 }
}

extension [JSONValue] {
    var names: [String] { compactMap { $0["event"]?.stringValue } }
    func named(_ event: String) -> [JSONValue] { filter { $0["event"]?.stringValue == event } }
    /// The payloads of the events of this name.
    func payloads(_ event: String) -> [JSONValue] { named(event).compactMap { $0["payload"] } }
    /// What the model said.
    var text: String { payloads("turn.token").compactMap { $0["text"]?.stringValue }.joined() }
}
