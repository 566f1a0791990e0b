import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusDaemon

/// What hooks read of a session while it goes on.
struct HookTranscriptTests {
    private static let origin = TurnOrigin(front: .exec, writer: "w", approvals: .stop)

    /// Two turns, the first with two calls whose results come one by one.
    private static let kinds: [EventKind] = [
        .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings(model: "m")),
        .turnQueued(TurnInput(turn: "t1", prompt: "one", origin: origin)), .turnStarted("t1", model: "m"),
        .contextAdded("n1", ContextNote(source: "x", text: "note")), .userMessage("t1", "t1", "one"), .responseStarted("m1", "t1"),
        .itemFinished(Item(id: "i1", message: "m1", content: .text("looking"))),
        .itemFinished(Item(id: "i2", message: "m1", content: .toolCall(ToolCall(id: "c1", name: "Read", input: [:])))),
        .itemFinished(Item(id: "i3", message: "m1", content: .toolCall(ToolCall(id: "c2", name: "Read", input: [:])))),
        .responseFinished(ResponseEnd(message: "m1", stop: .toolCalls, usage: .zero)),
        .toolFinished(ToolOutcome(call: "c2", status: .succeeded, text: "second")),
        .toolFinished(ToolOutcome(call: "c1", status: .failed, text: "first")),
        .contextAdded("n2", ContextNote(source: "hook", text: "remark")), .responseStarted("m2", "t1"),
        .itemFinished(Item(id: "i4", message: "m2", content: .text("done"))),
        .responseFinished(ResponseEnd(message: "m2", stop: .endOfTurn, usage: .zero)),
        .turnFinished(TurnEnd(turn: "t1", reason: .completed)),
        .turnQueued(TurnInput(turn: "t2", prompt: "two", origin: origin)), .turnStarted("t2", model: "m"), .userMessage("t2", "t2", "two"),
        .responseStarted("m3", "t2"), .itemFinished(Item(id: "i5", message: "m3", content: .text("cut"))),
        .turnFinished(TurnEnd(turn: "t2", reason: .interrupted)),
    ]

    private static func states() -> [SessionState] {
        var state = SessionState(id: "s")
        return kinds.enumerated().map { index, kind in
            state.reduce(Event(number: EventNumber(index + 1), time: 5, kind: kind))
            return state
        }
    }

    /// Read at any moments, it is always the beginning of what it is at the end.
    @Test(arguments: 1...7)
    func itOnlyGrows(step: Int) throws {
        let states = Self.states()
        let whole = HookTranscripts.lines(of: try #require(states.last), from: HookTranscripts.Place()).lines
        var (lines, place): ([JSONValue], HookTranscripts.Place) = ([], .init())
        for (index, state) in states.enumerated() where index % step == 0 || index == states.count - 1 {
            let (fresh, next) = HookTranscripts.lines(of: state, from: place)
            lines += fresh
            place = next
            #expect(whole.starts(with: lines, by: { Self.content($0) == Self.content($1) }), "after event \(index + 1)")
        }
        #expect(lines.map(Self.content) == whole.map(Self.content))
        #expect(whole.count == 8)
    }

    private static func content(_ line: JSONValue) -> String { line["message"]?.serialized() ?? line.serialized() }

    @Test func aResponseStandsInItBeforeItsCallsHaveRun() throws {
        let asked = try #require(Self.states().dropFirst(9).first)
        let (lines, place) = HookTranscripts.lines(of: asked, from: HookTranscripts.Place())
        #expect(lines.count == 3 && lines[2].serialized().contains("tool_use"))
        #expect(place == HookTranscripts.Place(entry: 2, hasResponse: true))
    }

    @Test func theFileIsItsOwnersAlone() async throws {
        let home = NSTemporaryDirectory() + "apus-transcripts-" + randomToken(length: 12)
        defer { try? FileManager.default.removeItem(atPath: home) }
        let said = Watched<[String]>([])
        let transcripts = HookTranscripts(apusHome: home) { sentence in said.change { $0.append(sentence) } }
        var text = ""
        for state in Self.states() where state.running != nil {
            let path = try #require(await transcripts.file(of: state))
            let now = try String(contentsOfFile: path, encoding: .utf8)
            #expect(now.hasPrefix(text))
            text = now
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
        #expect(text.split(separator: "\n").count == 8, "the start, and all but the answer that is not whole")
        // Another process begins it anew, with everything.
        let last = try #require(Self.states().last)
        let again = try #require(await HookTranscripts(apusHome: home) { _ in }.file(of: last))
        #expect(try String(contentsOfFile: again, encoding: .utf8).split(separator: "\n").count == 9)
        #expect(said.value == [])
    }

    @Test func whatCannotBeWrittenIsToldOnce() async throws {
        let said = Watched<[String]>([])
        let transcripts = HookTranscripts(apusHome: "/dev/null") { sentence in said.change { $0.append(sentence) } }
        let state = try #require(Self.states().last)
        #expect(await transcripts.file(of: state) == nil)
        #expect(await transcripts.file(of: state) == nil)
        #expect(said.value.count == 1 && said.value[0].hasPrefix("Transcripts for hooks cannot be written."))
    }
}
