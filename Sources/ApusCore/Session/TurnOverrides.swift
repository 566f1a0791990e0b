package import ApusBase

/// What holds for one turn only, in place of its session's settings; `nil` leaves them.
package struct TurnOverrides: Hashable, Sendable {
    package var model: String?
    package var autonomy: AutonomyLevel?
    package var interaction: InteractionMode?
    /// Told to the model with the prompt, and no part of it.
    package var instruction: String?

    package static let none = TurnOverrides()

    package init(
        model: String? = nil, autonomy: AutonomyLevel? = nil, interaction: InteractionMode? = nil, instruction: String? = nil
    ) {
        self.model = model
        self.autonomy = autonomy
        self.interaction = interaction
        self.instruction = instruction
    }

    /// The settings that a turn runs with.
    package func applied(to settings: SessionSettings) -> SessionSettings {
        var settings = settings
        if let model { settings.model = model }
        // Setting a level forgets which wall stands, so only a change is one.
        if let autonomy, autonomy != settings.autonomy { settings.autonomy = autonomy }
        if let interaction { settings.interaction = interaction }
        return settings
    }
}

extension TurnOverrides: StoredForm {
    package func encoded() -> JSONValue {
        var object = JSONObject()
        object.set("model", model)
        object.set("autonomy", autonomy?.rawValue)
        object.set("interaction", interaction?.rawValue)
        object.set("instruction", instruction)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            model: value["model"]?.stringValue, autonomy: value["autonomy"] == nil ? nil : try value.choice("autonomy"),
            interaction: value["interaction"] == nil ? nil : try value.choice("interaction"),
            instruction: value["instruction"]?.stringValue)
    }
}
