import ApusBase
import ApusTestServer
import Foundation
import Testing

/// The captured conversation of the specification (`opta-v3.md`, Appendix B), held with this daemon. What differs from the original is what
/// Appendix C calls its defects: pieces of text are logged, `tool.end` arrives, and the last snapshot shows no active turn.
@Suite struct OptaGoldenTests {
    @Test(.opta(39)) func theConversationOfTheSpecificationIsToldAsItStandsThere() async throws {
        let gate = Gate()
        let script: Script = [
            .blocks(.reasoning("hmm"), .text(["Hel", "lo ", "world"]), usage: TokenCounts(input: 11, output: 4)),
            .text("slow", .wait(gate), "never"), .command("touch a.txt", id: "call_1"), .text("Written."),
        ]
        try await withOptaServed(script) { served in
            var page = Page()
            let wish: JSONValue = ["sessionId": "sess-A", "model": "custom:scripted", "title": "T", "mode": "chat"]
            let made = try await served.call("POST /v3/sessions", wish)
            page.add("POST /v3/sessions \(wish) -> \(made.status)", made.body)
            let ear = try await served.listen("sess-A")
            page.add("ws <-", try await ear.event("session.snapshot"))

            let submit: JSONValue = [
                "type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": "sess-A", "content": "hello",
            ]
            try await ear.send(submit)
            page.add("ws -> \(submit)")
            page.add(told: try await ear.events(through: "session.updated"))
            page.add("GET /v3/sessions/sess-A/events -> \(try await served.events("sess-A").names)")

            page.add("-- queue and cancel")
            let slow = try await served.submit("sess-A", OptaServed.turn("slow", writer: "w1"))
            var told = try await ear.frames { $0["payload"]?["text"] == "slow" }
            let queued = [
                try await served.submit("sess-A", OptaServed.turn("second", writer: "w2")).queued,
                try await served.submit("sess-A", OptaServed.turn("third", writer: "w2")).queued,
            ]
            page.add("queued: \(slow.queued), then \(queued)")
            let answer = try await served.call("POST /v3/sessions/sess-A/cancel", ["writerId": "w2"])
            told += try await ear.events(through: "session.cancelled")
            page.add(told: told)
            page.add(#"cancel {"writerId":"w2"} ->"#, answer.body)
            let cancel: JSONValue = ["type": "turn.cancel", "sessionId": "sess-A", "writerId": "w1"]
            try await ear.send(cancel)
            page.add("ws -> \(cancel)")
            var frames = try await ear.events(through: "turn.error")
            if !frames.contains(where: { $0["event"] == nil }) { frames.append(try await ear.next()) }
            page.add(told: frames)

            page.add("-- tool with permission")
            _ = try await served.submit("sess-A", OptaServed.turn("write"))
            var calls = try await ear.events(through: "permission.request")
            let id = try #require(calls.last?["payload"]?["requestId"]?.stringValue)
            #expect(try await served.vote("sess-A", id, "allow").status == 200)
            calls += try await ear.events(through: "session.updated")
            page.add(told: calls)
            expectGolden("opta-conversation.txt", page.text)
        }
    }

    /// What was said, with what differs from run to run replaced. Acknowledgements stand behind the events that they came among: when they
    /// come is not promised.
    private struct Page {
        private(set) var text = ""
        private var names: [String: String] = [:]

        mutating func add(_ words: String, _ value: JSONValue? = nil) {
            let shown = value.map { " " + plain($0, member: "").serialized() } ?? ""
            text += words + shown + "\n"
        }

        mutating func add(told frames: [JSONValue]) {
            for frame in frames where frame["event"] != nil {
                add("ws <- \(frame["event"]?.stringValue ?? "")", frame["payload"])
            }
            for frame in frames where frame["event"] == nil { add("ws <-", frame) }
        }

        private mutating func plain(_ value: JSONValue, member: String) -> JSONValue {
            switch value {
            case .array(let elements):
                var result: [JSONValue] = []
                for element in elements { result.append(plain(element, member: member)) }
                return .array(result)
            case .object(let object):
                var result: JSONObject = [:]
                for (key, element) in object { result[key] = plain(element, member: key) }
                return .object(result)
            case .string(let text):
                switch member {
                case "turnId", "activeTurnId": return .string(name(text, "turn"))
                case "requestId": return .string(name(text, "perm"))
                case "daemonId": return "<daemon>"
                case "ts", "createdAt", "updatedAt": return OptaServed.isDate(value) ? "<time>" : value
                default: return value
                }
            case .integer, .double:
                return ["seq", "elapsed", "speed", "firstTokenLatencyMs"].contains(member) ? "<number>" : value
            case .null, .bool: return value
            }
        }

        private mutating func name(_ id: String, _ kind: String) -> String {
            if let known = names[id] { return known }
            let name = "<\(kind)-\(names.values.count { $0.hasPrefix("<\(kind)") } + 1)>"
            names[id] = name
            return name
        }
    }
}
