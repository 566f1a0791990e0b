package import ApusBase

extension TurnOrigin: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "front": .string(front.rawValue), "writer": .string(writer), "approvals": .string(approvals.word),
        ]
        if case .ask(let terms) = approvals {
            object.set("deadline", terms.deadlineMilliseconds)
            object["afterCancel"] = .string(terms.afterCancel.rawValue)
            object["afterDeadline"] = .string(terms.afterDeadline.rawValue)
        }
        if onOriginGone != .goOn { object["onOriginGone"] = .string(onOriginGone.rawValue) }
        if onOwnerDeath != .end { object["onOwnerDeath"] = .string(onOwnerDeath.rawValue) }
        object.set("maximumAutonomy", maximumAutonomy?.rawValue)
        if !answersQuestions { object["answersQuestions"] = false }
        if approvesPlans { object["approvesPlans"] = true }
        object.set("client", client)
        object.set("mode", mode)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            front: try value.choice("front"), writer: try value.text("writer"), approvals: try ApprovalRule(decoding: value),
            onOriginGone: value["onOriginGone"] == nil ? .goOn : try value.choice("onOriginGone"),
            onOwnerDeath: value["onOwnerDeath"] == nil ? .end : try value.choice("onOwnerDeath"),
            maximumAutonomy: value["maximumAutonomy"] == nil ? nil : try value.choice("maximumAutonomy"),
            answersQuestions: value["answersQuestions"]?.boolValue ?? true, approvesPlans: value["approvesPlans"]?.boolValue ?? false,
            client: value["client"]?.stringValue,
            mode: value["mode"]?.stringValue)
    }
}

extension TurnOrigin.ApprovalRule {
    fileprivate var word: String {
        switch self {
        case .stop: "stop"
        case .refuse: "refuse"
        case .ask: "ask"
        }
    }

    fileprivate init(decoding value: JSONValue) throws(DecodingFault) {
        let word = try value.text("approvals")
        switch word {
        case "stop": self = .stop
        case "refuse": self = .refuse
        case "ask":
            self = .ask(
                TurnOrigin.ApprovalTerms(
                    deadlineMilliseconds: value["deadline"]?.integerValue.map { Int($0) }, afterCancel: try value.choice("afterCancel"),
                    afterDeadline: try value.choice("afterDeadline")))
        default: throw DecodingFault("Unknown approvals \"\(word)\"")
        }
    }
}
