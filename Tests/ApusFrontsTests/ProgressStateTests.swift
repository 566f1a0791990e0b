import ApusBase
import ApusCore
import Testing

@testable import ApusFronts

/// What the progress line says, event by event.
@Suite struct ProgressStateTests {
    private static let start: Timestamp = 1_000_000

    private func line(_ kinds: [EventKind], after milliseconds: Timestamp = 0, columns: Int = 80) -> String? {
        var state = ProgressState(startedAt: Self.start)
        for kind in kinds { state.receive(Event(number: 1, time: Self.start, kind: kind)) }
        return state.line(at: Self.start + milliseconds, columns: columns)
    }

    private static let begun: [EventKind] = [.turnStarted("t", model: "claude-x"), .responseStarted("m", "t")]
    private static let usage = Usage(inputTokens: 1_000, outputTokens: 340, cacheReadTokens: 11_000, cacheCreationTokens: 345)
    private static let end = EventKind.responseFinished(ResponseEnd(message: "m", stop: .toolCalls, usage: usage))

    private static func delta(_ channel: Delta.Channel, _ text: String) -> EventKind {
        .delta(Delta(item: "i", message: "m", channel: channel, text: text))
    }

    private static func call(_ id: String, _ tool: String, _ input: JSONValue) -> [EventKind] {
        let call = ToolCall(id: CallID(id), name: tool, input: input)
        return [.itemFinished(Item(id: ItemID("i-\(id)"), message: "m", content: .toolCall(call)))]
    }

    private static func intent(_ id: String, _ tool: String) -> EventKind {
        .toolIntended(ToolIntent(call: CallID(id), tool: tool, argumentsHash: "", effect: .pure, key: id))
    }

    private static func outcome(_ id: String) -> EventKind {
        .toolFinished(ToolOutcome(call: CallID(id), status: .succeeded, text: ""))
    }

    private static let retry = EventKind.retrying(
        RetryNote(turn: "t", attempt: 2, reason: .overloaded, detail: "busy", delayMilliseconds: 4_000))

    static let table: [(kinds: [EventKind], line: String?)] = [
        ([], "0s  Starting"),
        ([.turnStarted("t", model: "claude-x")], "0s  Waiting for claude-x"),
        (begun, "0s  Waiting for claude-x"),
        (begun + [delta(.reasoning, "hm")], "0s  Thinking"),
        (begun + [delta(.reasoning, String(repeating: "x", count: 400))], "0s  Thinking  ~100 out"),
        (begun + [delta(.text, "Hello there")], "0s  Writing  ~2 out"),
        (begun + [delta(.toolInput, "{")], "0s  Preparing a tool call"),
        (begun + [.noticed(.compacting(.overflow))], "0s  Summarising the conversation"),
        (begun + [delta(.toolOutput, "a line of a tool")], "0s  Waiting for claude-x"),
        (begun + [end], "0s  Waiting for claude-x  12k in, 340 out"),
        (begun + [end] + begun + [delta(.text, String(repeating: "x", count: 2_640))], "0s  Writing  12k in, ~1.0k out"),
        (begun + [retry], "0s  Trying again in 4s (retry 2)"),
        (begun + [delta(.text, "lost when it is tried again"), retry, delta(.text, "anew")], "0s  Writing  ~1 out"),
        (
            begun + call("1", "Read", ["file_path": "/w/a.txt"]) + [end, intent("1", "Read")],
            "0s  Read /w/a.txt  12k in, 340 out"
        ),
        (begun + call("1", "Glob", ["patterns": ["*.md"]]) + [intent("1", "Glob")], "0s  Glob *.md"),
        (begun + call("1", "TodoWrite", ["todos": "1. x"]) + [intent("1", "TodoWrite")], "0s  TodoWrite"),
        (begun + call("1", "Execute", "not an object") + [intent("1", "Execute")], "0s  Execute"),
        (begun + [intent("9", "Unknown")], "0s  Unknown"),
        (
            begun + call("1", "Execute", ["command": "printf '\u{1B}[2J'\nrm \u{202E}x\t\u{7}"]) + [intent("1", "Execute")],
            #"0s  Execute printf '\u{1B}[2J'\nrm \u{202E}x\t\u{7}"#
        ),
        (
            begun + call("1", "Read", ["file_path": "a"]) + call("2", "LS", ["directory_path": "b"])
                + [intent("1", "Read"), intent("2", "LS")], "0s  (+1 more) LS b"
        ),
        (
            begun + call("1", "Read", ["file_path": "a"]) + call("2", "LS", ["directory_path": "b"])
                + [intent("1", "Read"), intent("2", "LS"), outcome("2")], "0s  Read a"
        ),
        (
            begun + call("1", "Read", ["file_path": "a"]) + [intent("1", "Read"), outcome("1")], "0s  Waiting for claude-x"
        ),
        (begun + [.turnFinished(TurnEnd(turn: "t", reason: .completed))], nil),
    ]

    @Test(arguments: table)
    func everyEventShows(row: (kinds: [EventKind], line: String?)) {
        #expect(line(row.kinds) == row.line)
    }

    @Test func theOfflinePlannerHasNoTokens() {
        #expect(line([.turnStarted("t", model: "offline"), Self.delta(.text, "many words")]) == "0s  Writing")
    }

    @Test(arguments: [(0, "0s"), (999, "0s"), (59_999, "59s"), (187_000, "3m 07s"), (3_725_000, "1h 02m")] as [(Timestamp, String)])
    func timeIsShortened(milliseconds: Timestamp, text: String) {
        #expect(line([], after: milliseconds) == "\(text)  Starting")
    }

    @Test func aClockThatWasSetBackShowsNoNegativeTime() {
        #expect(line([], after: -5_000) == "0s  Starting")
    }

    @Test(arguments: [(3_999, "Trying again in 1s (retry 2)"), (4_000, "Trying again (retry 2)")] as [(Timestamp, String)])
    func theWaitCountsDown(milliseconds: Timestamp, text: String) {
        #expect(line(Self.begun + [Self.retry], after: milliseconds)?.hasSuffix(text) == true)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1_000, "1.0k"), (9_999, "9.9k"), (10_000, "10k"), (1_250_000, "1.2M"), (25_000_000, "25M")])
    func countsAreShortened(tokens: Int, text: String) {
        #expect(ProgressState.count(tokens) == text)
    }

    private static let long: [EventKind] =
        begun + call("1", "Execute", ["command": "swift build --product 日本語 --configuration release"]) + [end, intent("1", "Execute")]

    @Test(arguments: [
        (80, "0s  Execute swift build --product 日本語 --configuration rel...  12k in, 340 out"),
        (60, "0s  Execute swift build --product 日本語...  12k in, 340 out"),
        (43, "0s  Execute swift build...  12k in, 340 out"),
        (40, "0s  Execute swift build --product 日..."), (20, "0s  Execute swift..."), (5, "0s  ."), (1, "."), (0, ""), (-1, ""),
    ])
    func theLineFitsItsTerminal(columns: Int, text: String) throws {
        let line = try #require(self.line(Self.long, columns: columns))
        #expect(line == text)
        #expect(displayColumns(line) <= max(columns, 0))
    }
}
