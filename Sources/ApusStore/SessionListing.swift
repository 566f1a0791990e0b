import ApusBase
import ApusCore
import GRDB

/// The statements of a list of sessions, newest first. Each reads no more rows than it gives: the conditions are those of an index
/// (`Migrations`), word for word.
struct SessionListing {
    var workingDirectory: String?
    var includesArchived = true
    /// Sessions of subagents too.
    var includesChildren = false

    enum Place {
        case newest
        case before(Timestamp)
        case at(Timestamp)
    }

    static let columns = "\(Records.listColumns), message_count, archived_at, labels"

    /// With one row too many, for who wants to know whether there are more.
    func rows(_ place: Place, limit: Int) -> (sql: String, arguments: StatementArguments) {
        let parts = sources(place).map {
            "SELECT * FROM (SELECT \(Self.columns), key \($0) ORDER BY updated_at DESC, key DESC LIMIT \(limit))"
        }
        let order = parts.count == 1 ? "" : " ORDER BY updated_at DESC, key DESC LIMIT \(limit)"
        return (parts.joined(separator: " UNION ALL ") + order, arguments(place))
    }

    /// Whether there is a row at a place.
    func hasRows(_ place: Place) -> (sql: String, arguments: StatementArguments) {
        ("SELECT " + sources(place).map { "EXISTS (SELECT 1 \($0))" }.joined(separator: " OR "), arguments(place))
    }

    private func sources(_ place: Place) -> [String] {
        let directory = workingDirectory == nil ? "working_directory IS NOT NULL" : "working_directory = :directory"
        let time =
            switch place {
            case .newest: ""
            case .before: " AND updated_at < :time"
            case .at: " AND updated_at = :time"
            }
        let states = ["archived_at IS NULL", "archived_at IS NOT NULL"].prefix(includesArchived ? 2 : 1)
        let own = states.map { "FROM sessions WHERE \(directory) AND \($0) AND caller IS NULL\(time)" }
        if !includesChildren { return own }
        // There are fewer of them, and they are rarely asked for: one index for all.
        return own + states.map { "FROM sessions WHERE caller IS NOT NULL AND \(directory) AND \($0)\(time)" }
    }

    private func arguments(_ place: Place) -> StatementArguments {
        var values: [String: (any DatabaseValueConvertible)?] = [:]
        if let workingDirectory { values["directory"] = workingDirectory }
        switch place {
        case .newest: break
        case .before(let time), .at(let time): values["time"] = time
        }
        return StatementArguments(values)
    }
}
