import ApusBase
import ApusCore

/// The open questions of the tool AskUser of one session. Whoever answers one comes through here, so that there is one answer: a client,
/// a deadline, the end of the turn.
final class SessionQuestions: Sendable {
    private let log: SessionLog
    private let writer: any SessionWriter
    /// Questions whose answer is being stored.
    private let claims = OneAtATime<QuestionID>()

    init(log: SessionLog, writer: any SessionWriter) {
        self.log = log
        self.writer = writer
    }

    /// Stores the answer, unless the question is none any more: then `false`.
    func settle(_ answer: UserAnswer) async throws(EventLogError) -> Bool {
        try await claims.run(answer.id) { () async throws(EventLogError) -> Bool in
            guard log.folded.openQuestion(answer.id) != nil else { return false }
            _ = try await writer.commit([.questionAnswered(answer)])
            return true
        }
    }

    /// One client's answer: whether it counts, and whether it fits what was asked.
    func cast(
        _ answer: UserAnswer, by voter: ApprovalVoter, isSubmitterPresent: Bool, _ redaction: Redaction
    ) async throws(QuestionError) -> Bool {
        if voter.scopes.isDisjoint(with: [.approver, .admin]) { throw .notPermitted(identity: voter.identity) }
        let state = log.folded
        guard let question = state.openQuestion(answer.id) else { throw .unknown(answer.id) }
        var answer = answer
        if answer.isCancelled {
            let isSubmitter = state.running?.input.origin.writer == voter.connection
            if voter.isAutomatic, isSubmitterPresent, !isSubmitter { return false }
            answer.items = []
        } else {
            try Self.check(answer, fits: question)
        }
        for index in answer.items.indices { answer.items[index].answer = redaction.apply(to: answer.items[index].answer) }
        let isStored: Bool
        do throws(EventLogError) { isStored = try await settle(answer) } catch { throw .log(error) }
        if !isStored { throw .unknown(answer.id) }
        return true
    }

    private static func check(_ answer: UserAnswer, fits question: UserQuestion) throws(QuestionError) {
        var seen: Set<Int> = []
        for item in answer.items {
            guard question.items.contains(where: { $0.index == item.index && $0.question == item.question }) else {
                throw .doesNotFit("Question \(item.index) was not asked in these words in \(question.id).")
            }
            if !seen.insert(item.index).inserted { throw .doesNotFit("Question \(item.index) of \(question.id) is answered twice.") }
            let size = item.answer.utf8.count
            if size > ByteLimit.approvalCommentBytes {
                throw .doesNotFit(
                    "The answer to question \(item.index) has \(size) bytes; \(ByteLimit.approvalCommentBytes) are the most.")
            }
        }
    }
}
