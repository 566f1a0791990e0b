import ApusBase
import Foundation
import Testing

@testable import DroidWire

/// Everything that we write is taken by the models of the Python client, and says it in their words: no key that they do not know, none of
/// theirs that we cannot say. What differs on purpose is listed here.
@Suite struct DroidPythonModelsTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let python = root.appending(path: ".build/venv-droid/bin/python")
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: python.path) }

    struct Case {
        let model: String
        let value: String
    }

    struct Answer: Hashable, Decodable {
        let model: String
        var missing: Bool?
        var refused: String?
        var strange: [String]?
        var absent: [String]?
        var present: [String]?
    }

    @Test(
        .enabled(
            if: isInstalled,
            "needs droid-sdk in .build/venv-droid: python3 -m venv .build/venv-droid && .build/venv-droid/bin/pip install droid-sdk==0.5.0")
    )
    func theModelsOfThePythonClientTakeWhatWeWrite() async throws {
        var strange: Set<String> = []
        var absent: Set<String> = []
        var present: Set<String> = []
        var missing: Set<String> = []
        for (seed, optionals) in [(1, Arbitrary.Optionals.all), (2, .all), (3, .all), (4, .none), (5, .some), (6, .some)] {
            for answer in try await ask(cases(Arbitrary(seed: UInt64(seed), optionals: optionals, isPlain: true))) {
                if answer.missing == true { missing.insert(answer.model) }
                if let refused = answer.refused { Issue.record("\(answer.model) of seed \(seed): \(refused)") }
                strange.formUnion(answer.strange ?? [])
                if optionals == .all { absent.formUnion(answer.absent ?? []) }
                present.formUnion(answer.present ?? [])
            }
        }
        #expect(missing == DroidPythonModelsTests.unknownToIt)
        // Entries of a mission's log are one open record here and eleven there.
        #expect(strange.filter { !$0.contains("Entry.") } == DroidPythonModelsTests.ours)
        // Sources are kept as they came.
        #expect(absent.subtracting(present).filter { !$0.contains("SessionSource.") } == DroidPythonModelsTests.theirs)
    }

    /// Methods of another vintage.
    static let unknownToIt: Set<String> = [
        "ResolveQueuedUserMessageRequest", "ResolveQueuedUserMessageResult", "WarmupCacheRequest", "WarmupCacheResult",
    ]

    /// Keys that we may write and it does not name: it passes over all of them.
    static let ours: Set<String> = [
        // Acknowledgements have no members for it.
        "AddUserMessageResult.accepted", "CloseSessionResult.accepted", "InterruptSessionResult.accepted",
        "KillWorkerSessionResult.accepted",
        "UpdateSessionSettingsResult.accepted",
        // The session, which the daemon family needs, and TypeScript in the result of a load.
        "AskUserRequestParams.sessionId", "PendingAskUserRequest.sessionId", "PendingPermissionRequest.sessionId",
        "RequestPermissionRequestParams.sessionId", "LoadSessionResult.sessionId",
        // Without it TypeScript drops the notification.
        "StructuredOutputNotification.structuredOutputError",
        // Of other vintages.
        "AssistantTextCompleteNotification.durationMs", "InitializeSessionResult.hostId", "InitializeSessionResult.worktree",
        "LoadSessionResult.hostId",
        // Only for those who asked for it.
        "InitializeSessionResult.cursor", "LoadSessionResult.cursor",
        "LoadSessionResult.loopState", "ModelInfo.featureFlag", "ModelInfo.modelId", "ModelInfo.supportsPDFs",
        "ModelInfo.usesUSBasedInference",
        "SessionSettings.compactionTokenLimit", "SettingsUpdatedPayload.compactionTokenLimit", "SettingsUpdatedPayload.sandbox",
        "SettingsUpdatedPayload.systemPrompt",
        // A schema is any object here.
        "McpToolInputSchema.a",
    ]

    /// Keys of its own that are never written one by one: kept as they came, or left out because a server sends no `_meta`.
    static let theirs: Set<String> = [
        "AskUserRequest._meta", "RequestPermissionRequest._meta", "SessionNotification._meta", "JsonRpcResponseFailure._meta",
        "JsonRpcResponseSuccess._meta",
        "FactoryDroidMessage.chatCompletionReasoningContent", "FactoryDroidMessage.chatCompletionReasoningField",
        "FactoryDroidMessage.geminiThoughtSignature", "FactoryDroidMessage.openaiEncryptedContent", "FactoryDroidMessage.openaiMessageId",
        "FactoryDroidMessage.openaiPhase", "FactoryDroidMessage.openaiReasoningId", "FactoryDroidMessage.openaiReasoningSummary",
        "McpOAuthOptions.clientMetadataUrl", "McpToolInputSchema.properties", "McpToolInputSchema.required", "McpToolInputSchema.type",
    ]

    private func cases(_ maker: Arbitrary) -> [Case] {
        var maker = maker
        maker.omitted = DroidPythonModelsTests.notOfThisClient
        maker.needed = DroidPythonModelsTests.neededByThisClient
        var cases: [Case] = []
        let exec = DroidFrameWriter(.exec)
        func add<Params: DroidParams>(_ type: Params.Type) {
            let name = "\(Params.self)".dropLast("Params".count)
            let call = DroidCall(maker.make(Params.self))
            let meta = Params.method.entry.isOfServer ? nil : maker.make(DroidMeta.self)
            cases.append(
                Case(
                    model: name + "Request",
                    value: String(decoding: exec.bytes { $0.request(id: "a", call, meta: meta, into: &$1) }, as: UTF8.self)))
            cases.append(Case(model: name + "Result", value: maker.make(Params.Result.self).json))
            let result = maker.make(Params.Result.self)
            cases.append(
                Case(
                    model: "JsonRpcResponseSuccess",
                    value: String(decoding: exec.bytes { $0.success(id: "a", result, into: &$1) }, as: UTF8.self)))
        }
        for entry in DroidMethod.table where entry.families.contains(.exec) {
            if let params = entry.params { add(params) }
        }
        for (type, payload) in Shapes.notifications where !DroidPythonModelsTests.daemonOnly.contains(type) {
            guard let notification = try? SessionNotification(from: .object(maker.tagged(type.rawValue, payload)), .closed) else {
                continue
            }
            cases.append(
                Case(
                    model: "SessionNotification",
                    value: String(decoding: exec.bytes { $0.notification(session: "s", notification, into: &$1) }, as: UTF8.self)))
        }
        for _ in 0..<20 { cases.append(Case(model: "FactoryDroidMessage", value: maker.make(DroidMessage.self).json)) }
        for code in DroidErrorCode.known {
            let failure = DroidFailure(code, "m", data: maker.isPresent() ? "d" : nil)
            cases.append(
                Case(
                    model: "JsonRpcResponseFailure",
                    value: String(decoding: exec.bytes { $0.failure(id: "a", failure, into: &$1) }, as: UTF8.self)))
        }
        return cases
    }

    /// What other vintages have and this one refuses, and what it does not take together with other members.
    static let notOfThisClient: Set<String> = [
        "AddUserMessageParams.skipAgentLoop", "AddUserMessageParams.queuePlacement", "AddUserMessageParams.role",
        "AddUserMessageParams.visibility",
        "ListToolsParams.depth", "DroidMcpOAuthOptions.clientMetadataUrl", "LoadSessionParams.restrictToolIds",
        "LoadSessionParams.loadAllMessages",
        "LoadSessionParams.disableInactivityTimeout", "LoadSessionParams.skipPermissionsUnsafe", "LoadSessionParams.runtimeSettingsPath",
        "InitializeSessionParams.missionSettings", "InitializeSessionParams.worktree", "InitializeSessionParams.worktreeDir",
        "InitializeSessionParams.inactivityTimeoutMs", "InitializeSessionParams.disableInactivityTimeout",
        "InitializeSessionParams.runtimeSettingsPath",
    ]

    /// What it needs, always or beside some value of another member.
    static let neededByThisClient: Set<String> = [
        "GetRewindInfoParams.sessionId", "ExecuteRewindParams.sessionId", "DroidMcpOAuthOptions.authorizationServerIssuer",
        "RequestPermissionResult.editedSpecContent",
        "DroidMissionProgress.title", "DroidMissionProgress.workerSessionId", "DroidMissionProgress.spawnId",
        "DroidMissionProgress.featureId",
        "DroidMissionProgress.reason", "DroidMissionProgress.milestone", "DroidMissionProgress.successState",
        "DroidMissionProgress.returnToOrchestrator", "DroidMissionProgress.exitCode",
    ]

    /// The client never hears of them.
    static let daemonOnly: Set<DroidNotificationType> = [
        .sessionInactivity, .sessionProcessExited, .sessionClosed, .sessionUnsubscribed, .terminalData, .terminalExit, .terminalError,
    ]

    private func ask(_ cases: [Case]) async throws -> [Answer] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "droid-models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appending(path: "cases")
        let output = folder.appending(path: "answers")
        let lines = cases.map { #"{"model":"\#($0.model)","value":\#($0.value)}"# + "\n" }.joined()
        try Data(lines.utf8).write(to: input)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = DroidPythonModelsTests.python
        process.arguments = [DroidPythonModelsTests.root.appending(path: "Tests/Peers/droid_models.py").path]
        process.standardInput = try FileHandle(forReadingFrom: input)
        process.standardOutput = try FileHandle(forWritingTo: output)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        #expect(process.terminationStatus == 0)
        let answers = try String(decoding: Data(contentsOf: output), as: UTF8.self).split(separator: "\n")
        #expect(answers.count == cases.count)
        return try answers.map { try JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }
}
