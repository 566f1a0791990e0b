import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Commands that outlive the run that started them.
@Suite struct BackgroundTests {
    private static func execute(_ command: String, background: Bool = true, id: String = "call-1") -> Reply {
        .toolCall(
            "Execute",
            [
                "command": .string(command), "riskLevel": "high", "riskLevelReason": "a test", "run_in_background": .bool(background),
            ], id: id)
    }

    /// The one background process of a session, as `sessions show --json` has it.
    private func process(_ stage: Stage, _ session: String) async throws -> JSONValue {
        let shown = try await stage.show(session).result()
        let processes = shown["processes"]?.arrayValue ?? []
        #expect(processes.count == 1, "\(shown.serialized())")
        return try #require(processes.first)
    }

    @Test func itOutlivesTheRunIsListedAndIsEndedWithItsTree() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withStage(.anthropic, [BackgroundTests.execute("echo hello; " + tree.command), .text("started")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--auto", "high", "serve")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let session = try outcome.session()
            try await tree.hasGrown()

            let process = try await process(stage, session)
            let id = try #require(process["id"]?.stringValue)
            let pid = try #require(process["pid"]?.integerValue)
            let log = try #require(process["log"]?.stringValue)
            #expect(process["running"] == true)
            #expect(log == "\(stage.home.apus)/processes/\(id)/output.log")
            let told = try #require(try outcome.lines().ofType("tool_result").first?["value"]?.stringValue)
            #expect(told.contains("pid \(pid)") && told.contains(log) && told.contains(id), "\(told)")
            #expect(try String(contentsOfFile: log, encoding: .utf8) == "hello\n")
            let mode = try FileManager.default.attributesOfItem(atPath: log)[.posixPermissions] as? Int
            #expect(mode == 0o600)

            let text = try await stage.apus("sessions", "show", session)
            #expect(text.text.contains("\(id)  pid \(pid)  running  echo hello"), "\(text.everything)")

            let stopped = try await stage.apus("sessions", "stop", session, id)
            #expect(stopped.text == "\(id) (pid \(pid)) was ended.\n", "\(stopped.everything)")
            #expect(stopped.status == .exited(0))
            #expect(tree.alive.isEmpty)
            let ended = try await self.process(stage, session)
            #expect(ended["running"] == false)
            #expect(ended["end"] == "signal 15, asked to end")
            let again = try await stage.apus("sessions", "stop", session, id)
            #expect(again.text == "\(id) (pid \(pid)) had ended already.\n", "\(again.everything)")
            let none = try await stage.apus("sessions", "stop", session)
            #expect(none.text == "No background process of session \(session) is running.\n", "\(none.everything)")
            let unknown = try await stage.apus("sessions", "stop", session, "bg_other")
            #expect(unknown.status == .exited(1) && unknown.text.isEmpty)
        }
    }

    /// A foreground command dies with the run, the background one beside it does not.
    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func itOutlivesARunThatIsEndedBySignalAndNothingElseDoes(signal: Int32) async throws {
        let stays = ProcessTree()
        let goes = ProcessTree()
        defer {
            stays.fell()
            goes.fell()
        }
        let replies: [Reply] = [
            BackgroundTests.execute(stays.command), BackgroundTests.execute(goes.command, background: false, id: "call-2"),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "serve")
            try await stays.hasGrown()
            try await goes.hasGrown()
            run.send(signal)
            let outcome = try await run.finish()
            #expect(outcome.status == (signal == SIGKILL ? .killed(SIGKILL) : .exited(128 + signal)), "\(outcome.everything)")
            try await goes.isGone()
            let session = try outcome.session()
            // More than the sleepers: the shells that wait for them are there, too.
            try await stays.hasGrown()
            #expect(try await process(stage, session)["running"] == true)
            let stopped = try await stage.apus("sessions", "stop", session)
            #expect(stopped.status == .exited(0), "\(stopped.everything)")
            #expect(stays.alive.isEmpty)
        }
    }

    @Test func theNextTurnIsToldOfItAndMayEndIt() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withStage(
            .anthropic, [BackgroundTests.execute(tree.command), .text("started"), .text("still there"), .text("gone")]
        ) { stage in
            let session = try await stage.apus("exec", "-o", "json", "--auto", "high", "serve").session()
            let pid = try #require(try await process(stage, session)["pid"]?.integerValue)
            try await tree.hasGrown()
            _ = try await stage.apus("exec", "-s", session, "does it run?")
            #expect(stage.server.modelRequests.last?.tells("started", "pid \(pid), runs: sh -c", "does it run?") == true)
            // What the reminder advises.
            kill(pid_t(pid), SIGTERM)
            try await tree.isGone()
            _ = try await stage.apus("exec", "-s", session, "and now?")
            #expect(stage.server.modelRequests.last?.tells("pid \(pid), has ended (signal 15)", "and now?") == true)
        }
    }

    @Test func belowMediumItStopsTheRun() async throws {
        try await withStage(.anthropic, [BackgroundTests.execute("ls")]) { stage in
            let outcome = try await stage.apus("exec", "--auto", "low", "list")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
        }
    }
}
