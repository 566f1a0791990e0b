import DroidWire

public struct AskUserConfirmation: Sendable, Hashable {
    /// As the model wrote it.
    public var questionnaire: String
    public var parsed: Questionnaire?
    public var parseError: QuestionnaireError?

    public init(questionnaire: String, parsed: Questionnaire? = nil, parseError: QuestionnaireError? = nil) {
        self.questionnaire = questionnaire
        self.parsed = parsed
        self.parseError = parseError
    }
}

extension AskUserConfirmation {
    init(_ wire: DroidWire.DroidAskUserConfirmation) {
        self.init(
            questionnaire: wire.questionnaire, parsed: wire.parsed.map(Questionnaire.init),
            parseError: wire.parseError.map(QuestionnaireError.init))
    }
}

public struct CreateConfirmation: Sendable, Hashable {
    public var filePath: String
    public var fileName: String
    public var content: String

    public init(filePath: String, fileName: String, content: String) {
        self.filePath = filePath
        self.fileName = fileName
        self.content = content
    }
}

extension CreateConfirmation {
    init(_ wire: DroidWire.DroidCreateConfirmation) {
        self.init(filePath: wire.filePath, fileName: wire.fileName, content: wire.content)
    }
}

public struct EditConfirmation: Sendable, Hashable {
    public var filePath: String
    public var fileName: String
    public var oldContent: String?
    public var newContent: String?

    public init(filePath: String, fileName: String, oldContent: String? = nil, newContent: String? = nil) {
        self.filePath = filePath
        self.fileName = fileName
        self.oldContent = oldContent
        self.newContent = newContent
    }
}

extension EditConfirmation {
    init(_ wire: DroidWire.DroidEditConfirmation) {
        self.init(filePath: wire.filePath, fileName: wire.fileName, oldContent: wire.oldContent, newContent: wire.newContent)
    }
}

public struct ExecConfirmation: Sendable, Hashable {
    public var fullCommand: String
    public var command: String
    public var extractedCommands: [String]?
    public var impactLevel: String?
    public var riskLevelReason: String?

    public init(
        fullCommand: String, command: String, extractedCommands: [String]? = nil, impactLevel: String? = nil, riskLevelReason: String? = nil
    ) {
        self.fullCommand = fullCommand
        self.command = command
        self.extractedCommands = extractedCommands
        self.impactLevel = impactLevel
        self.riskLevelReason = riskLevelReason
    }
}

extension ExecConfirmation {
    init(_ wire: DroidWire.DroidExecConfirmation) {
        self.init(
            fullCommand: wire.fullCommand, command: wire.command, extractedCommands: wire.extractedCommands, impactLevel: wire.impactLevel,
            riskLevelReason: wire.riskLevelReason)
    }
}

public struct McpToolConfirmation: Sendable, Hashable {
    public var toolName: String
    public var impactLevel: String
    public var serverName: String?
    public var actualToolName: String?

    public init(toolName: String, impactLevel: String, serverName: String? = nil, actualToolName: String? = nil) {
        self.toolName = toolName
        self.impactLevel = impactLevel
        self.serverName = serverName
        self.actualToolName = actualToolName
    }
}

extension McpToolConfirmation {
    init(_ wire: DroidWire.DroidMcpToolConfirmation) {
        self.init(toolName: wire.toolName, impactLevel: wire.impactLevel, serverName: wire.serverName, actualToolName: wire.actualToolName)
    }
}

public struct PatchConfirmation: Sendable, Hashable {
    public var filePath: String
    public var fileName: String
    public var patchContent: String
    public var oldContent: String?
    public var newContent: String?
    public var files: [PatchedFile]?

    public init(
        filePath: String, fileName: String, patchContent: String, oldContent: String? = nil, newContent: String? = nil,
        files: [PatchedFile]? = nil
    ) {
        self.filePath = filePath
        self.fileName = fileName
        self.patchContent = patchContent
        self.oldContent = oldContent
        self.newContent = newContent
        self.files = files
    }
}

extension PatchConfirmation {
    init(_ wire: DroidWire.DroidPatchConfirmation) {
        self.init(
            filePath: wire.filePath, fileName: wire.fileName, patchContent: wire.patchContent, oldContent: wire.oldContent,
            newContent: wire.newContent, files: wire.files?.map(PatchedFile.init))
    }
}

public struct PatchedFile: Sendable, Hashable {
    public var filePath: String
    public var fileName: String
    public var operation: PatchOperation
    public var moveTo: String?
    public var oldContent: String?
    public var newContent: String?

    public init(
        filePath: String, fileName: String, operation: PatchOperation, moveTo: String? = nil, oldContent: String? = nil,
        newContent: String? = nil
    ) {
        self.filePath = filePath
        self.fileName = fileName
        self.operation = operation
        self.moveTo = moveTo
        self.oldContent = oldContent
        self.newContent = newContent
    }
}

extension PatchedFile {
    init(_ wire: DroidWire.DroidPatchedFile) {
        self.init(
            filePath: wire.filePath, fileName: wire.fileName, operation: PatchOperation(wire.operation), moveTo: wire.moveTo,
            oldContent: wire.oldContent, newContent: wire.newContent)
    }
}

public struct Questionnaire: Sendable, Hashable {
    public var questions: [AskUserQuestion]

    public init(questions: [AskUserQuestion]) {
        self.questions = questions
    }
}

extension Questionnaire {
    init(_ wire: DroidWire.DroidQuestionnaire) {
        self.init(questions: wire.questions.map(AskUserQuestion.init))
    }
}

public struct QuestionnaireError: Sendable, Hashable {
    public var message: String
    public var line: Int?

    public init(message: String, line: Int? = nil) {
        self.message = message
        self.line = line
    }
}

extension QuestionnaireError {
    init(_ wire: DroidWire.DroidQuestionnaireError) {
        self.init(message: wire.message, line: wire.line)
    }
}
