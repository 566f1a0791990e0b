import ApusBase
import ApusCore
import Testing

@Suite struct StopSentenceTests {
    private static let unsafe = "For destructive commands, use --skip-permissions-unsafe."
    private static let start = "Exec ended early: insufficient permission to proceed."

    @Test(arguments: [
        (AutonomyLevel.off as AutonomyLevel?, "\(start) Re-run with --auto low, --auto medium or --auto high. \(unsafe)"),
        (.low, "\(start) Re-run with --auto low, --auto medium or --auto high. \(unsafe)"),
        (.medium, "\(start) Re-run with --auto medium or --auto high. \(unsafe)"),
        (.high, "\(start) Re-run with --auto high. \(unsafe)"),
        (.unrestricted, "\(start) \(unsafe)"), (nil, "\(start) \(unsafe)"),
    ])
    func namesTheLevelsThatWouldDo(required: AutonomyLevel?, sentence: String) {
        #expect(StopSentence.text(required: required) == sentence)
        #expect(StopSentence.text(for: [denial(required)]) == sentence)
    }

    @Test func severalDenialsNeedTheLevelThatDoesForAll() {
        #expect(StopSentence.text(for: [denial(.low), denial(.high), denial(.medium)]) == StopSentence.text(required: .high))
        #expect(StopSentence.text(for: [denial(.high), denial(nil)]) == StopSentence.text(required: nil))
        #expect(StopSentence.text(for: []) == StopSentence.text(required: nil))
    }

    private func denial(_ required: AutonomyLevel?) -> AccessDenial {
        AccessDenial(call: "c", tool: "Execute", input: [:], risk: "high", required: required, reason: "")
    }

    /// No option lifts what a hook wants.
    @Test func aQuestionOfAHookNamesWhatHelps() {
        var hooks = denial(nil)
        hooks.isHooks = true
        let sentence = StopSentence.text(for: [denial(.low), hooks])
        #expect(
            sentence
                == "\(Self.start) A hook wants a person to be asked, at every level. Run it where one can answer, as a client of apus daemon, "
                + "or change the hook.")
        #expect(StopSentence.text(for: [hooks]) == sentence && !sentence.contains("--skip-permissions-unsafe"))
    }

    @Test func aToolOfAServerIsNamedWhenItIsTheOnlyOne() {
        var denial = AccessDenial(
            call: "c", tool: "github___merge", input: [:], risk: "medium", required: .medium, reason: "", server: "github")
        #expect(
            StopSentence.text(for: [denial])
                == "Exec ended early: MCP tool github___merge requires higher autonomy to proceed. Re-run with --auto medium or --auto high. "
                + "For destructive commands, use --skip-permissions-unsafe.")
        #expect(StopSentence.text(for: [denial, denial]) == StopSentence.text(required: .medium))
        denial.server = nil
        #expect(StopSentence.text(for: [denial]) == StopSentence.text(required: .medium))
    }
}
