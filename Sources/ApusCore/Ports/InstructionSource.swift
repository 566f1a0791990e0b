/// Texts that go before the first prompt of a session: instructions such as `AGENTS.md`, facts about the machine.
package protocol InstructionSource: Sendable {
    /// In the order in which the model shall read them. Bounded by the source.
    func notes(for workingDirectory: String) async -> [ContextNote]
}
