package import ApusBase

package struct DroidEditConfirmation: DroidRecord {
    package var filePath: String
    package var fileName: String
    package var oldContent: String?
    package var newContent: String?
    package var extra = JSONObject()

    package init(
        filePath: String, fileName: String, oldContent: String? = nil, newContent: String? = nil, extra: JSONObject = [:]
    ) {
        self.filePath = filePath
        self.fileName = fileName
        self.oldContent = oldContent
        self.newContent = newContent
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(filePath: "", fileName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("fileName", &fileName)
        try members.optional("oldContent", &oldContent)
        try members.optional("newContent", &newContent)
        try members.others(&extra)
    }
}

package struct DroidCreateConfirmation: DroidRecord {
    package var filePath: String
    package var fileName: String
    package var content: String
    package var extra = JSONObject()

    package init(filePath: String, fileName: String, content: String, extra: JSONObject = [:]) {
        self.filePath = filePath
        self.fileName = fileName
        self.content = content
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(filePath: "", fileName: "", content: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("fileName", &fileName)
        try members.required("content", &content)
        try members.others(&extra)
    }
}

package struct DroidExecConfirmation: DroidRecord {
    package var fullCommand: String
    package var command: String
    package var extractedCommands: [String]?
    package var impactLevel: String?
    package var riskLevelReason: String?
    package var extra = JSONObject()

    package init(
        fullCommand: String, command: String, extractedCommands: [String]? = nil, impactLevel: String? = nil,
        riskLevelReason: String? = nil, extra: JSONObject = [:]
    ) {
        self.fullCommand = fullCommand
        self.command = command
        self.extractedCommands = extractedCommands
        self.impactLevel = impactLevel
        self.riskLevelReason = riskLevelReason
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(fullCommand: "", command: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("fullCommand", &fullCommand)
        try members.required("command", &command)
        try members.optional("extractedCommands", &extractedCommands)
        try members.optional("impactLevel", &impactLevel)
        try members.optional("riskLevelReason", &riskLevelReason)
        try members.others(&extra)
    }
}

package struct DroidPatchConfirmation: DroidRecord {
    package var filePath: String
    package var fileName: String
    package var patchContent: String
    package var oldContent: String?
    package var newContent: String?
    package var files: [DroidPatchedFile]?
    package var extra = JSONObject()

    package init(
        filePath: String, fileName: String, patchContent: String, oldContent: String? = nil, newContent: String? = nil,
        files: [DroidPatchedFile]? = nil, extra: JSONObject = [:]
    ) {
        self.filePath = filePath
        self.fileName = fileName
        self.patchContent = patchContent
        self.oldContent = oldContent
        self.newContent = newContent
        self.files = files
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(filePath: "", fileName: "", patchContent: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("fileName", &fileName)
        try members.required("patchContent", &patchContent)
        try members.optional("oldContent", &oldContent)
        try members.optional("newContent", &newContent)
        try members.optional("files", &files)
        try members.others(&extra)
    }
}

package struct DroidPatchedFile: DroidRecord {
    package var filePath: String
    package var fileName: String
    package var operation: DroidPatchOperation
    package var moveTo: String?
    package var oldContent: String?
    package var newContent: String?

    package init(
        filePath: String, fileName: String, operation: DroidPatchOperation, moveTo: String? = nil, oldContent: String? = nil,
        newContent: String? = nil
    ) {
        self.filePath = filePath
        self.fileName = fileName
        self.operation = operation
        self.moveTo = moveTo
        self.oldContent = oldContent
        self.newContent = newContent
    }

    package init(blank: DroidBlank) { self.init(filePath: "", fileName: "", operation: DroidPatchOperation(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("filePath", &filePath)
        try members.required("fileName", &fileName)
        try members.required("operation", &operation)
        try members.optional("moveTo", &moveTo)
        try members.optional("oldContent", &oldContent)
        try members.optional("newContent", &newContent)
    }
}

package struct DroidMcpToolConfirmation: DroidRecord {
    package var toolName: String
    package var impactLevel: String
    package var serverName: String?
    package var actualToolName: String?
    package var extra = JSONObject()

    package init(
        toolName: String, impactLevel: String, serverName: String? = nil, actualToolName: String? = nil, extra: JSONObject = [:]
    ) {
        self.toolName = toolName
        self.impactLevel = impactLevel
        self.serverName = serverName
        self.actualToolName = actualToolName
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(toolName: "", impactLevel: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolName", &toolName)
        try members.required("impactLevel", &impactLevel)
        try members.optional("serverName", &serverName)
        try members.optional("actualToolName", &actualToolName)
        try members.others(&extra)
    }
}

package struct DroidAskUserConfirmation: DroidRecord {
    /// As the model wrote it.
    package var questionnaire: String
    package var parsed: DroidQuestionnaire?
    package var parseError: DroidQuestionnaireError?
    package var extra = JSONObject()

    package init(
        questionnaire: String, parsed: DroidQuestionnaire? = nil, parseError: DroidQuestionnaireError? = nil, extra: JSONObject = [:]
    ) {
        self.questionnaire = questionnaire
        self.parsed = parsed
        self.parseError = parseError
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(questionnaire: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("questionnaire", &questionnaire)
        try members.optional("parsed", &parsed)
        try members.optional("parseError", &parseError)
        try members.others(&extra)
    }
}

package struct DroidQuestionnaireError: DroidRecord {
    package var message: String
    package var line: Int?

    package init(message: String, line: Int? = nil) {
        self.message = message
        self.line = line
    }

    package init(blank: DroidBlank) { self.init(message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
        try members.optional("line", &line)
    }
}

package struct DroidQuestionnaire: DroidRecord {
    package var questions: [DroidQuestion]

    package init(questions: [DroidQuestion]) { self.questions = questions }
    package init(blank: DroidBlank) { self.init(questions: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("questions", &questions)
    }
}
