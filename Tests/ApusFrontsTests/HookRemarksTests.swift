import ApusBase
import ApusCore
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
}
