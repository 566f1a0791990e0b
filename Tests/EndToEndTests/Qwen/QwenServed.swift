import ApusBase
import ApusTestServer
import Foundation
import Testing

/// What stood on the wire for one request.
struct QwenAnswer: Sendable {
    let status: Int
    /// Names in small letters.
    let fields: [String: String]
    let text: String

    /// `null` for what is no JSON.
    var body: JSONValue { (try? JSONValue(parsing: text)) ?? .null }

    /// Interim answers are passed over.
    init(_ wire: String) throws {
        var answer = wire[...]
        while answer.hasPrefix("HTTP/1.1 1"), let end = answer.range(of: "\r\n\r\n") { answer = answer[end.upperBound...] }
        let end = try #require(answer.range(of: "\r\n\r\n"), "\(answer)")
        let lines = answer[..<end.lowerBound].split(separator: "\r\n")
        status = try #require(lines.first.flatMap { Int($0.split(separator: " ")[1]) }, "\(answer)")
        fields = lines.dropFirst().reduce(into: [:]) { fields, line in
            let parts = line.split(separator: ":", maxSplits: 1)
            fields[parts[0].lowercased()] = parts.count == 2 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
        }
        text = String(answer[end.upperBound...])
    }
}

/// One frame of a stream of events.
struct QwenFrame: Hashable, Sendable {
    var id: Int64?
    let type: String
    let envelope: JSONValue

    var data: JSONValue { envelope["data"] ?? .null }
    /// The word of an update.
    var update: String? { data["update"]?["sessionUpdate"]?.stringValue }
}

/// An `apus serve` whose model is scripted, spoken to in bytes.
struct QwenServed: Sendable {
    let stage: Stage
    let server: RunningQwenServer

    var work: String { stage.home.work }

    static func start(_ stage: Stage, _ words: [String] = [], environment: [String: String] = [:]) async throws -> QwenServed {
        let server = try await RunningQwenServer.start(
            stage.executable, stage.home, ["--port", "0"] + words, environment: environment)
        return QwenServed(stage: stage, server: server)
    }

    /// A request on a connection of its own, which is left open and unanswered.
    func ask(_ line: String, _ body: JSONValue? = nil, headers: [String] = []) async throws -> RawPeer {
        let peer = try await RawPeer.connect(port: server.port)
        var lines = ["\(line) HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "Connection: close"] + headers
        let text = body?.serialized() ?? ""
        if body != nil { lines += ["Content-Type: application/json", "Content-Length: \(text.utf8.count)"] }
        try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + text)
        return peer
    }

    func call(_ line: String, _ body: JSONValue? = nil, headers: [String] = []) async throws -> QwenAnswer {
        try QwenAnswer(try await ask(line, body, headers: headers).all(within: .seconds(60)))
    }

    /// The session of the working directory, or another one.
    func session(_ members: JSONObject = [:], headers: [String] = []) async throws -> String {
        var body: JSONObject = ["cwd": .string(work)]
        for (name, value) in members { body[name] = value }
        let answer = try await call("POST /session", .object(body), headers: headers)
        #expect(answer.status == 200, "\(answer.text)")
        return try #require(answer.body["sessionId"]?.stringValue)
    }

    static func prompt(_ text: String) -> JSONValue { ["prompt": [["type": "text", "text": .string(text)]]] }
    static func vote(_ option: String?) -> JSONValue {
        option.map { ["outcome": ["outcome": "selected", "optionId": .string($0)]] } ?? ["outcome": ["outcome": "cancelled"]]
    }

    func prompt(_ session: String, _ text: String = "Go.", headers: [String] = []) async throws -> QwenAnswer {
        try await call("POST /session/\(session)/prompt", Self.prompt(text), headers: headers)
    }

    func asking(_ session: String, _ text: String = "Go.") async throws -> RawPeer {
        try await ask("POST /session/\(session)/prompt", Self.prompt(text))
    }

    func listed() async throws -> [JSONValue] {
        let path = work.replacing("/", with: "%2F")
        return try await call("GET /workspace/\(path)/sessions").body["sessions"]?.arrayValue ?? []
    }

    /// A stream of a session's events; `cursor` is what stands in `Last-Event-ID`.
    func listen(_ session: String, after cursor: String? = "0", query: String = "", headers: [String] = []) async throws -> QwenEar {
        let fields = headers + (cursor.map { ["Last-Event-ID: \($0)"] } ?? [])
        let ear = QwenEar(peer: try await ask("GET /session/\(session)/events\(query)", headers: fields))
        try await ear.begun()
        return ear
    }

    /// Everything that is told of a session so far, up to the end of its last turn.
    func replay(_ session: String, turns: Int) async throws -> [QwenFrame] {
        let ear = try await listen(session)
        let frames = try await ear.frames { $0.count { $0.type == "turn_complete" || $0.type == "turn_error" } >= turns }
        await ear.close()
        return frames
    }

