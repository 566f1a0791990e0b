import ApusTesting
import Foundation
import Testing

@testable import DroidSDK

/// Exec mode against a program that a shell script plays.
@Suite struct ExecModeTests {
    private static let script = #"""
        #!/bin/sh
        echo "$@" > "$OUT/argv"
        env > "$OUT/env"
        pwd > "$OUT/cwd"
        frame() { printf '{"jsonrpc":"2.0","factoryApiVersion":"1.0.0",%s}\n' "$1"; }
        note() { frame "\"type\":\"notification\",\"method\":\"droid.session_notification\",\"params\":{\"notification\":$1}"; }
        answer() { frame "\"type\":\"response\",\"id\":\"$id\",\"result\":$1"; }
        while read -r line; do
            printf '%s\n' "$line" >> "$OUT/frames"
            id=$(printf '%s' "$line" | sed 's/.*"type":"request","id":"\([^"]*\)".*/\1/')
            case $line in
            *droid.initialize_session*)
                answer '{"sessionId":"s1","session":{"messages":[]},"settings":{"modelId":"m","reasoningEffort":"low"}}' ;;
            *droid.load_session*)
                frame "\"type\":\"response\",\"id\":\"$id\",\"error\":{\"code\":-32004,\"message\":\"Session not found\"}" ;;
            *droid.add_user_message*)
                turn=$(printf '%s' "$line" | sed 's/.*"messageId":"\([^"]*\)".*/\1/')
                answer '{}'
                note '{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}'
                if [ -n "$DIE" ]; then echo "it hurts, $FACTORY_API_KEY" >&2; exit 7; fi
                if [ -n "$HANG" ]; then continue; fi
                note '{"type":"create_message","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"Hello"}],"createdAt":1,"updatedAt":1}}'
                note "{\"type\":\"agent_turn_completed\",\"reason\":\"completed\",\"turnId\":\"$turn\",\"tokenUsage\":{\"inputTokens\":1,\"outputTokens\":2,\"cacheCreationTokens\":0,\"cacheReadTokens\":0,\"thinkingTokens\":0}}" ;;
            *) answer '{}' ;;
            esac
        done
        """#

    private func options(_ scratch: Scratch, _ environment: [String: String] = [:]) throws -> ExecOptions {
        let program = scratch.path + "/program"
        try ExecModeTests.script.write(toFile: program, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        return ExecOptions(
            executable: program, arguments: ["--verbose"], environment: environment.merging(["OUT": scratch.path]) { $1 },
            apiKey: "sesame-123", session: DaemonSessionOptions(cwd: scratch.path, modelId: "m9"))
    }

    private func text(_ scratch: Scratch, _ name: String) throws -> String {
        try String(contentsOfFile: scratch.path + "/" + name, encoding: .utf8)
    }

    @Test func onePromptRunsInAProgramOfItsOwn() async throws {
        let scratch = try Scratch()
        let options = try options(scratch)
        let result = try await within { try await run("hi", options: options) }
        #expect(result.result == "Hello")
        #expect(result.tokenUsage?.outputTokens == 2)
        #expect(try text(scratch, "argv") == "exec --input-format stream-jsonrpc --output-format stream-jsonrpc --verbose\n")
        #expect(try text(scratch, "cwd") == scratch.path + "\n")
        let environment = try text(scratch, "env").split(separator: "\n")
        for line in [
            "FACTORY_API_KEY=sesame-123", "FACTORY_UPSTREAM_CLIENT_TYPE=sdk", "FACTORY_UPSTREAM_SDK=swift/\(DroidSDKVersion.current)",
        ] {
            #expect(environment.contains { $0 == line })
        }
        let frames = try text(scratch, "frames").split(separator: "\n").map { try JSON(parsing: String($0)) }
        #expect(frames.map { $0["method"] } == ["droid.initialize_session", "droid.add_user_message", "droid.close_session"])
        #expect(frames[0]["params"]?["cwd"] == .string(scratch.path))
        #expect(frames[0]["params"]?["modelId"] == "m9")
        #expect(frames[0]["params"]?["token"] == nil)
        #expect(frames[2]["params"]?.text == #"{"reason":"other"}"#)
    }

    @Test func aProgramThatDiesEndsTheTurnAtOnceAndStaysDead() async throws {
        let scratch = try Scratch()
        let options = try options(scratch, ["DIE": "1"])
        try await within {
            let session = try await createSession(options)
            let expected = ProcessExitError(exitCode: 7, signal: nil, standardError: "it hurts, ***\n")
            await #expect(throws: expected) { try await session.result(of: "hi") }
            await #expect(throws: expected) { try await session.renameSession(title: "t") }
            await session.close()
        }
    }

    @Test func aRunHasItsTime() async throws {
        let scratch = try Scratch()
        var options = try options(scratch, ["HANG": "1"])
        options.timeout = .milliseconds(500)
        let limited = options
        await #expect(throws: TimeoutError(method: "run", timeout: .milliseconds(500))) {
            try await within { try await run("hi", options: limited) }
        }
    }

    @Test func anUnknownSessionIsSaid() async throws {
        let scratch = try Scratch()
        let options = try options(scratch)
        await #expect(throws: SessionNotFoundError(sessionId: "gone")) {
            try await within { try await resumeSession("gone", options: options) }
        }
    }

    @Test func whatIsNotThereIsSaidBeforeAnythingStarts() async throws {
        let scratch = try Scratch()
        var options = try options(scratch)
        options.session.cwd = scratch.path + "/nowhere"
        let noDirectory = options
        let one = await #expect(throws: ConnectionError.self) { try await createSession(noDirectory) }
        #expect(one?.message == "There is no directory \"\(scratch.path)/nowhere\" to run in.")
        let noProgram = ExecOptions(executable: "/no/such/droid", session: DaemonSessionOptions(cwd: scratch.path))
        let two = await #expect(throws: ConnectionError.self) { try await createSession(noProgram) }
        #expect(two?.message == "There is no program \"/no/such/droid\".")
    }
}
