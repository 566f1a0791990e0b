import ApusBase
import ApusTestServer
import DroidSDK
import Testing

/// A copy of a session that is at work: consistent in itself, and the source never knows.
@Suite struct ForkRunningTests {
    @Test func aCopyMadeInTheMiddleOfATurnGoesOnAndSoDoesTheSource() async throws {
        let gate = Gate()
        // The source's turn reads a file, says half a sentence and stands; the copy answers by a marker of its own.
        let script = Script(
            [
                ScriptStep(.text("of the copy"), when: .body(contains: "askthecopy")),
                ScriptStep(.text("of the source"), when: .body(contains: "askthesource")),
                ScriptStep(.toolCall("Read", ["file_path": "a.txt"], id: "call-1")), ScriptStep(.text("half a ", .wait(gate), "kumquat")),
            ])
        try await withConnection(script) { stage, connection in
            try stage.home.write("alpha\n", to: "a.txt")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { source in
                let deltas = Collected<String>()
                source.onNotification { if case .assistantTextDelta(let delta) = $0 { deltas.add(delta.textDelta) } }
                async let answer = source.result(of: "Read the file.")
                try await gate.reached()
                try await eventually { deltas.values.joined().contains("half a ") }
                let copy = try await source.forkSession(title: "The copy").newSessionId

                // While the source still stands.
                let fork = try await connection.resumeSession(copy)
                #expect(fork.loaded?.isAgentLoopInProgress != true)
                let texts = (fork.loaded?.session.messages ?? []).map { "\($0.content)" }.joined()
                #expect(texts.contains("Read the file.") && texts.contains("alpha") && texts.contains("half a "))
                #expect(try await fork.result(of: "askthecopy").text == "of the copy")
                let asked = try #require(stage.stage.server.modelRequests.last)
                #expect(asked.tells("Read the file.", "call-1", "alpha", "askthecopy") && !asked.bodyText.contains("kumquat"))

                gate.open()
                let result = try await answer
                #expect(result.success && result.text == "half a kumquat")
                #expect(try await source.result(of: "askthesource").text == "of the source")
                let own = try #require(stage.stage.server.modelRequests.last)
                #expect(own.tells("Read the file.", "half a kumquat", "askthesource") && !own.bodyText.contains("askthecopy"))
                await fork.close()
            }
        }
    }
}
