/// A server asks the user questions (§4.2).
package struct AskUserParams: DroidRecord, DroidParams {
    package typealias Result = AskUserResult
    package static let method = DroidMethod.askUser

    package var sessionId: String?
    package var toolCallId: String
    package var questions: [DroidQuestion]

    package init(sessionId: String? = nil, toolCallId: String, questions: [DroidQuestion]) {
        self.sessionId = sessionId
        self.toolCallId = toolCallId
        self.questions = questions
    }

    package init(blank: DroidBlank) { self.init(toolCallId: "", questions: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("toolCallId", &toolCallId)
        try members.required("questions", &questions)
    }
}

package struct DroidQuestion: DroidRecord {
    package var index: Int
    package var topic: String
    package var question: String
    package var options: [String]
    package var multiSelect: Bool?

    package init(index: Int, topic: String, question: String, options: [String], multiSelect: Bool? = nil) {
        self.index = index
        self.topic = topic
        self.question = question
        self.options = options
        self.multiSelect = multiSelect
    }

    package init(blank: DroidBlank) { self.init(index: 0, topic: "", question: "", options: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("index", &index)
        try members.required("topic", &topic)
        try members.required("question", &question)
        try members.required("options", &options)
        try members.optional("multiSelect", &multiSelect)
    }
}

package struct AskUserResult: DroidOpenRecord {
    package var cancelled: Bool?
    package var answers: [DroidAnswer] = []

    package init() {}

    package init(cancelled: Bool? = nil, answers: [DroidAnswer] = []) {
        self.cancelled = cancelled
        self.answers = answers
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("cancelled", &cancelled)
        try members.defaulted("answers", &answers)
    }

    package static let cancelled = AskUserResult(cancelled: true)
}

/// The answer to a question with several choices is one text too; the protocol names no separator.
package struct DroidAnswer: DroidRecord {
    package var index: Int
    package var question: String
    package var answer: String

    package init(index: Int, question: String, answer: String) {
        self.index = index
        self.question = question
        self.answer = answer
    }

    package init(blank: DroidBlank) { self.init(index: 0, question: "", answer: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("index", &index)
        try members.required("question", &question)
        try members.required("answer", &answer)
    }
}
