package import ApusBase

package struct DroidTextBlock: DroidRecord {
    package var text: String
    package var id: String?

    package init(text: String, id: String? = nil) {
        self.text = text
        self.id = id
    }

    package init(blank: DroidBlank) { self.init(text: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("text", &text)
        try members.optional("id", &id)
    }
}

package struct DroidImageBlock: DroidRecord {
    package var source: DroidImage
    package var id: String?
    package var generated: Bool?

    package init(source: DroidImage, id: String? = nil, generated: Bool? = nil) {
        self.source = source
        self.id = id
        self.generated = generated
    }

    package init(blank: DroidBlank) { self.init(source: DroidImage(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("source", &source)
        try members.optional("id", &id)
        try members.optional("generated", &generated)
    }
}

/// Its signature must be there, an empty one if there is none (§0, 13).
package struct DroidThinkingBlock: DroidRecord {
    package var thinking: String
    package var signature: String = ""
    package var id: String?
    package var signatureProvider: String?
    package var durationMs: Double?

    package init(
        thinking: String, signature: String = "", id: String? = nil, signatureProvider: String? = nil, durationMs: Double? = nil
    ) {
        self.thinking = thinking
        self.signature = signature
        self.id = id
        self.signatureProvider = signatureProvider
        self.durationMs = durationMs
    }

    package init(blank: DroidBlank) { self.init(thinking: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("thinking", &thinking)
        try members.defaulted("signature", &signature)
        try members.optional("id", &id)
        try members.optional("signatureProvider", &signatureProvider)
        try members.optional("durationMs", &durationMs)
    }
}

package struct DroidRedactedThinkingBlock: DroidRecord {
    package var data: String
    package var id: String?

    package init(data: String, id: String? = nil) {
        self.data = data
        self.id = id
    }

    package init(blank: DroidBlank) { self.init(data: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("data", &data)
        try members.optional("id", &id)
    }
}

/// A call of a tool. Its input is an object, never an array.
package struct DroidToolUseBlock: DroidRecord {
    package var id: String
    package var name: String
    package var input: JSONObject
    package var thoughtSignature: String?

    package init(id: String, name: String, input: JSONObject, thoughtSignature: String? = nil) {
        self.id = id
        self.name = name
        self.input = input
        self.thoughtSignature = thoughtSignature
    }

    package init(blank: DroidBlank) { self.init(id: "", name: "", input: [:]) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.required("name", &name)
        try members.required("input", &input)
        try members.optional("thoughtSignature", &thoughtSignature)
    }
}

package struct DroidToolResultBlock: DroidRecord {
    package var toolUseId: String
    package var content: DroidToolResultContent?
    package var isError: Bool?
    package var id: String?

    package init(toolUseId: String, content: DroidToolResultContent? = nil, isError: Bool? = nil, id: String? = nil) {
        self.toolUseId = toolUseId
        self.content = content
        self.isError = isError
        self.id = id
    }

    package init(blank: DroidBlank) { self.init(toolUseId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUseId", &toolUseId)
        try members.optional("content", &content)
        try members.optional("isError", &isError)
        try members.optional("id", &id)
    }
}

package struct DroidDocumentBlock: DroidRecord {
    package var source: DroidDocument
    package var id: String?

    package init(source: DroidDocument, id: String? = nil) {
        self.source = source
        self.id = id
    }

    package init(blank: DroidBlank) { self.init(source: DroidDocument(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("source", &source)
        try members.optional("id", &id)
    }
}
