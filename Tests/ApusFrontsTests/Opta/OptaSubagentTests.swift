import ApusBase
import ApusCore
import OptaWire
import Testing

@testable import ApusFronts

@Suite struct OptaSubagentTests {
    @Test func aSubagentComesAndGoesByItsPhases() {
        var state = SessionState(id: "s")
        let origin = TurnOrigin(front: .opta, writer: "w", approvals: .refuse)
        state.running = .init(input: TurnInput(turn: "t", prompt: "p", origin: origin), model: "m", startedAt: 0)
        var mapper = OptaMapper(state, daemon: "daemon_golden01", defaultModel: "m")
        var run = ChildRun(
            session: "child", turn: "kt", call: "c", kind: "explorer", summary: "a look", isBackground: false, startedAt: 5)
        let began = mapper.envelopes(for: Event(number: 1, time: 5, kind: .noticed(.childChanged(run))))
        run.end = ChildRun.End(reason: .completed, at: 12, preview: "found")
        let ended = mapper.envelopes(for: Event(number: 2, time: 12, kind: .noticed(.childChanged(run))))
        #expect((began + ended).map(\.event) == ["agent.phase", "agent.phase"])
        #expect(
            began.first?.payload == [
                "turnId": "t", "phase": "spawn_subagent", "agentId": "child", "agentType": "explorer", "taskDescription": "a look",
            ])
        #expect(
            ended.first?.payload == [
                "turnId": "t", "phase": "return_to_main", "agentId": "child", "agentType": "explorer", "taskDescription": "a look",
                "elapsedMs": 7, "resultPreview": "found",
            ])
    }
}
