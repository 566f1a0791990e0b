import DroidWire

/// A server asks the user questions (§4.2).
public struct AskUserParams: Sendable, Hashable {
    public var sessionId: String?
    public var toolCallId: String
    public var questions: [AskUserQuestion]

    public init(toolCallId: String, questions: [AskUserQuestion], sessionId: String? = nil) {
        self.toolCallId = toolCallId
        self.questions = questions
        self.sessionId = sessionId
    }
}

extension AskUserParams {
    init(_ wire: DroidWire.AskUserParams) {
        self.init(toolCallId: wire.toolCallId, questions: wire.questions.map(AskUserQuestion.init), sessionId: wire.sessionId)
    }
}

public struct AskUserResult: Sendable, Hashable {
    public var cancelled: Bool?
    public var answers: [AskUserAnswer] = []

    public init(cancelled: Bool? = nil, answers: [AskUserAnswer] = []) {
        self.cancelled = cancelled
        self.answers = answers
    }
}

extension AskUserResult {
    var wire: DroidWire.AskUserResult {
        DroidWire.AskUserResult(cancelled: cancelled, answers: answers.map(\.wire))
    }
}

/// The answer to a question with several choices is one text too; the protocol names no separator.
public struct AskUserAnswer: Sendable, Hashable {
    public var index: Int
    public var question: String
    public var answer: String

    public init(index: Int, question: String, answer: String) {
        self.index = index
        self.question = question
        self.answer = answer
    }
}

extension AskUserAnswer {
    var wire: DroidWire.DroidAnswer {
        DroidWire.DroidAnswer(index: index, question: question, answer: answer)
    }
}

public struct AskUserQuestion: Sendable, Hashable {
    public var index: Int
    public var topic: String
    public var question: String
    public var options: [String]
    public var multiSelect: Bool?

    public init(index: Int, topic: String, question: String, options: [String], multiSelect: Bool? = nil) {
        self.index = index
        self.topic = topic
        self.question = question
        self.options = options
        self.multiSelect = multiSelect
    }
}

extension AskUserQuestion {
    init(_ wire: DroidWire.DroidQuestion) {
        self.init(index: wire.index, topic: wire.topic, question: wire.question, options: wire.options, multiSelect: wire.multiSelect)
    }
}
