package import ApusBase

/// The settings of a session, in results (§3.1).
package struct DroidSessionSettings: DroidRecord {
    package var modelId: String
    package var reasoningEffort: ReasoningEffort
    package var interactionMode: DroidInteractionMode?
    package var autonomyLevel: AutonomyLevel?
    package var autonomyMode: AutonomyMode?
    package var specModeModelId: String?
    package var specModeReasoningEffort: ReasoningEffort?
    /// What the client asked for; without the echo Python refuses the session (§0, 19).
    package var systemPrompt: DroidSystemPrompt?
    package var tags: [DroidSessionTag]?
    package var sandbox: DroidSandboxSettings?
    package var compactionThresholdCheckEnabled: Bool?
    package var additionalToolIds: [String]?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    package var restrictToolIds: [String]?
    package var compactionTokenLimit: Int?

    package init(modelId: String, reasoningEffort: ReasoningEffort) {
        self.modelId = modelId
        self.reasoningEffort = reasoningEffort
    }

    package init(blank: DroidBlank) { self.init(modelId: "", reasoningEffort: ReasoningEffort(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("modelId", &modelId)
        try members.required("reasoningEffort", &reasoningEffort)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("autonomyLevel", &autonomyLevel)
        try members.optional("autonomyMode", &autonomyMode)
        try members.optional("specModeModelId", &specModeModelId)
        try members.optional("specModeReasoningEffort", &specModeReasoningEffort)
        try members.optional("systemPrompt", &systemPrompt)
        try members.optional("tags", &tags)
        try members.optional("sandbox", &sandbox)
        try members.optional("compactionThresholdCheckEnabled", &compactionThresholdCheckEnabled)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("compactionTokenLimit", &compactionTokenLimit)
    }
}

package struct DroidSandboxSettings: DroidRecord {
    package var enabled: Bool
    package var mode: DroidSandboxMode?

    package init(enabled: Bool, mode: DroidSandboxMode? = nil) {
        self.enabled = enabled
        self.mode = mode
    }

    package init(blank: DroidBlank) { self.init(enabled: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("enabled", &enabled)
        try members.optional("mode", &mode)
    }
}

/// A label that a client puts on a session.
package struct DroidSessionTag: DroidRecord {
    package var name: String
    package var metadata: DroidMap<String>?

    package init(name: String, metadata: DroidMap<String>? = nil) {
        self.name = name
        self.metadata = metadata
    }

    package init(blank: DroidBlank) { self.init(name: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.optional("metadata", &metadata)
    }
}

/// The instructions of a client: its own, or the product's with something behind them.
package enum DroidSystemPrompt: DroidValue {
    case text(String)
    /// `{"type":"preset","preset":"droid","append":…}`
    case preset(append: String)

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        if case .string(let text) = json {
            self = .text(try DroidSystemPrompt.checked(text, reading))
        } else if json.objectValue != nil {
            let preset = try DroidSystemPromptPreset(from: json, reading)
            do {
                self = .preset(append: try DroidSystemPrompt.checked(preset.append, reading))
            } catch {
                throw error.within("append")
            }
        } else {
            throw .wrongType("a string or an object", json)
        }
    }

    private static func checked(_ text: String, _ reading: DroidReading) throws(DroidDecodingError) -> String {
        if reading == .closed, text.allSatisfy(\.isWhitespace) { throw .invalid("must not be blank") }
        return text
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .text(let text): writer.string(text)
        case .preset(let append): DroidSystemPromptPreset(append: append).write(into: &writer)
        }
    }
}

package struct DroidSystemPromptPreset: DroidRecord {
    package var append: String

    package init(append: String) {
        self.append = append
    }

    package init(blank: DroidBlank) { self.init(append: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.constant("type", "preset")
        try members.constant("preset", "droid")
        try members.required("append", &append)
    }
}
