package import ApusBase

/// A server asks whether tools may run (§4.1). The session is named in the daemon family, and may be in the other.
package struct RequestPermissionParams: DroidRecord, DroidParams {
    package typealias Result = RequestPermissionResult
    package static let method = DroidMethod.requestPermission

    package var sessionId: String?
    package var toolUses: [DroidToolConfirmation]
    package var options: [DroidConfirmationOption]
    package var associatedSessionIds: [String]?

    package init(
        sessionId: String? = nil, toolUses: [DroidToolConfirmation], options: [DroidConfirmationOption],
        associatedSessionIds: [String]? = nil
    ) {
        self.sessionId = sessionId
        self.toolUses = toolUses
        self.options = options
        self.associatedSessionIds = associatedSessionIds
    }

    package init(blank: DroidBlank) { self.init(toolUses: [], options: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("toolUses", &toolUses)
        try members.required("options", &options)
        try members.optional("associatedSessionIds", &associatedSessionIds)
    }
}

/// One answer that is offered. Only such as every client knows, unless this one is known to be new (§0, 15).
package struct DroidConfirmationOption: DroidRecord {
    package var label: String
    package var value: ToolConfirmationOutcome
    package var extra = JSONObject()

    package init(label: String, value: ToolConfirmationOutcome, extra: JSONObject = [:]) {
        self.label = label
        self.value = value
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(label: "", value: ToolConfirmationOutcome(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("label", &label)
        try members.required("value", &value)
        try members.others(&extra)
    }
}

/// The answer; without a session, it is matched by its id. What is no answer (an error, a lost connection, no reply in time) is `cancel`.
package struct RequestPermissionResult: DroidRecord {
    package var selectedOption: ToolConfirmationOutcome
    package var comment: String?
    /// With `proceed_edit`, and needed there.
    package var editedSpecContent: String?

    package init(selectedOption: ToolConfirmationOutcome, comment: String? = nil, editedSpecContent: String? = nil) {
        self.selectedOption = selectedOption
        self.comment = comment
        self.editedSpecContent = editedSpecContent
    }

    package init(blank: DroidBlank) { self.init(selectedOption: ToolConfirmationOutcome(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("selectedOption", &selectedOption)
        try members.optional("comment", &comment)
        try members.optional("editedSpecContent", &editedSpecContent)
    }
}

/// One call that is asked about. The confirmation type is written from the details, so that both always agree.
package struct DroidToolConfirmation: DroidValue {
    package var toolUse: DroidToolUse
    package var details: DroidConfirmationDetails

    package init(_ toolUse: DroidToolUseBlock, _ details: DroidConfirmationDetails) {
        self.toolUse = DroidToolUse(toolUse)
        self.details = details
    }

    package var confirmationType: ToolConfirmationType { details.type }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        let members = try DroidToolConfirmationMembers(from: json, reading)
        toolUse = members.toolUse
        do {
            details = try DroidConfirmationDetails(members.confirmationType, members.details, reading)
        } catch {
            throw error.within("details")
        }
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("toolUse")
        toolUse.write(into: &writer)
        writer.field("confirmationType", details.type.rawValue)
        writer.key("details")
        details.write(into: &writer)
        writer.endObject()
    }
}

/// What is read before the details can be.
struct DroidToolConfirmationMembers: DroidRecord {
    var toolUse: DroidToolUse
    var confirmationType: ToolConfirmationType
    var details: JSONObject

    init(toolUse: DroidToolUse, confirmationType: ToolConfirmationType, details: JSONObject) {
        self.toolUse = toolUse
        self.confirmationType = confirmationType
        self.details = details
    }

    init(blank: DroidBlank) {
        self.init(toolUse: DroidToolUse(blank: blank), confirmationType: ToolConfirmationType(blank: blank), details: [:])
    }

    mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUse", &toolUse)
        try members.required("confirmationType", &confirmationType)
        try members.required("details", &details)
    }
}
