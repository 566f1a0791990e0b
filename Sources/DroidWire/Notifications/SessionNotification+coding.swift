package import ApusBase

extension SessionNotification {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let object = json.objectValue else { throw .wrongType("an object", json) }
        guard let name = object["type"] else { throw .missing("type") }
        let type: DroidNotificationType
        do {
            type = try DroidNotificationType(from: name, reading)
        } catch {
            throw error.within("type")
        }
        do {
            self = try SessionNotification(type, object, reading)
        } catch {
            if reading == .closed { throw error }
            self = .unknown(type, object)
        }
    }

    private init(_ type: DroidNotificationType, _ object: JSONObject, _ reading: DroidReading) throws(DroidDecodingError) {
        /// The members of the payload; its type was told before.
        func payload<Payload: DroidRecord>() throws(DroidDecodingError) -> Payload {
            try Payload(members: object, besides: "type", reading)
        }
        switch type {
        case .createMessage: self = .createMessage(try payload())
        case .assistantTextDelta: self = .assistantTextDelta(try payload())
        case .assistantTextComplete: self = .assistantTextComplete(try payload())
        case .thinkingTextDelta: self = .thinkingTextDelta(try payload())
        case .thinkingTextComplete: self = .thinkingTextComplete(try payload())
        case .toolCall: self = .toolCall(try payload())
        case .toolResult: self = .toolResult(try payload())
        case .toolProgressUpdate: self = .toolProgressUpdate(try payload())
        case .structuredOutput: self = .structuredOutput(try payload())
        case .error: self = .error(try payload())
        case .queuedMessagesDiscarded: self = .queuedMessagesDiscarded(try payload())
        case .llmRetry: self = .llmRetry(try payload())
        case .droidWorkingStateChanged: self = .droidWorkingStateChanged(try payload())
        case .agentTurnCompleted: self = .agentTurnCompleted(try payload())
        case .sessionTokenUsageChanged: self = .sessionTokenUsageChanged(try payload())
        case .settingsUpdated: self = .settingsUpdated(try payload())
        case .sessionTitleUpdated: self = .sessionTitleUpdated(try payload())
        case .sessionWorkingDirectoryChanged: self = .sessionWorkingDirectoryChanged(try payload())
        case .sessionCompacted: self = .sessionCompacted(try payload())
        case .loopStateChanged: self = .loopStateChanged(try payload())
        case .childSessionAvailable: self = .childSessionAvailable(try payload())
        case .permissionResolved: self = .permissionResolved(try payload())
        case .toolExecutionHeartbeat: self = .toolExecutionHeartbeat(try payload())
        case .toolExecutionPhaseChanged: self = .toolExecutionPhaseChanged(try payload())
        case .mcpStatusChanged: self = .mcpStatusChanged(try payload())
        case .mcpAuthRequired: self = .mcpAuthRequired(try payload())
        case .mcpAuthCompleted: self = .mcpAuthCompleted(try payload())
        case .hookExecutionStarted: self = .hookExecutionStarted(try payload())
        case .hookExecutionCompleted: self = .hookExecutionCompleted(try payload())
        case .missionStateChanged: self = .missionStateChanged(try payload())
        case .missionFeaturesChanged: self = .missionFeaturesChanged(try payload())
        case .missionProgressEntry: self = .missionProgressEntry(try payload())
        case .missionHeartbeat: self = .missionHeartbeat(try payload())
        case .missionWorkerStarted: self = .missionWorkerStarted(try payload())
        case .missionWorkerCompleted: self = .missionWorkerCompleted(try payload())
        case .sessionInactivity: self = .sessionInactivity(try payload())
        case .sessionProcessExited: self = .sessionProcessExited(try payload())
        case .sessionClosed: self = .sessionClosed(try payload())
        case .sessionUnsubscribed: self = .sessionUnsubscribed(try payload())
        case .terminalData: self = .terminalData(try payload())
        case .terminalExit: self = .terminalExit(try payload())
        case .terminalError: self = .terminalError(try payload())
        case .unknown: self = .unknown(type, object)
        }
    }

    package func write(into writer: inout JSONWriter) {
        /// One object: its type, then its members.
        func put(_ payload: some DroidRecord) { payload.write(tagged: "type", type.rawValue, into: &writer) }
        switch self {
        case .createMessage(let payload): put(payload)
        case .assistantTextDelta(let payload): put(payload)
        case .assistantTextComplete(let payload): put(payload)
        case .thinkingTextDelta(let payload): put(payload)
        case .thinkingTextComplete(let payload): put(payload)
        case .toolCall(let payload): put(payload)
        case .toolResult(let payload): put(payload)
        case .toolProgressUpdate(let payload): put(payload)
        case .structuredOutput(let payload): put(payload)
        case .error(let payload): put(payload)
        case .queuedMessagesDiscarded(let payload): put(payload)
        case .llmRetry(let payload): put(payload)
        case .droidWorkingStateChanged(let payload): put(payload)
        case .agentTurnCompleted(let payload): put(payload)
        case .sessionTokenUsageChanged(let payload): put(payload)
        case .settingsUpdated(let payload): put(payload)
        case .sessionTitleUpdated(let payload): put(payload)
        case .sessionWorkingDirectoryChanged(let payload): put(payload)
        case .sessionCompacted(let payload): put(payload)
        case .loopStateChanged(let payload): put(payload)
        case .childSessionAvailable(let payload): put(payload)
        case .permissionResolved(let payload): put(payload)
        case .toolExecutionHeartbeat(let payload): put(payload)
        case .toolExecutionPhaseChanged(let payload): put(payload)
        case .mcpStatusChanged(let payload): put(payload)
        case .mcpAuthRequired(let payload): put(payload)
        case .mcpAuthCompleted(let payload): put(payload)
        case .hookExecutionStarted(let payload): put(payload)
        case .hookExecutionCompleted(let payload): put(payload)
        case .missionStateChanged(let payload): put(payload)
        case .missionFeaturesChanged(let payload): put(payload)
        case .missionProgressEntry(let payload): put(payload)
        case .missionHeartbeat(let payload): put(payload)
        case .missionWorkerStarted(let payload): put(payload)
        case .missionWorkerCompleted(let payload): put(payload)
        case .sessionInactivity(let payload): put(payload)
        case .sessionProcessExited(let payload): put(payload)
        case .sessionClosed(let payload): put(payload)
        case .sessionUnsubscribed(let payload): put(payload)
        case .terminalData(let payload): put(payload)
        case .terminalExit(let payload): put(payload)
        case .terminalError(let payload): put(payload)
        case .unknown(_, let object): writer.object(object)
        }
    }
}
