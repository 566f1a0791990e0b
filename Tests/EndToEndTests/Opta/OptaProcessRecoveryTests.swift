import ApusBase
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What a daemon that is killed leaves of the background processes of its clients.
@Suite struct OptaProcessRecoveryTests {
    @Test func aProcessOfAKilledDaemonIsGoneAndItsEndIsInTheLog() async throws {
        try await withOptaServed { served in
            let session = try await served.session()
            let tree = ProcessTree()
            defer { tree.fell() }
            let started = try await served.call(
                "POST /v3/background/start", ["sessionId": .string(session), "command": .string(tree.command)])
            #expect(started.status == 201, "\(started.text)")
            let id = try #require(started.body["process"]?["processId"])
            try await tree.hasGrown()

            let second = try await served.restarted(by: SIGKILL)
            defer { second.running.process.send(SIGKILL) }
            try await tree.isGone()
            let told = try await second.events(session).payloads("background.status")
            #expect(told.map { $0["reason"] } == ["started", "killed"], "\(told)")
            let end = try #require(told.last)
            #expect(end["previousState"] == "running" && end["process"]?["processId"] == id)
            #expect(end["process"]?["state"] == "killed" && end["process"]?["exitCode"] == .some(.null))
            #expect(OptaServed.isDate(end["process"]?["endedAt"]))

            // Once, however often the session is opened.
            _ = try await second.call("POST /v3/sessions", ["sessionId": .string(session)])
            #expect(try await second.events(session).payloads("background.status") == told)
        }
    }
}
