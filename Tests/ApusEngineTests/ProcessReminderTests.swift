import ApusBase
import ApusCore
import ApusEngine
import Testing

@Suite struct ProcessReminderTests {
    private struct Scripted: BackgroundProcesses {
        var statuses: [String: BackgroundProcess.Status]
        func status(of process: BackgroundProcess) async -> BackgroundProcess.Status { statuses[process.id] ?? .ended(nil) }
        func end(_ process: BackgroundProcess) async -> BackgroundProcessEnd { .wasOver }
    }

    private func state(_ ids: String..., told: String? = nil) -> SessionState {
        var state = SessionState(id: "s")
        for (index, id) in ids.enumerated() {
            state.processes.append(
                BackgroundProcess(
                    id: id, pid: Int32(10 + index), keeper: ProcessIdentity(process: 9, startTime: 1, boot: "b"), command: "serve \(id)",
                    workingDirectory: "/w", log: "/l/\(id)", startedAt: 1))
        }
        if let told { state.transcript.append(.context("m", ContextNote(source: ProcessReminder.source, text: told))) }
        return state
    }

    @Test func nothingIsSaidOfASessionWithoutProcesses() async {
        #expect(await ProcessReminder.note(for: state(), Scripted(statuses: [:])) == nil)
    }

    @Test func livingOnesAreListedAndEndedOnesAreToldOnce() async {
        let processes = Scripted(statuses: ["a": .running, "b": .ended("code 1")])
        let first = await ProcessReminder.note(for: state("a", "b"), processes)
        #expect(
            first?.text == """
                Background processes of this session:
                - a, pid 10, runs: serve a (log: /l/a)
                - b, pid 11, has ended (code 1): serve b (log: /l/b)
                kill PID ends a running one with everything it started; end those that are not needed any more.
                """)
        let second = await ProcessReminder.note(for: state("a", "b", told: first?.text), processes)
        #expect(
            second?.text == """
                Background processes of this session:
                - a, pid 10, runs: serve a (log: /l/a)
                kill PID ends a running one with everything it started; end those that are not needed any more.
                """)
        let last = await ProcessReminder.note(for: state("a", "b", told: first?.text), Scripted(statuses: [:]))
        #expect(
            last?.text == """
                Background processes of this session:
                - a, pid 10, has ended (nobody saw how): serve a (log: /l/a)
                """)
        #expect(
            await ProcessReminder.note(
                for: state("a", "b", told: [first?.text, last?.text].compactMap(\.self).joined()), Scripted(statuses: [:]))
                == nil)
    }
}
