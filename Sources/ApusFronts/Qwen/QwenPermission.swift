import ApusBase
import ApusCore

/// Permission requests and their answers in the words of the protocol (§4.4, §6.4).
enum QwenPermission {
    /// Kept with a decision that came as `cancelled` rather than as an option; the model reads it, and it is true.
    static let dismissal = "The permission request was dismissed."

    private static func optionID(of choice: ApprovalChoice) -> String {
        switch choice {
        case .proceedOnce: "proceed_once"
        case .proceedAlways: "proceed_always"
        case .proceedAlwaysFile: "proceed_always_file"
        case .proceedAlwaysTool: "proceed_always_tool"
        case .proceedAlwaysServer: "proceed_always_server"
        case .proceedAlwaysCommand: "proceed_always_command"
        // Not offered here; told when a client of another protocol chose it.
        case .autoRun: "proceed_auto_run"
        case .autoRunLow: "proceed_auto_run_low"
        case .autoRunMedium: "proceed_auto_run_medium"
        case .autoRunHigh: "proceed_auto_run_high"
        case .newSession: "proceed_new_session"
        case .newSessionLow: "proceed_new_session_low"
        case .newSessionMedium: "proceed_new_session_medium"
        case .newSessionHigh: "proceed_new_session_high"
        case .proceedEdited: "proceed_edit"
        case .cancel: "cancel"
        }
    }

    /// What is not offered is `nil`: edited inputs have no words here, nor has another session; levels have some where a plan is approved.
    private static func option(for choice: ApprovalChoice, of request: ApprovalRequest) -> JSONValue? {
        let tool = request.tool
        if request.plan != nil { return optionAboutPlan(choice) }
        let name: String
        let kind: String
        switch choice {
        case .proceedOnce: (name, kind) = ("Yes, allow once", "allow_once")
        case .proceedAlways:
            let isEdit = QwenToolWords.kind(of: tool) == "edit"
            (name, kind) = (isEdit ? "Allow All Edits" : "Always allow calls of this kind", "allow_always")
        case .proceedAlwaysFile: (name, kind) = ("Always allow for this file", "allow_always")
        case .proceedAlwaysTool: (name, kind) = ("Always allow \(tool)", "allow_always")
        case .proceedAlwaysServer: (name, kind) = ("Always allow tools of this server", "allow_always")
        case .proceedAlwaysCommand: (name, kind) = ("Always allow this command", "allow_always")
        case .cancel: (name, kind) = ("No, reject", "reject_once")
        case .autoRun, .autoRunLow, .autoRunMedium, .autoRunHigh, .newSession, .newSessionLow, .newSessionMedium, .newSessionHigh,
            .proceedEdited:
            return nil
        }
        return ["optionId": .string(optionID(of: choice)), "name": .string(name), "kind": .string(kind)]
    }

    private static func optionAboutPlan(_ choice: ApprovalChoice) -> JSONValue? {
        let kind: String
        switch choice {
        case .proceedOnce: kind = "allow_once"
        case .autoRunLow, .autoRunMedium, .autoRunHigh: kind = "allow_always"
        case .cancel: kind = "reject_once"
        case .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand, .autoRun, .newSession,
            .newSessionLow, .newSessionMedium, .newSessionHigh, .proceedEdited:
            return nil
        }
        return ["optionId": .string(optionID(of: choice)), "name": .string(choice.labelForPlan), "kind": .string(kind)]
    }

    /// Always-options first, then once, then no.
    private static func rank(_ choice: ApprovalChoice) -> Int {
        switch choice {
        case .proceedOnce: 1
        case .cancel: 2
        case .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .proceedAlwaysServer, .proceedAlwaysCommand, .autoRun,
            .autoRunLow, .autoRunMedium, .autoRunHigh, .newSession, .newSessionLow, .newSessionMedium, .newSessionHigh, .proceedEdited:
            0
        }
    }

    static func options(of request: ApprovalRequest) -> [JSONValue] {
        let ranked = request.options.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }
        return ranked.compactMap { option(for: $0.element, of: request) }
    }

    /// What an option stands for, among those that a request offers here.
    static func choice(_ optionID: String, offeredBy request: ApprovalRequest) -> ApprovalChoice? {
        request.options.first { self.optionID(of: $0) == optionID && option(for: $0, of: request) != nil }
    }

    static func data(of request: ApprovalRequest, in session: String) -> JSONValue {
        let call = ToolCall(id: request.call, name: request.tool, input: request.input)
        var toolCall = QwenToolWords.members(of: call)
        toolCall["status"] = "pending"
        let question = QwenUpdate.content([QwenUpdate.text(request.question)])
        toolCall["content"] = .array((question.arrayValue ?? []) + QwenToolWords.diffs(of: call))
        return [
            "requestId": .string(request.id.rawValue), "sessionId": .string(session), "toolCall": .object(toolCall),
            "options": .array(options(of: request)),
        ]
    }

    // MARK: Outcomes

    static let cancelled: JSONValue = ["outcome": "cancelled"]

    static func outcome(_ choice: ApprovalChoice?) -> JSONValue {
        choice.map { ["outcome": "selected", "optionId": .string(optionID(of: $0))] } ?? cancelled
    }

    /// `nil` for what nobody chose: a deadline, the end of the turn, a dismissal.
    static func chosen(in decision: ApprovalDecision) -> ApprovalChoice? {
        switch decision.decider {
        case .deadline, .turnEnd: nil
        case .session: decision.choice
        case .voter: decision.choice == .cancel && decision.comment == dismissal ? nil : decision.choice
        }
    }

    // MARK: Questions of the agent

    static func data(of question: UserQuestion, in session: String) -> JSONValue {
        let items = question.items.map { item -> JSONValue in
            [
                "header": .string(item.topic), "question": .string(item.question), "multiSelect": .bool(item.allowsSeveral),
                "options": .array(item.options.map { ["label": .string($0), "description": ""] }),
            ]
        }
        let text = question.items.map(\.question).joined(separator: "\n")
        return [
            "requestId": .string(question.id.rawValue), "sessionId": .string(session),
            "toolCall": [
                "toolCallId": .string(question.call.rawValue), "title": .string("AskUser: " + QwenToolWords.line(text)), "kind": "other",
                "status": "pending", "content": QwenUpdate.content([QwenUpdate.text(text)]), "rawInput": ["questions": .array(items)],
                "_meta": ["toolName": "AskUser"],
            ],
            "options": [
                ["optionId": "proceed_once", "name": "Submit", "kind": "allow_once"],
                ["optionId": "cancel", "name": "Cancel", "kind": "reject_once"],
            ],
        ]
    }

    /// Answers by the words of a question, or by its place, from 0, in the list that was shown.
    static func items(_ answers: JSONObject, to question: UserQuestion) -> [UserAnswer.Item] {
        question.items.enumerated().compactMap { place, item in
            guard let text = (answers[item.question] ?? answers["\(place)"])?.stringValue else { return nil }
            return UserAnswer.Item(index: item.index, question: item.question, answer: text)
        }
    }
}
