/// A prompt (§3.2). The answer is an acknowledgement only; the turn runs afterwards and ends with `messageId` as its `turnId`.
package struct AddUserMessageParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.addUserMessage

    package var text: String
    package var messageId: String?
    package var images: [DroidImage]?
    package var files: [DroidDocument]?
    package var outputFormat: DroidOutputFormat?
    package var userMessageSource: SessionOrigin?
    package var skipAgentLoop: Bool?
    package var queuePlacement: DroidQueuePlacement?
    package var role: DroidMessageRole?
    package var visibility: DroidVisibility?

    package init(text: String) {
        self.text = text
    }

    package init(blank: DroidBlank) { self.init(text: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("text", &text)
        try members.optional("messageId", &messageId)
        try members.optional("images", &images)
        try members.optional("files", &files)
        try members.optional("outputFormat", &outputFormat)
        try members.optional("userMessageSource", &userMessageSource)
        try members.optional("skipAgentLoop", &skipAgentLoop)
        try members.optional("queuePlacement", &queuePlacement)
        try members.optional("role", &role)
        try members.optional("visibility", &visibility)
    }
}

/// What becomes of a message that waits: it moves, or it is dropped.
package struct ResolveQueuedUserMessageParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.resolveQueuedUserMessage

    package var requestId: String
    package var action: DroidQueueAction
    package var queuePlacement: DroidQueuePlacement?

    package init(requestId: String, action: DroidQueueAction, queuePlacement: DroidQueuePlacement? = nil) {
        self.requestId = requestId
        self.action = action
        self.queuePlacement = queuePlacement
    }

    package init(blank: DroidBlank) { self.init(requestId: "", action: DroidQueueAction(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("requestId", &requestId)
        try members.required("action", &action)
        try members.optional("queuePlacement", &queuePlacement)
    }
}
