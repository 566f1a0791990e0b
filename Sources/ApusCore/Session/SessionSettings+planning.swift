/// What spec mode changes about a session's turns.
extension SessionSettings {
    package var isPlanning: Bool { interaction == .spec }

    /// `nil` means the default.
    package var modelOfTurn: String? { isPlanning ? specModel ?? model : model }

    /// A model of its own thinks as hard as it does by itself unless somebody said otherwise (`droid-exec.md` §1.2).
    package var effortOfTurn: ReasoningEffort? { isPlanning ? specEffort ?? (specModel == nil ? effort : nil) : effort }
}
