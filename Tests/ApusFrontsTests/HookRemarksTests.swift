import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusFronts

/// What a person reads of hooks.
struct HookRemarksTests {
    private func lines(_ result: HookEnd.Result, of event: HookEvent = .preToolUse, showsOutput: Bool = false) -> [String] {
        let end = HookEnd(id: "h", event: event, results: [result], prevented: false)
        return HookRemarks.lines(about: .ended(end), showsOutput: showsOutput)
    }

    private let command = HookCommand("check\u{1b}[2J\nsecond line")

    @Test func whatWentWellIsNotWorthALine() {
        #expect(lines(HookEnd.Result(command, exitCode: 0, stdout: "out", stderr: "chatter")) == [])
        #expect(HookRemarks.lines(about: .began(HookStart(id: "h", event: .stop, commands: [command])), showsOutput: true) == [])
    }

    @Test func aHookThatFailsIsNamed() {
        let name = "The PreToolUse hook \"check\\u{1B}[2J\""
        #expect(lines(HookEnd.Result(command, exitCode: 3, stderr: "\noh no\nmore")) == ["\(name) ended with code 3: oh no"])
        #expect(lines(HookEnd.Result(command, exitCode: nil, fault: "took longer than 1 s")) == ["\(name) took longer than 1 s"])
    }

    @Test(arguments: HookEvent.allCases)
    func anObjectionIsForPeopleWhereNoModelReadsIt(event: HookEvent) {
        let isForPeople: Set<HookEvent> = [.sessionStart, .sessionEnd, .preCompact, .notification]
        let told = lines(HookEnd.Result(HookCommand("x"), exitCode: 2, stderr: "no"), of: event)
        #expect(told == (isForPeople.contains(event) ? ["The \(event.rawValue) hook \"x\" says: no"] : []))
    }

    @Test func messagesAreShownAndOutputWhereItIsAskedFor() {
        let result = HookEnd.Result(HookCommand("x"), exitCode: 0, stdout: "a\nb", message: "mind the gap")
        #expect(lines(result) == ["mind the gap"])
        #expect(lines(result, showsOutput: true) == ["mind the gap", "The PreToolUse hook \"x\" printed:\na\nb"])
        var quiet = result
        quiet.suppressesOutput = true
        #expect(lines(quiet, showsOutput: true) == ["mind the gap"])
    }

    // MARK: Of subagents

    private static func ended(_ turn: TurnID) -> Event {
        let run = ChildRun(
            session: "child", turn: turn, call: "c", kind: "worker", summary: "s", isBackground: false, startedAt: 1,
            end: ChildRun.End(reason: .completed, at: 2))
        return Event(number: 1, time: 1, kind: .noticed(.childChanged(run)))
    }

    /// Two turns, each with a hook that says which.
    private static let log = ["a", "b"].flatMap { name -> [EventKind] in
        let said = HookEnd.Result(HookCommand("x"), exitCode: 0, message: name)
        return [
            .turnStarted(TurnID(name), model: "m"),
            .noticed(.hook(.ended(HookEnd(id: name, event: .preToolUse, results: [said], prevented: false)))),
            .turnFinished(TurnEnd(turn: TurnID(name), reason: .completed)),
        ]
    }.enumerated().map { Event(number: EventNumber($0.offset + 1), time: 1, kind: $0.element) }

    @Test func aSubagentThatWorksAgainIsReadFromWhereItWasLeft() async {
        let (said, asked) = (Watched<[String]>([]), Watched<[EventNumber]>([]))
        let teller = HookRemarks.Teller(
            showsOutput: false,
            events: { _, place in
                asked.change { $0.append(place) }
                return Array(Self.log.filter { $0.number > place }.prefix(2))
            }, places: HookRemarks.Teller.Places(), time: ManualTime(), line: { line in said.change { $0.append(line) } })
        await teller.tell(Self.ended("a"))
        #expect(said.value == ["a"] && asked.value == [0, 2])
        await teller.tell(Self.ended("b"))
        #expect(said.value == ["a", "b"] && asked.value == [0, 2, 3, 5])
    }

    @Test(.timeLimit(.minutes(2))) func aLogThatDoesNotAnswerIsGivenUp() async throws {
        let (time, answer) = (ManualTime(), OneShot<Bool>())
        let teller = HookRemarks.Teller(
            showsOutput: false,
            events: { _, _ in
                _ = await answer.wait()
                return []
            }, places: HookRemarks.Teller.Places(), time: time, line: { _ in })
        async let told: Void = teller.tell(Self.ended("a"))
        try await time.sleeps(1)
        time.advance(by: .seconds(5))
        await told
        #expect(answer.value == nil)
    }
}
