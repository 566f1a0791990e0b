import ApusBase
import ApusCore

extension ApprovalRequest {
    /// Which question is about which call.
    struct Name: Hashable, Sendable {
        var id: ApprovalID
        var call: CallID
    }
}

extension SessionState {
    /// The question about a call, open or decided.
    func approval(of call: CallID, in message: MessageID) -> ApprovalRequest.Name? {
        let id =
            openApprovals.last { $0.call == call && $0.message == message }?.id
            ?? decisions.last { $0.call == call && $0.message == message }?.id
        return id.map { ApprovalRequest.Name(id: $0, call: call) }
    }
}

extension AccessGate.Verdict {
    /// It asks about a plan.
    var isPlan: Bool { if case .ask(let question) = self { question.isPlan } else { false } }
}

extension AccessGate.Question {
    func permitted(by decision: ApprovalDecision?) -> AccessGate.Permitted {
        var call = call
        if let input = decision?.editedInput { call.input = input }
        return AccessGate.Permitted(
            call: call, tool: tool, isReadOnly: request.isReadOnly && decision?.editedInput == nil,
            writes: request.action.writtenPaths, touches: request.action.touchedPaths, level: decision?.level ?? level,
            approval: decision)
    }
}

extension ApprovalDecision {
    /// What the model is told beside the result; empty when there is nothing to tell.
    var remark: String {
        var text = ""
        if let editedInput { text += "\n\n[The user changed the input of this call to \(editedInput.serialized())]" }
        if let comment { text += "\n\n[The user's comment: \(comment)]" }
        return text
    }
}