    /// Returns when this many prompts of a session wait, as another process reads it in the log.
    func queued(_ count: Int, in session: String) async throws {
        try await eventually(within: .seconds(60)) {
            let state = try JSONValue(parsing: try await stage.show(session).text)
            return (state["queue"]?.arrayValue ?? []).count == count
        }
    }

    /// The end by a signal.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Outcome {
        server.process.send(signal)
        return try await server.process.finish()
    }
}

/// One reader of a stream.
struct QwenEar: Sendable {
    let peer: RawPeer

    /// Waits for the head and the first bytes of the stream.
    fileprivate func begun() async throws {
        let (bytes, _) = try await peer.received { String(decoding: $0, as: UTF8.self).contains("retry: 3000\n\n") }
        let answer = try QwenAnswer(String(decoding: bytes, as: UTF8.self))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.fields["content-type"] == "text/event-stream")
        #expect(answer.fields["cache-control"] == "no-cache, no-transform")
        #expect(answer.fields["x-accel-buffering"] == "no")
    }

    /// The body of a chunked answer, as far as it is whole, and whether its end has come.
    static func body(of bytes: [UInt8]) -> (text: String, isWhole: Bool) {
        guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return ("", false) }
        var rest = bytes[head.upperBound...]
        var body: [UInt8] = []
        while let line = rest.firstRange(of: [13, 10]) {
            guard let size = Int(String(decoding: rest[..<line.lowerBound], as: UTF8.self), radix: 16) else { break }
            let start = line.upperBound
            guard size > 0 else { return (String(decoding: body, as: UTF8.self), true) }
            guard rest.endIndex >= start + size + 2 else { break }
            body += rest[start..<start + size]
            rest = rest[(start + size + 2)...]
        }
        return (String(decoding: body, as: UTF8.self), false)
    }

    /// Frames without comments and the advice about retries. `id:` and `event:` must equal what the envelope says (assertion 38).
    static func frames(of bytes: [UInt8]) -> [QwenFrame] {
        let text = body(of: bytes).text
        return text.components(separatedBy: "\n\n").dropLast().compactMap { frame in
            var id: Int64?
            var type: String?
            var envelope: JSONValue?
            for line in frame.split(separator: "\n") {
                if line.hasPrefix("id: ") { id = Int64(line.dropFirst(4)) }
                if line.hasPrefix("event: ") { type = String(line.dropFirst(7)) }
                if line.hasPrefix("data: ") { envelope = try? JSONValue(parsing: String(line.dropFirst(6))) }
            }
            guard let type, let envelope else { return nil }
            #expect(envelope["type"]?.stringValue == type && envelope["id"]?.integerValue == id && envelope["v"] == 1, "\(frame)")
            return QwenFrame(id: id, type: type, envelope: envelope)
        }
    }

    /// Everything so far when `holds`, which must come before the end of the stream.
    func frames(until holds: @Sendable ([QwenFrame]) -> Bool) async throws -> [QwenFrame] {
        let (bytes, _) = try await peer.received(within: .seconds(60)) { holds(Self.frames(of: $0)) }
        let frames = Self.frames(of: bytes)
        guard holds(frames) else { throw ChildError(description: "the stream ended with \(frames.map(\.type))") }
        return frames
    }

    /// The first frame of this type.
    func event(_ type: String) async throws -> QwenFrame {
        let frames = try await frames { $0.contains { $0.type == type } }
        return try #require(frames.first { $0.type == type })
    }

    /// All of it; the stream must end as HTTP wants it.
    func whole() async throws -> [QwenFrame] {
        let (bytes, _) = try await peer.received(within: .seconds(60)) { _ in false }
        #expect(Self.body(of: bytes).isWhole)
        return Self.frames(of: bytes)
    }

    func close() async { await peer.close() }
}

extension [QwenFrame] {
    var types: [String] { map(\.type) }
    /// What the agent said.
    var text: String {
        filter { $0.update == "agent_message_chunk" }.compactMap { $0.data["update"]?["content"]?["text"]?.stringValue }.joined()
    }
}

/// Runs `body` with a server on a scripted model.
func withQwen(
    _ script: Script = [], _ words: [String] = [], environment: [String: String] = [:], models: [String] = [],
    _ body: (QwenServed) async throws -> Void
) async throws {
    try await withStage(.anthropic, script) { stage in
        if !models.isEmpty {
            try stage.change { settings in
                let first = settings["customModels"]?.arrayValue?.first?.objectValue ?? [:]
                settings["customModels"] = .array(
                    [.object(first)]
                        + models.map { name in
                            var entry = first
                            entry["id"] = .string(name)
                            entry["displayName"] = .string(name)
                            return .object(entry)
                        })
            }
        }
        let served = try await QwenServed.start(stage, words, environment: environment)
        defer { served.server.process.send(SIGKILL) }
        try await body(served)
    }
}
