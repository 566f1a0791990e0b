/// Texts that go before the first prompt of a session: instructions such as `AGENTS.md`, facts about the machine.
package protocol InstructionSource: Sendable {
    /// In the order in which the model shall read them. Bounded by the source.
    func notes(for workingDirectory: String) async -> [ContextNote]

    /// Instructions of folders of the same project that `notes(for:)` does not have, for files and folders that are worked on; absolute
    /// paths. The nearest last, at most `room` bytes of text in all; what is cut says so.
    func notes(near paths: [String], for workingDirectory: String, room: Int) async -> [ContextNote]
}

extension InstructionSource {
    package func notes(near paths: [String], for workingDirectory: String, room: Int) async -> [ContextNote] { [] }
}
