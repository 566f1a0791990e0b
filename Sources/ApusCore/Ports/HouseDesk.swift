package import ApusBase

/// Questions about the daemon and its machine, whose answers only the house has.
package enum HouseQuestion: Hashable, Sendable {
    /// What a run here would use, and what is wrong with it.
    case health
    case status
    /// The newest lines of the daemon's log, oldest first.
    case log(lines: Int)
    /// One setting or a group of them; `nil` for all that a file sets. Without secrets.
    case settings(String?)
    /// Every model, usable or not.
    case models
    /// The keys' names and scopes; nobody can read a key.
    case keys
    /// The memory of the machine.
    case memory
}

package protocol HouseDesk: Sendable {
    /// One JSON document. Nothing is changed by it.
    func answer(_ question: HouseQuestion) async throws(HouseFault) -> JSONValue
}

package enum HouseFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is nothing of that name: a sentence.
    case unknown(String)
    /// It could not be found out: a sentence.
    case failed(String)

    package var description: String {
        switch self {
        case .unknown(let sentence), .failed(let sentence): sentence
        }
    }
}

/// For houses that nobody asks.
package struct NoHouseDesk: HouseDesk {
    package init() {}
    package func answer(_ question: HouseQuestion) async throws(HouseFault) -> JSONValue {
        throw .failed("This process answers no questions about itself.")
    }
}
