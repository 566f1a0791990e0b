import ApusBase
import Testing

@testable import DroidWire

/// Params as a server reads them: closed objects, and an error that names the key.
@Suite struct DroidCallTests {
    private func complaint<Params: DroidParams>(_ type: Params.Type, _ text: String, _ family: DroidFamily = .daemon) throws -> String? {
        let params = try #require(try JSONValue(parsing: text).objectValue)
        let request = DroidRequest(id: "a", method: Params.method.wireName(family), params: params)
        do {
            let _: DroidCall<Params> = try request.call(family)
            return nil
        } catch {
            #expect(error.code == .invalidParams)
            return error.message
        }
    }

    static let initialized = #""machineId":"default","cwd":"/w","token":"k""#

    static let initializations: [(String, String?)] = [
        (initialized, nil),
        (#"\#(initialized),"interactionMode":"agi","reasoningEffort":"xhigh","sessionId":"own-id""#, nil),
        (#""machineId":"default","cwd":"/w""#, #""token" is missing"#),
        (#""machineId":"default","token":"k""#, #""cwd" is missing"#),
        (#""machineId":"default","cwd":7,"token":"k""#, #""cwd" must be a string, not a number"#),
        (#"\#(initialized),"surprise":1"#, #""surprise" is not a known key"#),
        (#"\#(initialized),"modelId":null"#, #""modelId" must be a string, not null"#),
        (#"\#(initialized),"autonomyLevel":"reckless""#, #""autonomyLevel" must be one of off, low, medium, high, not "reckless""#),
        (#"\#(initialized),"interactionMode":"mission""#, #""interactionMode" must be one of auto, spec, agi, not "mission""#),
        (#"\#(initialized),"enabledToolIds":["a",1]"#, #""enabledToolIds[1]" must be a string, not a number"#),
        (#"\#(initialized),"enabledToolIds":"a""#, #""enabledToolIds" must be an array, not a string"#),
        (#"\#(initialized),"mcpServers":[{"name":"n","command":"c"}]"#, nil),
        (#"\#(initialized),"mcpServers":[{"type":"http","name":"n","url":"u","headers":[{"name":"a","value":"b"}],"oauth":false}]"#, nil),
        (
            #"\#(initialized),"mcpServers":[{"name":"n","command":"c","url":"u"}]"#,
            #""mcpServers[0].url" is not a known key; known: type, name, command, args, env"#
        ),
        (
            #"\#(initialized),"mcpServers":[{"type":"smoke","name":"n"}]"#,
            #""mcpServers[0].type" must be one of stdio, http, sse, not "smoke""#
        ),
        (
            #"\#(initialized),"mcpServers":[{"type":"http","name":"n","url":"u","headers":{"a":"b"}}]"#,
            #""mcpServers[0].headers" must be an array, not an object"#
        ),
        (
            #"\#(initialized),"mcpServers":[{"type":"sse","name":"n","url":"u","oauth":{"callbackPort":70000}}]"#,
            #""mcpServers[0].oauth.callbackPort" must be between 1 and 65535"#
        ),
        (#"\#(initialized),"systemPrompt":"  ""#, #""systemPrompt" must not be blank"#),
        (#"\#(initialized),"systemPrompt":{"type":"preset","preset":"droid","append":"x"}"#, nil),
        (#"\#(initialized),"systemPrompt":{"type":"preset","preset":"droid","append":""}"#, #""systemPrompt.append" must not be blank"#),
        (
            #"\#(initialized),"systemPrompt":{"type":"preset","preset":"qwen","append":"x"}"#,
            #""systemPrompt.preset" must be one of droid, not "qwen""#
        ),
        (#"\#(initialized),"tags":[{"name":"t","metadata":{"a":1}}]"#, #""tags[0].metadata.a" must be a string, not a number"#),
        (#"\#(initialized),"sessionSource":{"platform":"slack","delegationSessionId":"d","channel":"c","new":1}"#, nil),
        (#"\#(initialized),"sessionSource":{"platform":"jira","delegationSessionId":"d"}"#, #""sessionSource.cloudId" is missing"#),
        (#"\#(initialized),"sessionSource":{"platform":"fax"}"#, #""sessionSource.platform" must be one of slack"#),
        (#"\#(initialized),"inactivityTimeoutMs":1.5"#, #""inactivityTimeoutMs" must be an integer, not a number"#),
    ]

    @Test(arguments: initializations)
    func initializeSessionIsAClosedObject(members: String, expected: String?) throws {
        let complaint = try complaint(InitializeSessionParams.self, "{\(members)}")
        if let expected {
            #expect(complaint?.hasPrefix("Invalid params for daemon.initialize_session: \(expected)") == true, "\(complaint ?? "taken")")
        } else {
            #expect(complaint == nil)
        }
    }

    @Test func aSessionIsNeededInTheDaemonFamilyOnly() throws {
        #expect(try complaint(InterruptSessionParams.self, "{}") == #"Invalid params for daemon.interrupt_session: "sessionId" is missing"#)
        #expect(try complaint(InterruptSessionParams.self, #"{"sessionId":1}"#)?.contains(#""sessionId" must be a string"#) == true)
        #expect(try complaint(InterruptSessionParams.self, #"{"sessionId":"s"}"#) == nil)
        #expect(try complaint(InterruptSessionParams.self, "{}", .exec) == nil)
        #expect(
            try complaint(InterruptSessionParams.self, #"{"sessionId":"s"}"#, .exec)?.contains(#""sessionId" is not a known key"#) == true)
    }

    @Test func aTokenIsNeededInTheDaemonFamilyOnly() throws {
        #expect(try complaint(LoadSessionParams.self, #"{"sessionId":"s"}"#)?.hasSuffix(#""token" is missing"#) == true)
        #expect(try complaint(LoadSessionParams.self, #"{"sessionId":"s"}"#, .exec) == nil)
        #expect(
            try complaint(LoadSessionParams.self, #"{"sessionId":"s","token":"k"}"#, .exec)?.contains(#""token" is not a known key"#)
                == true)
    }

    @Test func aRewindMayNameItsSessionInExecModeToo() throws {
        for text in [#"{"messageId":"m"}"#, #"{"messageId":"m","sessionId":"s"}"#] {
            #expect(try complaint(GetRewindInfoParams.self, text, .exec) == nil)
        }
    }

    /// `droid.md` §12, 4: the SDK sends what a mirror of the schema lacks.
    @Test func aDaemonIsToldWhyASessionIsClosed() throws {
        #expect(try complaint(CloseSessionParams.self, #"{"sessionId":"s","reason":"other"}"#) == nil)
        #expect(
            try complaint(CloseSessionParams.self, #"{"sessionId":"s","reason":"bored"}"#)?.contains(
                "clear, logout, prompt_input_exit, other") == true)
    }

    @Test func onlyTheSettingsOfSpecificationModeMayBeNull() throws {
        let text = #"{"sessionId":"s","specModeModelId":null,"specModeReasoningEffort":null}"#
        #expect(try complaint(UpdateSessionSettingsParams.self, text) == nil)
        let params = try #require(JSONValue(parsing: text).objectValue)
        let call = try DroidCall<UpdateSessionSettingsParams>(params, .daemon)
        #expect(call.params.specModeModelId == .null)
        #expect(call.params.specModeReasoningEffort == .null)
        #expect(try complaint(UpdateSessionSettingsParams.self, #"{"sessionId":"s","modelId":null}"#)?.contains("not null") == true)
    }

    static let files: [(String, String?)] = [
        (#"{"type":"base64","mediaType":"application/pdf","data":"aGk=","name":"a.pdf"}"#, nil),
        (#"{"type":"text","mediaType":"text/plain","data":"hi","mime":"text/x-swift"}"#, nil),
        (#"{"type":"base64","mediaType":"image/png","data":"aGk="}"#, #""files[0].mediaType" must be one of application/pdf"#),
        (#"{"type":"url","url":"u"}"#, #""files[0].type" must be one of base64, text, not "url""#),
        (#"{"data":"x"}"#, #""files[0].type" is missing"#), ("7", #""files[0]" must be an object, not a number"#),
    ]

    @Test(arguments: files)
    func filesOfAPromptAreClosedToo(file: String, expected: String?) throws {
        let complaint = try complaint(AddUserMessageParams.self, #"{"sessionId":"s","text":"t","files":[\#(file)]}"#)
        if let expected { #expect(complaint?.contains(expected) == true, "\(complaint ?? "taken")") } else { #expect(complaint == nil) }
    }

    @Test func theFailureCarriesThePlace() throws {
        let request = DroidRequest(id: "a", method: "daemon.rename_session", params: ["sessionId": "s", "title": 1])
        #expect(
            throws: DroidFailure(
                .invalidParams, #"Invalid params for daemon.rename_session: "title" must be a string, not a number"#,
                data: ["path": "title"])
        ) {
            let _: DroidCall<RenameSessionParams> = try request.call(.daemon)
        }
    }

    /// Python takes every complaint about these params that mentions `cwd` for one about the directory.
    @Test func anUnknownKeyIsNotAComplaintAboutTheDirectory() throws {
        let complaint = try complaint(InitializeSessionParams.self, "{\(DroidCallTests.initialized),\"surprise\":1}")
        #expect(complaint == #"Invalid params for daemon.initialize_session: "surprise" is not a known key"#)
    }

    @Test func whatAPeerSentIsCutInMessages() throws {
        let complaint = try complaint(
            RenameSessionParams.self, #"{"sessionId":"s","title":"t","\#(String(repeating: "k", count: 5_000))":1}"#)
        #expect(try #require(complaint).utf8.count < 300)
    }
}
