import ApusBase
import ApusCore
import ApusExtensions
import Testing

/// What commands are told, and what they may say.
struct HookAnswerTests {
    private func answer(_ code: Int = 0, _ stdout: String = "", _ stderr: String = "", to event: HookEvent = .preToolUse) -> HookAnswer {
        HookAnswer(exitCode: code, stdout: stdout, stderr: stderr, to: event)
    }

    @Test(arguments: HookEvent.allCases)
    func theCodeTwoIsAnObjectionAndNothingElseIs(event: HookEvent) {
        #expect(answer(2, #"{"continue": false}"#, " no way\n", to: event) == HookAnswer(decision: .deny, reason: "no way"))
        #expect(answer(2, to: event).reason == "A hook objected, and gave no reason.")
        for code in [1, 3, 126, 127, 255] { #expect(answer(code, #"{"decision": "block"}"#, "oh", to: event) == HookAnswer()) }
    }

    @Test(arguments: [
        (#"{"decision": "approve"}"#, HookAnswer(decision: .allow)),
        (#"{"decision": "block", "reason": "r"}"#, HookAnswer(decision: .deny, reason: "r")),
        (#"{"decision": "perhaps"}"#, HookAnswer()),
        (
            #"{"hookSpecificOutput": {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": "r"}}"#,
            HookAnswer(decision: .deny, reason: "r")
        ),
        (#"{"hookSpecificOutput": {"permissionDecision": "ask"}}"#, HookAnswer(decision: .ask)),
        (
            #"{"decision": "approve", "reason": "old", "hookSpecificOutput": {"permissionDecision": "deny"}}"#,
            HookAnswer(decision: .deny, reason: "old")
        ),
        (#"{"hookSpecificOutput": {"hookEventName": "Stop", "permissionDecision": "deny"}}"#, HookAnswer()),
        (#"{"hookSpecificOutput": {"updatedInput": {"a": 1}}}"#, HookAnswer(updatedInput: ["a": 1])),
        (#"{"hookSpecificOutput": {"updatedInput": "no object"}}"#, HookAnswer()),
        (#"{"continue": false, "stopReason": "late"}"#, HookAnswer(stop: "late")), (#"{"continue": false}"#, HookAnswer(stop: "")),
        (#"{"continue": true, "stopReason": "late"}"#, HookAnswer()),
        (#"{"systemMessage": "m", "suppressOutput": true}"#, HookAnswer(message: "m", suppressesOutput: true)),
        ("plain text", HookAnswer()), ("", HookAnswer()), ("[1]", HookAnswer()),
        (" \n{\"decision\": \"block\"}\n", HookAnswer(decision: .deny, reason: "A hook objected, and gave no reason.")),
    ])
    func whatIsPrintedBeforeACallDecides(stdout: String, expected: HookAnswer) {
        #expect(answer(0, stdout) == expected)
    }

    /// A guard with a slip in its JSON guards nothing: somebody is told.
    @Test(arguments: [HookEvent.preToolUse, .postToolUse, .stop, .notification])
    func anObjectThatCannotBeReadIsRemarkedUpon(event: HookEvent) {
        let said = answer(0, #"{"decision": "block", "reason": "no",, }"#, to: event)
        #expect(said.decision == nil && said.note == nil)
        #expect(said.message == "What a hook of \(event.rawValue) printed begins as a JSON object and is none: it decides nothing.")
    }

    @Test func onlyACallHasAnInputToChange() {
        let text = #"{"hookSpecificOutput": {"updatedInput": {"a": 1}, "permissionDecision": "allow", "additionalContext": "c"}}"#
        #expect(answer(0, text, to: .postToolUse) == HookAnswer(note: "c"))
    }

    @Test(
        arguments: [
            (HookEvent.userPromptSubmit, "the branch is main"), (.sessionStart, "the branch is main"), (.postToolUse, nil), (.stop, nil),
        ] as [(HookEvent, String?)])
    func plainTextIsForTheModelBeforeAPromptOnly(event: HookEvent, note: String?) {
        #expect(answer(0, "\nthe branch is main\n", to: event).note == note)
        #expect(answer(0, #"{"hookSpecificOutput": {"additionalContext": "c"}}"#, to: event).note == "c")
    }

    // MARK: Stdin

    private func plan(_ occasion: HookOccasion, level: AutonomyLevel = .low, isPlanning: Bool = false) -> HookPlan {
        var state = SessionState(id: "s")
        state.header.workingDirectory = "/w"
        return HookPlan(
            occasion: occasion, context: HookContext(state: state, level: level, isPlanning: isPlanning), commands: [HookCommand("x")])
    }

    private static let call = ToolCall(id: "c1", name: "Execute", input: ["command": "ls"])

    @Test(arguments: [
        (HookOccasion.preToolUse(call), #""tool_name":"Execute","tool_input":{"command":"ls"},"tool_use_id":"c1""#),
        (
            .postToolUse(call, response: "out"),
            #""tool_name":"Execute","tool_input":{"command":"ls"},"tool_use_id":"c1","tool_response":"out""#
        ),
        (.userPromptSubmit("p"), #""prompt":"p""#), (.sessionStart(.resume), #""source":"resume""#),
        (.sessionEnd, #""reason":"other""#), (.stop(isAgain: true), #""stop_hook_active":true"#),
        (.subagentStop(isAgain: false), #""stop_hook_active":false"#),
        (.preCompact(.auto, instructions: "i"), #""trigger":"auto","custom_instructions":"i""#), (.notification("m"), #""message":"m""#),
    ])
    func everyEventHasItsMembers(occasion: HookOccasion, members: String) {
        #expect(
            HookInput.json(plan(occasion), transcript: "/t.jsonl").serialized()
                == #"{"session_id":"s","transcript_path":"/t.jsonl","cwd":"/w","permission_mode":"auto-low","hook_event_name":""#
                + occasion.event.rawValue + #"","# + members + "}")
    }

    @Test(arguments: [
        (AutonomyLevel.off, "off"), (.low, "auto-low"), (.medium, "auto-medium"), (.high, "auto-high"), (.unrestricted, "auto-high"),
    ])
    func aLevelHasItsWord(level: AutonomyLevel, word: String) {
        #expect(HookInput.json(plan(.sessionEnd, level: level), transcript: "")["permission_mode"] == .string(word))
        #expect(HookInput.json(plan(.sessionEnd, level: level, isPlanning: true), transcript: "")["permission_mode"] == "spec")
    }
}
