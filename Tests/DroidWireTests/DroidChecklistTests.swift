import ApusBase
import Testing

@testable import DroidWire

/// The items of `droid.md` §0 that are about the shape of a frame, by their numbers. Items 6, 9 and 20 are about order and time: they are
/// the server's.
@Suite struct DroidChecklistTests {
    private let writer = DroidFrameWriter(.daemon)

    private func object(_ write: (DroidFrameWriter, inout JSONWriter) -> Void) throws -> JSONObject {
        try #require(JSONValue(parsing: writer.bytes(write)).objectValue)
    }

    private func payload(_ notification: SessionNotification) throws -> JSONObject {
        let frame = try object { $0.notification(session: "s", notification, into: &$1) }
        return try #require(frame["params"]?["notification"]?.objectValue)
    }

    @Test func item01EveryFrameCarriesTheConstantsAndItsType() throws {
        let frames = [
            try object { $0.success(id: "a", DroidAcknowledgement(), into: &$1) },
            try object { $0.failure(id: "a", .parseError, into: &$1) },
            try object { $0.notification(session: "s", .sessionTitleUpdated(SessionTitleUpdated(title: "t")), into: &$1) },
            try object { $0.request(id: "a", DroidCall(AskUserParams(toolCallId: "t", questions: [])), into: &$1) },
        ]
        for frame in frames {
            #expect(frame.keys.prefix(4) == ["jsonrpc", "factoryApiVersion", "factoryProtocolVersion", "type"])
        }
    }

    @Test func item02ASuccessHasNoErrorAndAFailureNoResult() throws {
        let success = try object { $0.success(id: "a", DroidAcknowledgement(), into: &$1) }
        #expect(success["error"] == nil)
        #expect(success["result"] == [:])
        let failure = try object { $0.failure(id: "a", .sessionNotFound("s"), into: &$1) }
        #expect(failure["result"] == nil)
        #expect(failure["error"]?["code"] == -32004)
    }

    @Test(arguments: ["1", "7b6f1f4e-0000-4000-8000-000000000000", "a\"\\\u{1}é"])
    func item03TheIdComesBackAsTheSameString(id: String) throws {
        let text = JSONValue.object([
            "jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "type": "request", "id": .string(id), "method": "daemon.logout",
        ]).serialized()
        guard case .request(let request) = try DroidFrame(parsing: Array(text.utf8), .closed) else {
            Issue.record("no request")
            return
        }
        #expect(try object { $0.success(id: request.id, DroidAcknowledgement(), into: &$1) }["id"] == .string(id))
    }

    @Test func item04OnlyTheEightCodesAreSaid() throws {
        let said = [
            DroidFailure.parseError, .invalidRequest("x"), .versionRefused("x", peerVersion: nil), .methodNotFound("daemon.x"),
            .invalidParams("daemon.x", DroidDecodingError(at: "a", .missing)), .sessionNotFound("s"), .sessionDisconnected("s"),
            .notAuthenticated("x"),
            DroidFailure(.internalError, "x"),
        ]
        #expect(Set(said.map(\.code)) == Set(DroidErrorCode.known))
    }

    @Test func item05NotificationsRequestsAndTheResultOfALoadNameTheSession() throws {
        let notification = try object { $0.assistantTextDelta(session: "s", messageId: "m", blockIndex: 0, text: "t", into: &$1) }
        #expect(notification["params"]?["sessionId"] == "s")
        let request = DroidCall(RequestPermissionParams(sessionId: "s", toolUses: [], options: []))
        #expect(try object { $0.request(id: "a", request, into: &$1) }["params"]?["sessionId"] == "s")
        let settings = DroidSessionSettings(modelId: "m", reasoningEffort: .low)
        let load = LoadSessionResult(sessionId: "s", session: DroidSessionContent(), settings: settings)
        #expect(try object { $0.success(id: "a", load, into: &$1) }["result"]?["sessionId"] == "s")
        let initialize = InitializeSessionResult(sessionId: "s", session: DroidSessionContent(), settings: settings)
        #expect(try object { $0.success(id: "a", initialize, into: &$1) }["result"]?["sessionId"] == "s")
    }

    /// The other half of it: what a fork answers must not bind the view of the client to the new session.
    @Test func item05TheResultOfAForkNamesNoSession() {
        #expect(DroidNewSession(newSessionId: "n").json == #"{"newSessionId":"n"}"#)
        #expect(CompactSessionResult(newSessionId: "n", removedCount: 1).json == #"{"newSessionId":"n","removedCount":1}"#)
    }

