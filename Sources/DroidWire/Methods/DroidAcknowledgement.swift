/// The answer of a method that has nothing to tell: `{}`, or `{"accepted":true}`, but always an object (§0, 18).
package struct DroidAcknowledgement: DroidOpenRecord {
    package var accepted: Bool?

    package init() {}

    package init(accepted: Bool? = nil) {
        self.accepted = accepted
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("accepted", &accepted)
    }
}

/// `{"success":true}`; where it is asked for, an acknowledgement will not do (§0, 18).
package struct DroidSuccess: DroidRecord {
    package var success: Bool

    package init(success: Bool) {
        self.success = success
    }

    package init(blank: DroidBlank) { self.init(success: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("success", &success)
    }
}

/// The id of the session that a fork made. There must be no `sessionId` beside it, or the client would bind its view anew (§1.9).
package struct DroidNewSession: DroidRecord {
    package var newSessionId: String

    package init(newSessionId: String) {
        self.newSessionId = newSessionId
    }

    package init(blank: DroidBlank) { self.init(newSessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("newSessionId", &newSessionId)
    }
}
