package import ApusBase

package enum QuestionTag {}
/// `ask_` and ten letters or digits, the same on every protocol.
package typealias QuestionID = Identifier<QuestionTag>

extension Identifier where Tag == QuestionTag {
    package static func newQuestion() -> Self { Self("ask_" + randomToken(length: 10)) }
}

/// What the model wants to know from the people it works for (the tool AskUser): open until its answer is stored.
package struct UserQuestion: Hashable, Sendable {
    /// One of the questions that are asked together.
    package struct Item: Hashable, Sendable {
        /// From 1, as written.
        package var index: Int
        package var topic: String
        package var question: String
        /// To choose from; whoever answers may say something else.
        package var options: [String]
        package var allowsSeveral: Bool

        package init(index: Int, topic: String, question: String, options: [String], allowsSeveral: Bool = false) {
            self.index = index
            self.topic = topic
            self.question = question
            self.options = options
            self.allowsSeveral = allowsSeveral
        }
    }

    package var id: QuestionID
    package var turn: TurnID
    package var call: CallID
    package var items: [Item]
    /// When it counts as cancelled; `nil` waits as long as the turn may.
    package var expiresAt: Timestamp?

    package init(id: QuestionID = .newQuestion(), turn: TurnID, call: CallID, items: [Item], expiresAt: Timestamp? = nil) {
        self.id = id
        self.turn = turn
        self.call = call
        self.items = items
        self.expiresAt = expiresAt
    }
}

/// The one answer to a question.
package struct UserAnswer: Hashable, Sendable {
    package struct Item: Hashable, Sendable {
        package var index: Int
        package var question: String
        /// Several choices are separated by `, `.
        package var answer: String

        package init(index: Int, question: String, answer: String) {
            self.index = index
            self.question = question
            self.answer = answer
        }
    }

    package var id: QuestionID
    /// Nobody wanted to answer, or the turn ended first.
    package var isCancelled: Bool
    package var items: [Item]

    package init(id: QuestionID, isCancelled: Bool, items: [Item]) {
        self.id = id
        self.isCancelled = isCancelled
        self.items = items
    }

    package static func cancelled(_ id: QuestionID) -> UserAnswer { UserAnswer(id: id, isCancelled: true, items: []) }
}

/// A question with its answer.
package struct SettledQuestion: Hashable, Sendable {
    package var question: UserQuestion
    package var answer: UserAnswer

    package init(question: UserQuestion, answer: UserAnswer) {
        self.question = question
        self.answer = answer
    }
}

extension SettledQuestion: StoredForm {
    package func encoded() -> JSONValue { ["question": question.encoded(), "answer": answer.encoded()] }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(question: try value.decode("question"), answer: try value.decode("answer"))
    }
}

extension UserQuestion: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id.rawValue), "turn": .string(turn.rawValue), "call": .string(call.rawValue),
            "items": .array(items.map { $0.encoded() }),
        ]
        if let expiresAt { object["expiresAt"] = .integer(expiresAt) }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: QuestionID(try value.text("id")), turn: TurnID(try value.text("turn")), call: CallID(try value.text("call")),
            items: try value.decodeList("items"), expiresAt: value["expiresAt"]?.integerValue)
    }
}

extension UserQuestion.Item: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "index": .integer(Int64(index)), "topic": .string(topic), "question": .string(question),
            "options": .array(options.map { .string($0) }),
        ]
        if allowsSeveral { object["allowsSeveral"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            index: try value.integer("index"), topic: try value.text("topic"), question: try value.text("question"),
            options: try value.raw("options").arrayValue?.compactMap(\.stringValue) ?? [],
            allowsSeveral: value["allowsSeveral"]?.boolValue ?? false)
    }
}

extension UserAnswer: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["id": .string(id.rawValue), "items": .array(items.map { $0.encoded() })]
        if isCancelled { object["cancelled"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: QuestionID(try value.text("id")), isCancelled: value["cancelled"]?.boolValue ?? false, items: try value.decodeList("items"))
    }
}

extension UserAnswer.Item: StoredForm {
    package func encoded() -> JSONValue {
        ["index": .integer(Int64(index)), "question": .string(question), "answer": .string(answer)]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(index: try value.integer("index"), question: try value.text("question"), answer: try value.text("answer"))
    }
}