    @Test func item07OnlyThinkingIsNoBeginningForEveryClient() {
        #expect(
            DroidWorkingState.known.filter(\.beginsTurnForEveryClient) == [
                .streamingAssistantMessage, .waitingForToolConfirmation, .executingTool, .compactingConversation,
            ])
    }

    @Test func item08TheEndOfATurnNamesItsMessageAndItsUsage() throws {
        let payload = try payload(.agentTurnCompleted(AgentTurnCompleted(reason: .completed, turnId: "m-1", tokenUsage: .zero)))
        #expect(payload["turnId"] == "m-1")
        #expect(
            payload["tokenUsage"] == [
                "inputTokens": 0, "outputTokens": 0, "cacheCreationTokens": 0, "cacheReadTokens": 0, "thinkingTokens": 0,
            ])
    }

    @Test func item10StructuredOutputAlwaysHasBothKeys() throws {
        let output = DroidStructuredOutput(messageId: "m", structuredOutput: ["a": 1], structuredOutputError: nil)
        #expect(try payload(.structuredOutput(output)).keys == ["type", "messageId", "structuredOutput", "structuredOutputError"])
        let failed = DroidStructuredOutput(
            messageId: "m", structuredOutput: nil, structuredOutputError: DroidStructuredOutputError(code: .invalidSchema, message: "x"))
        #expect(
            failed.json == #"{"messageId":"m","structuredOutput":null,"structuredOutputError":{"code":"invalid_schema","message":"x"}}"#)
    }

    @Test func item11TimesOfMessagesAreWholeNumbers() throws {
        let message = DroidMessage(id: "m", role: .user, content: [], createdAt: 1_795_248_047_235, updatedAt: 1_795_248_047_235)
        #expect(message.json == #"{"id":"m","role":"user","content":[],"createdAt":1795248047235,"updatedAt":1795248047235}"#)
    }

    static let times: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (1_795_248_047_235, "2026-11-21T08:00:47.235Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (1_709_251_199_000, "2024-02-29T23:59:59.000Z"),
    ]

    @Test(arguments: times)
    func item12TheTimeOfAnErrorHasItsZone(milliseconds: Int64, text: String) throws {
        #expect(DroidTimestamp(millisecondsSince1970: milliseconds).text == text)
        let error = DroidErrorNotification(
            message: "m", errorType: .sessionError, timestamp: DroidTimestamp(millisecondsSince1970: milliseconds))
        #expect(try payload(.error(error))["timestamp"] == .string(text))
    }

    @Test func item13ThinkingAlwaysHasASignature() {
        #expect(
            DroidContentBlock.thinking(DroidThinkingBlock(thinking: "t")).json == #"{"type":"thinking","thinking":"t","signature":""}"#)
    }

    @Test func item14AnUnknownWordCannotBeSaidByMistake() {
        // Every enumeration's own values are known ones; `unknown` has to be written out.
        #expect(DroidNotificationType.known.allSatisfy { $0.isKnown })
        #expect(!DroidNotificationType.unknown("x").isKnown)
        #expect(DroidNotificationType(rawValue: "error") == .error)
    }

    @Test func item15TwelveOutcomesAreKnownToEveryClient() {
        #expect(
            ToolConfirmationOutcome.known.filter(\.isKnownToEveryClient).map(\.rawValue) == [
                "proceed_once", "proceed_always", "proceed_auto_run", "proceed_auto_run_low", "proceed_auto_run_medium",
                "proceed_auto_run_high",
                "proceed_new_session", "proceed_new_session_low", "proceed_new_session_medium", "proceed_new_session_high", "proceed_edit",
                "cancel",
            ])
    }

    @Test func item16NineConfirmationTypesAreKnownToEveryClient() {
        #expect(
            ToolConfirmationType.known.filter { !$0.isKnownToEveryClient }.map(\.rawValue) == [
                "sandbox_violation", "droid_shield_violation",
            ])
    }

    @Test func item17ServersInResultsAreExactlyTheirShapes() {
        let http = DroidMcpServerConfig.http(DroidMcpEndpoint(name: "n", url: "u", headers: [DroidHeader(name: "a", value: "b")]))
        #expect(http.json == #"{"type":"http","name":"n","url":"u","headers":[{"name":"a","value":"b"}]}"#)
        let stdio = DroidMcpServerConfig.stdio(DroidMcpCommand(name: "n", command: "c"))
        #expect(stdio.json == #"{"name":"n","command":"c","args":[],"env":{}}"#)
        let result = InitializeSessionResult(
            sessionId: "s", session: DroidSessionContent(), settings: DroidSessionSettings(modelId: "m", reasoningEffort: .off))
        #expect(
            result.json == #"{"sessionId":"s","session":{"messages":[]},"settings":{"modelId":"m","reasoningEffort":"off"}}"#)
    }

    @Test func item18AnEmptyResultIsAnObjectAndARenameSucceeds() {
        #expect(DroidAcknowledgement().json == "{}")
        #expect(RenameSessionParams.Result(success: true).json == #"{"success":true}"#)
    }

    @Test func item19TheSystemPromptIsEchoed() {
        var settings = DroidSessionSettings(modelId: "m", reasoningEffort: .low)
        settings.systemPrompt = .preset(append: "Be brief.")
        #expect(
            settings.json
                == #"{"modelId":"m","reasoningEffort":"low","systemPrompt":{"type":"preset","preset":"droid","append":"Be brief."}}"#)
    }

    @Test func item21AFrameIsOneLineThatBeginsWithABrace() {
        let bytes = writer.bytes {
            $0.assistantTextDelta(session: "s\n", messageId: "\r\n", blockIndex: 0, text: "a\nb\u{2028}", into: &$1)
        }
        #expect(bytes.first == UInt8(ascii: "{"))
        #expect(!bytes.contains(0x0A) && !bytes.contains(0x0D))
        #expect(DroidLimit.pythonLineBytes == 10_485_760)
    }

    @Test func item22AMissingKeyIsAParseError() throws {
        #expect(DroidFailure.parseError.json == #"{"code":-32700,"message":"Parse error"}"#)
        #expect(DroidFailure.notAuthenticated("Invalid API key").code.number == -32001)
        // The types let a missing key through, so that the server can say so.
        let request = DroidRequest(id: "a", method: "daemon.authenticate", params: ["caller": "droid-sdk"])
        let call: DroidCall<AuthenticateParams> = try request.call(.daemon)
        #expect(call.params.apiKey == nil && call.params.token == nil)
    }
}
