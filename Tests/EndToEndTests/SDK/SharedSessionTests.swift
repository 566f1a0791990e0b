import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One session, several clients, and clients and daemons that go away.
@Suite struct SharedSessionTests {
    /// Fire and forget: the turn ends without its client, and the result is there for the next.
    @Test func aTurnEndsWithoutItsClient() async throws {
        let gate = Gate()
        try await withDaemonStage([.after(gate, .text("All done."))]) { stage in
            let connection = try await stage.connect()
            let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
            try await session.send("Do it.")
            try await gate.reached()
            await connection.close()
            gate.open()
            let other = try await stage.connect()
            try await eventually {
                let resumed = try await other.resumeSession(session.sessionId)
                defer { resumed.client.close() }
                return resumed.loaded?.session.messages.last?.role == .assistant && resumed.loaded?.isAgentLoopInProgress != true
            }
            await other.close()
        }
    }

    @Test func anOpenPermissionWaitsForTheNextClient() async throws {
        try await withDaemonStage([.command("touch late.txt"), .text("Done.")]) { stage in
            let id = try await Self.leaveOpenPermission(stage)
            let connection = try await stage.connect()
            let asked = Collected<RequestPermissionParams>()
            let session = try await connection.resumeSession(
                id,
                options: DaemonResumeOptions(permissionHandler: { params in
                    asked.add(params)
                    return .proceedOnce
                }))
            #expect(session.loaded?.pendingPermissions?.count == 1)
            try await eventually { stage.home.has("late.txt") }
            #expect(asked.values.count == 1)
            await connection.close()
        }
    }

    /// The same through a daemon that was killed: the question keeps its id.
    @Test func anOpenPermissionSurvivesAKilledDaemon() async throws {
        try await withStage(.anthropic, [.command("touch late.txt"), .text("Done.")]) { stage in
            let first = try await DaemonStage.start(on: stage)
            let id = try await Self.leaveOpenPermission(first)
            let peek = try await first.connect()
            let before = try await peek.resumeSession(id).loaded?.pendingPermissions?.first?.requestId
            await peek.close()
            first.daemon.send(SIGKILL)
            _ = try await first.daemon.finish()

            let second = try await first.restarted()
            let connection = try await second.connect()
            let session = try await connection.resumeSession(id)
            #expect(session.loaded?.pendingPermissions?.map(\.requestId) == [try #require(before)])
            await session.close()
            let answering = try await connection.resumeSession(
                id, options: DaemonResumeOptions(permissionHandler: { _ in .proceedOnce }))
            try await eventually { stage.home.has("late.txt") }
            await answering.close()
            await connection.close()
            try await second.stop()
        }
    }

    /// Leaves a session whose turn waits for an answer, and whose client is gone.
    private static func leaveOpenPermission(_ stage: DaemonStage) async throws -> String {
        let connection = try await stage.connect()
        let asked = Gate()
        var options = DaemonSessionOptions(cwd: stage.work)
        options.permissionHandler = { _ in
            asked.open()
            try await Task.sleep(for: .seconds(600))
            return .cancel
        }
        let session = try await connection.createSession(options)
        try await session.send("Go.")
        try await eventually { asked.isOpen }
        await connection.close()
        return session.sessionId
    }

    @Test func twoClientsSeeOneTurnAndTheSecondMayAnswer() async throws {
        try await withDaemonStage([.command("touch shared.txt"), .text("Done.")]) { stage in
            let first = try await stage.connect()
            let second = try await stage.connect()
            let asked = Gate()
            var options = DaemonSessionOptions(cwd: stage.work)
            options.permissionHandler = { _ in
                asked.open()
                try await Task.sleep(for: .seconds(600))
                return .cancel
            }
            let session = try await first.createSession(options)
            let states = Collected<SessionNotification>()
            async let messages = session.stream("Go.", options: StreamOptions(includePartialMessages: true)).all()
            try await eventually { asked.isOpen }
            let other = try await second.resumeSession(
                session.sessionId, options: DaemonResumeOptions(permissionHandler: { _ in .proceedOnce }))
            other.onNotification { states.add($0) }
            let seen = try await messages
            #expect(seen.result?.text == "Done.")
            #expect(seen.types.contains(.permissionResolved))
            #expect(stage.home.has("shared.txt"))
            try await eventually { states.values.contains { $0.type == .agentTurnCompleted } }
            #expect(states.values.contains { $0.type == .toolResult })
            await first.close()
            await second.close()
        }
    }

    /// A watcher whose library cancels by itself, and a look at the session for an interrupt that is not sent, answer nothing.
    @Test func aWatcherWithoutAHandlerAnswersNothing() async throws {
        try await withDaemonStage([.command("touch watched.txt"), .text("Done.")]) { stage in
            let first = try await stage.connect()
            let second = try await stage.connect()
            let asked = Gate()
            let answered = Gate()
            var options = DaemonSessionOptions(cwd: stage.work)
            options.permissionHandler = { _ in
                asked.open()
                while !answered.isOpen { try await Task.sleep(for: .milliseconds(5)) }
                return .proceedOnce
            }
            let session = try await first.createSession(options)
            async let messages = session.stream("Go.").all()
            try await eventually { asked.isOpen }
            let watcher = try await second.resumeSession(session.sessionId)
            let heard = Collected<SessionNotificationType>()
            watcher.onNotification { heard.add($0.type) }
            // What the watcher's library did by itself is behind this answer.
            _ = try await watcher.getContextBreakdown()
            #expect(try await second.resumeSession(session.sessionId).loaded?.pendingPermissions?.count == 1)
            answered.open()
            #expect(try await messages.result?.text == "Done.")
            #expect(stage.home.has("watched.txt"))
            await first.close()
            await second.close()
        }
    }
}
