import ApusTesting
import Testing

@testable import DroidSDK

@Suite struct RoutingTests {
    @Test func aQuestionAboutNobodysSessionGetsNoAnswer() async throws {
        try await withScriptedDaemon { connection, daemon in
            _ = try await connection.createSession(DaemonSessionOptions(permissionHandler: { _ in .proceedOnce }))
            await daemon.permission("other", session: "somebody-else")
            await daemon.permission("mine", session: "sess-1")
            #expect(try await daemon.response(to: "mine")["result"]?["selectedOption"] == "proceed_once")
            #expect(!daemon.hasResponse(to: "other"))
        }
    }

    @Test func anUnknownMethodOfTheServerIsRefused() async throws {
        try await withScriptedDaemon { _, daemon in
            await daemon.ask("q", "daemon.execute_hooks", ["sessionId": "x"])
            let code = try await daemon.response(to: "q")["error"]?["code"]?.intValue
            #expect(code == -32_601)
        }
    }

    @Test func aQuestionWithoutASessionIsRefused() async throws {
        try await withScriptedDaemon { _, daemon in
            await daemon.permission("q", session: nil)
            let code = try await daemon.response(to: "q")["error"]?["code"]?.intValue
            #expect(code == -32_602)
        }
    }

    @Test func withoutAHandlerATurnBegunHereIsCancelled() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            try await session.send("go")
            await daemon.permission("q", session: "sess-1")
            #expect(try await daemon.response(to: "q")["result"]?.text == #"{"selectedOption":"cancel"}"#)
            await daemon.ask("r", "daemon.ask_user", ["sessionId": "sess-1", "toolCallId": "t", "questions": []])
            #expect(try await daemon.response(to: "r")["result"]?.text == #"{"cancelled":true,"answers":[]}"#)
        }
    }

    @Test func aWatcherWithoutAHandlerLeavesTheQuestionToOthers() async throws {
        try await withScriptedDaemon { connection, daemon in
            let watcher = try await connection.resumeSession("s")
            try await connection.interruptSession("s")
            await daemon.permission("q", session: "s")
            try await watcher.renameSession(title: "t")
            #expect(!daemon.hasResponse(to: "q"))
            _ = try await connection.resumeSession("s", options: DaemonResumeOptions(permissionHandler: { _ in .proceedAlways }))
            await daemon.permission("r", session: "s")
            #expect(try await daemon.response(to: "r")["result"]?["selectedOption"] == "proceed_always")
        }
    }

    @Test func aHandlerThatThrowsIsToldTheServer() async throws {
        struct Broken: Error, CustomStringConvertible { var description: String { "broken" } }
        try await withScriptedDaemon { connection, daemon in
            let options = DaemonSessionOptions(permissionHandler: { _ in throw Broken() }, askUserHandler: { _ in throw Broken() })
            _ = try await connection.createSession(options)
            await daemon.permission("q", session: "sess-1")
            #expect(
                try await daemon.response(to: "q")["error"]?.text
                    == #"{"code":-32603,"message":"Failed to handle permission request","data":"broken"}"#)
            await daemon.ask("r", "daemon.ask_user", ["sessionId": "sess-1", "toolCallId": "t", "questions": []])
            #expect(try await daemon.response(to: "r")["error"]?["message"] == "Failed to handle ask-user request")
        }
    }

    @Test func aQuestionThatSomebodyElseAnsweredIsTakenBack() async throws {
        try await withScriptedDaemon { connection, daemon in
            let wasCancelled = Watched(false)
            let asked = Watched(false)
            _ = try await connection.createSession(
                DaemonSessionOptions(permissionHandler: { _ in
                    asked.change { $0 = true }
                    do { try await Task.sleep(for: .seconds(3_600)) } catch { wasCancelled.change { $0 = true } }
                    return .proceedOnce
                }))
            await daemon.permission("q", session: "sess-1")
            _ = await asked.first { $0 }
            await daemon.notify(
                "sess-1", ["type": "permission_resolved", "requestId": "q", "toolUseIds": ["t1"], "selectedOption": "proceed_once"])
            _ = await wasCancelled.first { $0 }
            #expect(!daemon.hasResponse(to: "q"))
        }
    }

    @Test func aQuestionThatComesBeforeTheAnswerToLoadIsAsked() async throws {
        try await withScriptedDaemon { connection, daemon in
            daemon.on("load_session") { _ in .silence }
            async let session = connection.resumeSession("s", options: DaemonResumeOptions(permissionHandler: { _ in .proceedOnce }))
            let frame = try await daemon.requests("load_session")[0]
            await daemon.permission("early", session: "s")
            #expect(try await daemon.response(to: "early")["result"]?["selectedOption"] == "proceed_once")
            await daemon.reply(
                frame["id"]?.stringValue ?? "",
                result: ["sessionId": "s", "session": ["messages": []], "settings": ["modelId": "m", "reasoningEffort": "low"]])
            #expect(try await session.sessionId == "s")
        }
    }

    @Test func aForkDoesNotBindTheViewAnew() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("fork_session") { _ in .result(["newSessionId": "sess-fork", "sessionId": "sess-fork"]) }
            #expect(try await session.forkSession().newSessionId == "sess-fork")
            #expect(session.sessionId == "sess-1")
        }
    }

    @Test func notificationsAreFilteredAndUnsubscribed() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let seen = Watched<[String]>([])
            let unsubscribe = session.onNotification(.droidWorkingStateChanged) { value in seen.change { $0.append(value.type.rawValue) } }
            let all = Watched<[String]>([])
            session.onNotification { value in all.change { $0.append(value.type.rawValue) } }
            await daemon.notify("sess-1", Turn.state("thinking"))
            await daemon.notify("sess-1", ["type": "something_new", "x": 1])
            await daemon.notify("sess-2", Turn.state("thinking"))
            _ = await all.first { $0.count == 2 }
            unsubscribe()
            await daemon.notify("sess-1", Turn.state("idle"))
            _ = await all.first { $0.count == 3 }
            #expect(seen.value == ["droid_working_state_changed"])
            #expect(all.value == ["droid_working_state_changed", "something_new", "droid_working_state_changed"])
        }
    }

    @Test func lateUnknownAndBrokenFramesAreHarmless() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            await daemon.reply("nobody", result: [:])
            await daemon.raw("{ not json")
            await daemon.raw("[1,2]")
            await daemon.raw("42")
            await daemon.send(["type": "response", "id": nil, "error": ["code": -32_700, "message": "Parse error"]])
            await daemon.send(["type": "notification", "method": "daemon.connection_status", "params": ["homedir": "/"]])
            try await session.renameSession(title: "still here")
        }
    }

    @Test func aBrokenAnswerFailsWhoeverAsked() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("list_skills") { _ in .silence }
            let skills = Task { try await session.listSkills() }
            let id = try await daemon.requests("list_skills")[0]["id"]?.stringValue ?? ""
            await daemon.raw(#"{"jsonrpc":"2.0","type":"response","id":"\#(id)","result":{"#)
            let error = await #expect(throws: ProtocolError.self) { try await skills.value }
            #expect(error?.code == -32_700)
        }
    }
}
