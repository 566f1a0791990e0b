import ApusBase
import Testing

@testable import DroidWire

/// What a client makes of a server that is newer than it, or odd (`droid.md` §6.8).
@Suite struct DroidLenientReadingTests {
    private func notification(_ text: String) throws -> SessionNotification {
        try SessionNotification(from: JSONValue(parsing: text), .lenient)
    }

    @Test func anUnknownWordIsKept() throws {
        #expect(
            try notification(#"{"type":"droid_working_state_changed","newState":"dreaming"}"#)
                == .droidWorkingStateChanged(WorkingStateChanged(newState: .unknown("dreaming"))))
        #expect(DroidWorkingState.unknown("dreaming").json == #""dreaming""#)
    }

    @Test func anUnknownNotificationIsKeptAsItIs() throws {
        let text = #"{"type":"weather_changed","sky":["blue",1.5]}"#
        let read = try notification(text)
        #expect(read == .unknown(.unknown("weather_changed"), ["type": "weather_changed", "sky": ["blue", 1.5]]))
        #expect(read.json == text)
    }

    @Test func aMalformedNotificationOfAKnownTypeIsKeptAsItIs() throws {
        let text = #"{"type":"assistant_text_delta","messageId":7}"#
        #expect(try notification(text) == .unknown(.assistantTextDelta, ["type": "assistant_text_delta", "messageId": 7]))
        #expect(throws: DroidDecodingError(at: "messageId", .wrongType(expected: "a string", found: "a number"))) {
            try SessionNotification(from: JSONValue(parsing: text), .closed)
        }
    }

    @Test func unknownAndMalformedBlocksAreKeptAsTheyAre() throws {
        let text =
            #"{"id":"m","role":"narrator","content":[{"type":"hologram","data":1},{"type":"text"},{"type":"text","text":"t"}],"createdAt":1,"updatedAt":2.5}"#
        let message = try DroidMessage(from: JSONValue(parsing: text), .lenient)
        #expect(message.role == .unknown("narrator"))
        #expect(
            message.content == [
                .unknown(["type": "hologram", "data": 1]), .unknown(["type": "text"]), .text(DroidTextBlock(text: "t")),
            ])
        #expect(message.text == "t")
        #expect(message.json == text)
    }

    @Test func membersThatNobodyNamedAreKeptWhereTheyMatter() throws {
        let text = #"{"id":"m","role":"user","content":[],"createdAt":1,"updatedAt":1,"openaiMessageId":"o","geminiThoughtSignature":null}"#
        let message = try DroidMessage(from: JSONValue(parsing: text), .lenient)
        #expect(message.extra == ["openaiMessageId": "o", "geminiThoughtSignature": nil])
        #expect(message.json == text)
    }

    @Test func anOptionalMemberThatCannotBeReadCountsAsAbsent() throws {
        let text =
            #"{"sessionId":"s","session":{"messages":[]},"settings":{"modelId":"m","reasoningEffort":"low"},"mcpServers":[{"type":1}],"cwd":null,"surprise":{}}"#
        let result = try LoadSessionResult(from: JSONValue(parsing: text), .lenient)
        #expect(result.sessionId == "s")
        #expect(result.mcpServers == nil)
        #expect(result.cwd == nil)
    }

    @Test func aMemberThatIsNeededIsStillNeeded() throws {
        #expect(throws: DroidDecodingError(at: "newSessionId", .missing)) { try DroidNewSession(from: ["sessionId": "s"], .lenient) }
        let response = DroidResponse(id: "a", .success(["newSessionId": 1]))
        #expect(
            throws: DroidResponseError.malformed(
                DroidDecodingError(at: "newSessionId", .wrongType(expected: "a string", found: "a number")))
        ) {
            try response.result(DroidNewSession.self)
        }
        #expect(throws: DroidResponseError.failed(.sessionNotFound("s"))) {
            try DroidResponse(id: "a", .failure(.sessionNotFound("s"))).result(DroidNewSession.self)
        }
    }

    @Test func anEmptyAnswerMayBeAnything() throws {
        #expect(try DroidAcknowledgement(from: ["accepted": true], .lenient).accepted == true)
        #expect(try DroidAcknowledgement(from: ["ok": 1], .lenient) == DroidAcknowledgement())
    }

    @Test func aQuestionOfTheServerIsReadWithWhatItAdds() throws {
        let request = DroidRequest(
            id: "srv-1", method: "daemon.ask_user",
            params: [
                "sessionId": "s", "toolCallId": "t",
                "questions": [["index": 1, "topic": "", "question": "q", "options": [], "mood": "grave"]], "new": 1,
            ])
        #expect(
            try request.question(AskUserParams.self)
                == AskUserParams(
                    sessionId: "s", toolCallId: "t", questions: [DroidQuestion(index: 1, topic: "", question: "q", options: [])]))
        #expect(
            throws: DroidFailure(
                .invalidParams, #"Invalid params for daemon.ask_user: "toolCallId" is missing"#, data: ["path": "toolCallId"])
        ) {
            try DroidRequest(id: "a", method: "daemon.ask_user", params: [:]).question(AskUserParams.self)
        }
    }

    @Test func confirmationsOfAnUnknownKindKeepTheirDetails() throws {
        let text =
            #"{"toolUse":{"type":"tool_use","id":"t","name":"n","input":{}},"confirmationType":"teleport","details":{"type":"teleport","to":"x"}}"#
        let confirmation = try DroidToolConfirmation(from: JSONValue(parsing: text), .lenient)
        #expect(confirmation.details == .unknown(.unknown("teleport"), ["type": "teleport", "to": "x"]))
        #expect(confirmation.json == text)
    }
}
