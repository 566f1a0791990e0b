import ApusBase

/// Reads a script from JSON, for use from a shell. The form:
///
/// ```json
/// {"models": ["m"], "surplus": 500, "replies": [
///   {"stream": [{"text": "Hello"}], "stop": "endOfTurn", "usage": {"input": 10, "output": 2}},
///   {"text": "short for a stream of one text block", "when": {"bodyContains": "run-07"}, "times": "forever"},
///   {"status": 429, "headers": {"retry-after": "1"}, "message": "slow down"},
///   {"status": 200, "body": {"any": "json"}}, {"garbage": "text"}, {"hangUp": "reset"}]}
/// ```
///
/// Blocks: `{"text": T}`, `{"reasoning": T, "signature": "…"}`, `{"redactedReasoning": "…"}`, `{"toolCall": "Name", "id": "…", "input":
/// JSON or T, "pieceCharacters": 5}`, `{"interleaved": [blocks]}`, and any fragment. `T` is a text, an array of fragments or
/// `{"piece": "word ", "count": 1000, "pause": 20}`. Fragments: a text, `{"pause": milliseconds}`, `{"cut": "closed|reset|bodyEnded"}`,
/// `{"comment": "…"}`, `{"raw": "…"}`, `{"error": {"type": "…", "message": "…"}}`.
/// Shape, beside `stream` or `text`: `lineEnding` (`lf`, `crlf`, `cr`), `chunkBytes`, `eventsPerWrite`, `omitsDone`, `reasoningMember`,
/// `cut` with `afterBytes` or `afterEvents`. `"usage": null` leaves the counts out. Unknown members are errors.
package struct ScriptFileError: Error, Hashable, CustomStringConvertible {
    /// Where and what, in one sentence.
    package var description: String
}

extension Script {
    package init(parsing text: String) throws(ScriptFileError) {
        let document: JSONValue
        do { document = try JSONValue(parsing: text) } catch {
            throw ScriptFileError(description: "The script is not JSON: \(error)")
        }
        let fields = try ScriptFields(document, at: "script", known: ["models", "surplus", "replies"])
        var steps: [ScriptStep] = []
        for (index, value) in try fields.array("replies").enumerated() { steps.append(try ScriptStep(value, at: "replies[\(index)]")) }
        self.init(steps)
        if fields["models"] != nil { models = try fields.array("models").compactMap(\.stringValue) }
        if let status = try fields.integer("surplus") { surplusStatus = status }
    }
}

extension ScriptStep {
    private static let shapeMembers: Set = [
        "lineEnding", "chunkBytes", "eventsPerWrite", "omitsDone", "reasoningMember", "cut", "afterBytes", "afterEvents",
    ]
    private static let members: Set = shapeMembers.union([
        "when", "times", "stream", "text", "stop", "usage", "status", "headers", "message", "type", "body", "bytes", "garbage", "hangUp",
    ])

    init(_ value: JSONValue, at place: String) throws(ScriptFileError) {
        let fields = try ScriptFields(value, at: place, known: ScriptStep.members)
        self.init(try ScriptStep.reply(fields), when: try ScriptStep.matcher(fields))
        if fields["times"]?.stringValue == "forever" {
            times = .forever
        } else if let count = try fields.integer("times") {
            times = .times(count)
        }
    }

    private static func reply(_ fields: ScriptFields) throws(ScriptFileError) -> Reply {
        if fields["stream"] != nil || fields["text"] != nil { return .stream(try stream(fields)) }
        if let text = try fields.string("garbage") { return .garbage(Array(text.utf8)) }
        if let end = try fields.choice("hangUp", ConnectionEnd.init(rawValue:)) { return .hangUp(end) }
        guard let status = try fields.integer("status") else { throw fields.error("needs stream, text, status, garbage or hangUp") }
        let headers = fields["headers"]?.objectValue?.map { ($0.key, $0.value.stringValue ?? $0.value.serialized()) } ?? []
        if let body = fields["body"] { return .json(body, status: status, headers: headers) }
        if let bytes = try fields.string("bytes") { return .body(status: status, headers: headers, Array(bytes.utf8)) }
        let message = try fields.string("message") ?? "scripted failure"
        return .failure(status: status, type: try fields.string("type"), message: message, headers: headers)
    }

    private static func stream(_ fields: ScriptFields) throws(ScriptFileError) -> StreamedReply {
        var blocks: [Block] = []
        if let text = fields["text"] { blocks.append(.text(try Fragment.list(text, at: "\(fields.place).text"))) }
        if fields["stream"] != nil { blocks += try Block.list(fields.array("stream"), at: "\(fields.place).stream") }
        var reply = StreamedReply(blocks, shape: try StreamShape(fields))
        if let stop = try fields.string("stop") { reply.stop = StreamedReply.Stop(word: stop) }
        switch fields["usage"] {
        case .null?: reply.usage = nil
        case let counts?: reply.usage = try TokenCounts(counts, at: "\(fields.place).usage")
        case nil: break
        }
        return reply
    }

    private static func matcher(_ fields: ScriptFields) throws(ScriptFileError) -> RequestMatcher {
        guard let value = fields["when"] else { return .any }
        let when = try ScriptFields(value, at: "\(fields.place).when", known: ["bodyContains", "path", "header", "value"])
        var matcher = RequestMatcher.any
        if let marker = try when.string("bodyContains") { matcher = matcher.and(.body(contains: marker)) }
        if let path = try when.string("path") { matcher = matcher.and(.path(path)) }
        if let name = try when.string("header") { matcher = matcher.and(.header(name, try when.string("value") ?? "")) }
        return matcher
    }
}

extension StreamedReply.Stop {
    /// A name of ours, or a word to be sent as it is.
    init(word: String) {
        self =
            switch word {
            case "fitting": .fitting
            case "endOfTurn": .endOfTurn
            case "toolCalls": .toolCalls
            case "outputLimit": .outputLimit
            case "contextLimit": .contextLimit
            case "refusal": .refusal
            case "unnamed": .unnamed
            default: .word(word)
            }
    }
}

extension TokenCounts {
    init(_ value: JSONValue, at place: String) throws(ScriptFileError) {
        let fields = try ScriptFields(value, at: place, known: ["input", "output", "cacheRead", "cacheCreation", "reasoning"])
        self.init(
            input: try fields.integer("input") ?? 0, output: try fields.integer("output") ?? 0,
            cacheRead: try fields.integer("cacheRead") ?? 0, cacheCreation: try fields.integer("cacheCreation") ?? 0,
            reasoning: try fields.integer("reasoning"))
    }
}

extension StreamShape {
    fileprivate init(_ fields: ScriptFields) throws(ScriptFileError) {
        self.init()
        let endings: [String: LineEnding] = ["lf": .lf, "crlf": .crlf, "cr": .cr]
        if let ending = try fields.choice("lineEnding", { endings[$0] }) { lineEnding = ending }
        chunkBytes = try fields.integer("chunkBytes")
        eventsPerWrite = try fields.integer("eventsPerWrite") ?? eventsPerWrite
        omitsDone = try fields.bool("omitsDone") ?? omitsDone
        reasoningMember = try fields.string("reasoningMember") ?? reasoningMember
        guard let end = try fields.choice("cut", ConnectionEnd.init(rawValue:)) else { return }
        if let bytes = try fields.integer("afterBytes") {
            cut = .bytes(bytes, end)
        } else if let events = try fields.integer("afterEvents") {
            cut = .events(events, end)
        } else {
            throw fields.error("cut needs afterBytes or afterEvents")
        }
    }
}
