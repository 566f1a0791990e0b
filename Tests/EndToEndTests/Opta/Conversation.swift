/// What a client of any protocol knows of a session, in words that are none's.
struct Conversation: Hashable, Sendable {
    enum Ending: Hashable, Sendable {
        case done
        /// Stopped, refused or failed: protocols tell these apart in different ways.
        case other
    }

    struct Turn: Hashable, Sendable {
        var prompt = ""
        /// Everything the agent said, whole or cut.
        var text = ""
        /// What calls that ran gave, by the call's id.
        var results: [String: String] = [:]
        /// Whether it was allowed, by the request's id.
        var decisions: [String: Bool] = [:]
        var ending: Ending?
    }

    var turns: [Turn] = []

    /// The turns that differ, for people.
    func differences(from other: Conversation) -> String {
        let count = max(turns.count, other.turns.count)
        return (0..<count).compactMap { index in
            let (one, two) = (
                turns.indices.contains(index) ? turns[index] : nil, other.turns.indices.contains(index) ? other.turns[index] : nil
            )
            return one == two ? nil : "turn \(index): \(one.map { "\($0)" } ?? "none") / \(two.map { "\($0)" } ?? "none")"
        }
        .joined(separator: "\n")
    }
}

/// A question that a client was asked.
struct Question: Hashable, Sendable {
    var id: String
    var call: String
}

/// What all clients of the tests can be asked, whichever protocol they speak.
protocol Watcher: Sendable {
    var name: String { get }
    var conversation: Conversation { get }
    /// Questions that nobody has answered, as far as it knows.
    var open: [Question] { get }
    /// Reads until the connection is gone.
    func read() async throws
    func prompt(_ text: String, _ id: String) async throws
    func answer(_ question: Question, allows: Bool) async throws
}
